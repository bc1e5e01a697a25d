"""The report: a table for terminals, a table for notebooks, and ``passed`` for tests."""

import html
import textwrap
from dataclasses import dataclass
from pathlib import Path

from lossbook import look
from lossbook.linting.findings import LEVELS, Finding

WIDTH = 100
SIGNS = {"problem": "\u2717", "warning": "!", "note": "i", "ok": "\u2713", "not run": "\u2013"}
PLURALS = {"problem": "problems", "warning": "warnings", "note": "notes"}


@dataclass(frozen=True, repr=False)
class Report:
    """What ``check_loss`` found, in the order of the checks.

    name: of the loss. batch: what it was tried on. findings: see Finding.
    """

    name: str
    batch: str
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """No problem, and at least one check that ran; warnings and notes do not count against a loss."""
        return not self.problems and any(f.level != "not run" for f in self.findings)

    @property
    def problems(self) -> tuple[Finding, ...]:
        return self.at("problem")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        return self.at("warning")

    def at(self, level: str) -> tuple[Finding, ...]:
        """The findings of one level: problem, warning, note, ok or not run. Raises ValueError for another word."""
        if level not in LEVELS:
            raise ValueError(f"level: got {level!r}, want one of {', '.join(LEVELS)}")
        return tuple(f for f in self.findings if f.level == level)

    def of(self, check: str) -> tuple[Finding, ...]:
        """The findings of one check. Raises LookupError for a check that the report does not have."""
        found = tuple(f for f in self.findings if f.check == check)
        if not found:
            known = ", ".join(dict.fromkeys(f.check for f in self.findings))
            raise LookupError(f"no check is called {check!r}; there are {known}")
        return found

    def summary(self) -> str:
        """One line: passed or not, and how many findings of each level."""
        counts = ((level, len(self.at(level))) for level in LEVELS)
        said = [f"{n} {level if n == 1 else PLURALS.get(level, level)}" for level, n in counts if n]
        return f"{self.name}: {'passed' if self.passed else 'not passed'}; {', '.join(said)}"

    def __str__(self) -> str:
        column = max(len(f.check) for f in self.findings) + 2 if self.findings else 0
        lines = [*_wrapped(self.summary(), ""), *_wrapped(self.batch, ""), ""]
        for f in sorted(self.findings, key=lambda f: LEVELS.index(f.level)):
            lines += _wrapped(f.found, f"{f.level.upper() if f.level == 'problem' else f.level:<9}{f.check:<{column}}")
            indent = " " * (9 + column)
            if f.level in ("problem", "warning"):
                lines += _wrapped(f"tried: {f.tried}", indent)
            if f.cure:
                lines += _wrapped(f"cure: {f.cure}", indent)
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = "".join(map(_row, sorted(self.findings, key=lambda f: LEVELS.index(f.level))))
        head = "".join(f'<th scope="col">{word}</th>' for word in ("Level", "Check", "What came out", "Tried"))
        state = "passed" if self.passed else "failed"
        return (
            f'<style data-lossbook="lint">{look.css()}{Path(__file__).with_name("lint.css").read_text("utf8")}</style>'
            f'<div class="lb-lint" data-lint="{state}" role="region" tabindex="0" '
            f'aria-label="Checks of the loss {html.escape(self.name)}">'
            f'<p class="lb-lint__summary"><strong>{html.escape(self.summary())}</strong></p>'
            f'<p class="lb-lint__batch">{html.escape(self.batch)}</p>'
            f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        )


def _row(f: Finding) -> str:
    words = {"found": html.escape(f.found), "cure": html.escape(f.cure), "tried": html.escape(f.tried)}
    cure = f'<span class="lb-lint__cure"><b>Cure:</b> {words["cure"]}</span>' if f.cure else ""
    return (
        f'<tr class="lb-lint--{f.level.replace(" ", "-")}" data-check="{html.escape(f.check)}" data-level="{f.level}">'
        f'<td class="lb-lint__level"><span aria-hidden="true">{SIGNS[f.level]}</span> {f.level}</td>'
        f'<th scope="row">{html.escape(f.check)}</th><td class="lb-lint__found">{words["found"]}{cure}</td>'
        f'<td class="lb-lint__tried">{words["tried"]}</td></tr>'
    )


def _wrapped(text: str, first: str) -> list[str]:
    later = " " * len(first)
    return textwrap.wrap(
        text, WIDTH, initial_indent=first, subsequent_indent=later, break_long_words=False, break_on_hyphens=False
    )
