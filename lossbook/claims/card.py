"""How a rule and a judged claim look: text for terminals and comparison, HTML for Jupyter and the book.

Everything is made from rounded numbers, so an output stored in a notebook reproduces on another processor. The style
travels with the rule only (``claim.css``); the book links it once a page.
"""

import html
import re
import textwrap
from pathlib import Path

from lossbook.claims.rounding import spread_text
from lossbook.claims.store import CONDITIONS, FAILS, HOLDS, Entry
from lossbook.claims.verdict import WORDS
from lossbook.display import inline, plain

MIME = "application/vnd.lossbook.claim+json"
KINDS = {HOLDS: "holds", CONDITIONS: "conditions", FAILS: "fails"}
MARKS = {  # strokes in a circle of radius 9 around (12, 12): a tick, a tilde, a cross
    HOLDS: "M7.8 12.4l2.9 2.9 5.6-6.2",
    CONDITIONS: "M7.2 13.4c1.5-3.4 3.2-3 4.8-1.4s3.3 2 4.8-1.4",
    FAILS: "M8.7 8.7l6.6 6.6M15.3 8.7l-6.6 6.6",
}
OUTCOMES = {"passes": HOLDS, "not shown": CONDITIONS, "fails": FAILS}
WIDTH = 96
POWER = re.compile(r"(?<=\d)e(\+|\u2212)0?(\d+)")


def style() -> str:
    """The ``<style>`` element that a notebook needs once."""
    return f'<style data-lossbook="claim">{Path(__file__).with_name("claim.css").read_text("utf8")}</style>'


def icon(verdict: str, size: int = 20) -> str:
    """The mark of a verdict as inline SVG; the word always stands beside it."""
    return (
        f'<svg class="lb-claim__icon" aria-hidden="true" width="{size}" height="{size}" viewBox="0 0 24 24" '
        'fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round">'
        f'<circle cx="12" cy="12" r="9"/><path d="{MARKS[verdict]}"/></svg>'
    )


# ---- the rule, before the run ------------------------------------------------------------------------------------


def rule_text(entry: Entry) -> str:
    lines = [f"Claim to test: {plain(entry.statement)}"]
    for part in entry.parts:
        condition = "condition, " if part.role == "condition" else ""
        lines += _wrapped(f"- {condition}holds if {_with_unit(part.holds_if.text, part.unit)}: {plain(part.says)}")
    lines += _wrapped(f"control: {plain(entry.control)}")
    lines.append(entry.sampling)
    return "\n".join(lines)


def rule_html(entry: Entry) -> str:
    parts = "".join(
        f'<li class="lb-claim__part"><span class="lb-claim__says">{_role(part.role)}{inline(part.says)}</span> '
        f'<span class="lb-claim__rule">holds if <b>{_signs(part.holds_if.text)}</b> {inline(part.unit)}</span></li>'
        for part in entry.parts
    )
    return (
        f'{style()}<div class="lb-claim lb-claim--rule tex2jax_process" id="rule-{entry.id}" role="group" '
        f'aria-label="Rule of the claim {entry.id}" data-rule-id="{entry.id}">'
        f'<p class="lb-claim__kicker">The rule, before the run</p>'
        f'<div class="lb-claim__statement">{inline(entry.statement)}</div>'
        f'<ul class="lb-claim__parts">{parts}</ul>'
        f'<p class="lb-claim__foot">Control: {inline(entry.control)} {_sentence(entry.sampling)}</p></div>'
    )


# ---- the claim, judged: both are made from Judgement.data(), as the ledger is -----------------------------------


def claim_text(data: dict) -> str:
    lines = [f"Claim: {plain(data['statement'])}"]
    for part in data["parts"]:
        condition = "condition, " if part["role"] == "condition" else ""
        lines += _wrapped(f"- {condition}{plain(part['says'])}:")
        lines.append(
            f"    {_with_unit(_numbers(part), part['unit'])}; holds if {part['rule']}: {WORDS[part['outcome']]}"
        )
    means = "; ".join(f"{plain(control['label'])} {control['mean']}" for control in data["controls"])
    lines += _wrapped(f"control: {plain(data['control'])} Measured: {means}")
    lines.append(data["sampling"])
    lines += _wrapped(f"Verdict: {data['verdict']}." + (f" {plain(data['because'])}" if data["because"] else ""))
    return "\n".join(lines)


