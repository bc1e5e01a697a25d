"""The colors and line styles that widgets, figures and cards share.

Eight data colors, each with a value for light and one for dark pages. Figures draw with the light values; the book
replaces those hex values in inline SVG by the CSS variables ``--lb-1`` ... ``--lb-8``, ``--lb-ink``, ``--lb-muted``
and ``--lb-line`` (``variables()``), so that one picture follows the theme. A loss keeps one color, one dash pattern
and one short name all through the book.
"""

from dataclasses import dataclass

# name, light, dark. Found by a search for the largest smallest difference, under these conditions, which
# tests/test_look.py computes again: contrast of at least 4.5:1 with the background (the colors are also used for
# text) and any two at least 9.5 CIEDE2000 units apart, for normal vision and under protan-, deuter- and tritanopia.
PALETTE = (
    ("blue", "#136fde", "#608ffc"),
    ("orange", "#b45c07", "#f8945c"),
    ("green", "#258558", "#61f1c4"),
    ("purple", "#5c399d", "#dab5ff"),
    ("rose", "#9c075d", "#f25f7a"),
    ("teal", "#006373", "#06bac5"),
    ("olive", "#584b01", "#eedd63"),
    ("gray", "#757575", "#9ca098"),
)
# what is not data: text, thin axes and secondary text, faint lines and fills
NEUTRALS = (("ink", "#1f1f1f", "#e4e7eb"), ("muted", "#595959", "#a3abb5"), ("line", "#d9d9d9", "#39424d"))
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
