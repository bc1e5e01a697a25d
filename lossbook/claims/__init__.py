"""A claim is a sentence with a rule that is fixed before the run, a control, seeds, and a verdict that is measured.

In a notebook: ``lb.rule("huber-...")`` before the experiment, ``lb.claim("huber-...", part=values, control={...})``
after it. The verdict measured and the verdict recorded in ``claims.yml`` must agree.
"""

from lossbook.claims.card import MIME, claim_html, claim_text, rule_html, rule_text
from lossbook.claims.store import ClaimsFileError, Entry, get, load, location
from lossbook.claims.verdict import Judgement, VerdictMismatch, judge
from lossbook.display import Shown

__all__ = [
    "MIME",
    "ClaimCard",
    "ClaimsFileError",
    "Entry",
    "Judgement",
    "RuleCard",
    "RuleNotShown",
    "VerdictMismatch",
    "claim",
    "get",
    "judge",
    "load",
    "location",
    "rule",
]

_shown: set[str] = set()  # the rules that this process has displayed


class RuleNotShown(RuntimeError):
    """A claim is judged although its rule was not displayed before."""


class RuleCard(Shown):
    """A displayed rule; ``entry`` is the claim as recorded."""

    def __init__(self, entry: Entry):
        self.entry = entry

    def bundle(self) -> dict:
        return {"text/plain": rule_text(self.entry), "text/html": rule_html(self.entry)}


class ClaimCard(Shown):
    """A displayed claim; ``verdict`` is the measured one and ``data`` holds the rounded numbers by part."""

    def __init__(self, judgement: Judgement):
        self.judgement = judgement
        self.verdict = judgement.verdict
        self.data = judgement.data()

    def bundle(self) -> dict:
        return {"text/plain": claim_text(self.data), "text/html": claim_html(self.data), MIME: self.data}


def rule(id: str) -> RuleCard:
    """Display the statement, what will be measured, the thresholds, the control and the seeds of a claim.

    Raises LookupError with near names for an unknown id, ClaimsFileError where ``claims.yml`` is malformed.
    """
    card = RuleCard(get(id)).show()
    _shown.add(id)
    return card


def claim(id: str, *, control=None, **measured) -> ClaimCard:
    """Judge a claim by its rule and display the card.

    Args:
        id: the claim's id in ``claims.yml``.
        control: label -> values of shape (seeds,), or one number where the control does not depend on the seed.
        measured: for every part its values of shape (seeds,), in any order of the parts; one number each where
            the claim is recorded with ``seeds: exact``. A t interval (95%) of their mean is held against the threshold.

    Raises:
        LookupError: unknown id (near names are listed).
        RuleNotShown: ``lb.rule(id)`` has not run in this session.
        ValueError: a part missing, unknown, of the wrong length or not finite; no control.
        VerdictMismatch: the measured verdict is not the recorded one.
    """
    entry = get(id)
    if id not in _shown:
        raise RuleNotShown(
            f'id: run lb.rule("{id}") in a cell before the experiment; a rule is stated before its result'
        )
    judgement = judge(entry, measured, control)
    judgement.compare_with_record()
    return ClaimCard(judgement).show()