def claim_html(data: dict) -> str:
    name, verdict = data["id"], data["verdict"]
    because = f'<p class="lb-claim__because">{inline(data["because"])}</p>' if data["because"] else ""
    return (
        f'<div class="lb-claim lb-claim--{KINDS[verdict]} tex2jax_process" id="claim-{name}" role="group" '
        f'aria-label="Claim {name}: {verdict}" data-claim-id="{name}" data-verdict="{verdict}">'
        '<p class="lb-claim__kicker">Claim, judged</p>'
        f'<div class="lb-claim__statement">{inline(data["statement"])}</div>'
        f"{verdict_html(verdict)}{because}{parts_html(data)}{control_html(data)}</div>"
    )


def verdict_html(verdict: str) -> str:
    """Icon and word; the color comes on top."""
    kind = KINDS[verdict]
    return f'<p class="lb-claim__verdict lb-verdict lb-verdict--{kind}">{icon(verdict)} <strong>{verdict}</strong></p>'


def parts_html(data: dict) -> str:
    """One list item a part: what is measured, the number with its interval, the threshold, a strip that draws them."""
    rows = []
    for part in data["parts"]:
        state, words = OUTCOMES[part["outcome"]], WORDS[part["outcome"]]
        rows.append(
            f'<li class="lb-claim__part" data-part="{html.escape(part["name"])}" data-outcome="{part["outcome"]}">'
            f'<span class="lb-claim__says">{_role(part["role"])}{inline(part["says"])}</span> '
            f'<span class="lb-claim__number">{_signs(_numbers(part))} {inline(part["unit"])}</span> '
            f'<span class="lb-claim__rule">holds if <b>{_signs(part["rule"])}</b>: '
            f'<span class="lb-verdict--{KINDS[state]}">{icon(state, 14)}</span> {words}</span>'
            f"{strip(part)}</li>"
        )
    return f'<ul class="lb-claim__parts">{"".join(rows)}</ul>'


def control_html(data: dict) -> str:
    means = "; ".join(f"{inline(c['label'])} <b>{_signs(c['mean'])}</b>" for c in data["controls"])
    text = f"Control: {inline(data['control'])} Measured: {means}. {_sentence(data['sampling'])}"
    return f'<p class="lb-claim__foot">{text}</p>'


def strip(part: dict) -> str:
    """The interval, its mean and the threshold on one line; the numbers stand in the text beside it."""
    from lossbook.claims.threshold import Threshold

    rule = Threshold.parse(part["rule"])
    low, mean, high = (float(part[key]) for key in ("low", "mean", "high"))
    left, right = min(low, *rule.marks), max(high, *rule.marks)
    room = 0.12 * (right - left) or max(abs(left), 1.0)
    left, right = left - room, right + room

    def at(value):
        return round(100 * (min(max(value, left), right) - left) / (right - left), 1)

    marks = "".join(f'<path class="lb-strip__mark" d="M{at(mark)} 0v10"/>' for mark in rule.marks)
    inside, end = at(rule.low), at(rule.high)
    return (
        '<svg class="lb-strip" aria-hidden="true" viewBox="0 0 100 10" preserveAspectRatio="none" width="100%" '
        f'height="10"><rect class="lb-strip__pass" x="{inside}" y="0" width="{round(end - inside, 1)}" height="10"/>'
        f'<path class="lb-strip__interval" d="M{at(low)} 5H{at(high)}"/>{marks}'
        f'<path class="lb-strip__mean" d="M{at(mean)} 5h0"/></svg>'
    )


def _numbers(part: dict) -> str:
    return spread_text(part["mean"], part["low"], part["high"])


def _role(role: str) -> str:
    return '<i class="lb-claim__role">Condition:</i> ' if role == "condition" else ""


def _signs(text: str) -> str:
    """HTML of a number or a threshold, with real minus, comparison and multiplication signs."""
    text = html.escape(text.replace(">=", "≥").replace("<=", "≤").replace("-", "\u2212"), quote=False)
    return POWER.sub(lambda found: f" × 10<sup>{found[1].strip('+')}{found[2]}</sup>", text)


def _with_unit(text: str, unit: str) -> str:
    return f"{text} {unit}".rstrip()


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)
