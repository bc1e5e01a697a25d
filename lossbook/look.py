"""The colours and line styles that widgets, figures and cards share.

Eight data colours, each with a value for light and one for dark pages. Figures draw with the light values;
the book maps those hex values in inline SVG to the CSS variables ``--lb-1`` ... ``--lb-8``, ``--lb-ink``,
``--lb-muted`` and ``--lb-line`` (``variables()``), so one picture follows the theme. A loss keeps one colour, one dash pattern and one short name all through the book.
"""

from dataclasses import dataclass

# name, light, dark. Contrast of at least 3:1 on both backgrounds, apart under protan-, deuter- and tritanopia:
# tests/test_look.py computes both.
PALETTE = (
    ("blue", "#0b67b2", "#58a6f0"),
    ("orange", "#c2570c", "#f2994a"),
    ("green", "#12805c", "#3fbf94"),
    ("purple", "#7a4fb0", "#b794f0"),
    ("rose", "#c4306a", "#f478a8"),
    ("sky", "#0f8aa8", "#5cc8e0"),
    ("olive", "#7a7200", "#c9bd3a"),
    ("slate", "#586171", "#a9b4c4"),
)
# what is not data: text, thin axes and secondary text, faint lines and fills
NEUTRALS = (("ink", "#1d232b", "#e4e9ef"), ("muted", "#59636f", "#9aa5b1"), ("line", "#d5dae0", "#39424d"))
BACKGROUND = ("#ffffff", "#14181e")
DASHES = {
    "solid": "",
    "dashed": "7 4",
    "dotted": "2 3",
    "dashdot": "8 3 2 3",
    "long": "12 4",
}  # SVG stroke-dasharray, px

# CSS variable without its "--lb-" -> (light, dark)
TOKENS = {
    **{str(i): (light, dark) for i, (_, light, dark) in enumerate(PALETTE, 1)},
    **{name: (light, dark) for name, light, dark in NEUTRALS},
}


@dataclass(frozen=True)
class Look:
    """How one loss is drawn everywhere: ``color`` 1-8 (``--lb-N``) and the name of a dash pattern."""

    color: int
    dash: str = "solid"

    def __post_init__(self):
        if not 1 <= self.color <= len(PALETTE):
            raise ValueError(f"color: got {self.color!r}, want 1 to {len(PALETTE)}")
        if self.dash not in DASHES:
            raise ValueError(f"dash: got {self.dash!r}, want one of {', '.join(DASHES)}")

    @property
    def hex(self) -> str:
        return PALETTE[self.color - 1][1]

    @property
    def dasharray(self) -> str:
        return DASHES[self.dash]


def css() -> str:
    """The tokens as CSS: light by default, dark in the book's and in JupyterLab's dark theme."""

    def block(selector, column):
        rows = "".join(f"--lb-{name}: {values[column]}; " for name, values in TOKENS.items())
        return f"{selector} {{ {rows}}}\n"

    dark = ':root[data-theme="dark"], body[data-jp-theme-light="false"]'
    return block(":root", 0) + block(dark, 1)


def variables() -> dict[str, str]:
    """Light hex value -> ``var(--lb-...)``: what the book replaces in an inline SVG so that it follows the theme."""
    return {light: f"var(--lb-{name})" for name, (light, _) in TOKENS.items()}
