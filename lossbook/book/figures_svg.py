"""Turn an SVG picture into one that lives inside a page: its colors follow the theme, its ids are its own."""

import html
import re

from lossbook import look

PAPER = "var(--pst-color-background, #fff)"
_NAMED = {"black": "#000000", "white": "#ffffff", "gray": "#808080", "grey": "#808080", "lightgray": "#d3d3d3"}
_TOKENS = look.variables()
_COLORED = re.compile(r"((?:fill|stroke|stop-color|flood-color|color)\s*(?:=\s*[\"']|:)\s*)([^;\"']+)")
_FONT = re.compile(
    r"\bfont:\s*(?P<style>(?:(?:italic|oblique|normal|bold|\d{3})\s+)*)(?P<size>[\d.]+(?:px|pt|em))[^;\"]*"
)
_FAMILY = re.compile(r"font-family\s*:[^;\"]*;?\s*")
_LONG = re.compile(r"(-?\d+\.\d{2})\d+")


def recolor(value: str) -> str:
    """The CSS color that stands for a color of the drawing.

    A data color becomes its variable. A gray between black and white is ink laid on thinly, so that it keeps its
    weight on a dark page; white is the page itself. Any other color stays.
    """
    value = value.strip()
    lower = _NAMED.get(value.lower(), value.lower())
    if not lower.startswith("#"):
        return value
    if len(lower) == 4:
        lower = "#" + "".join(2 * c for c in lower[1:])
    if lower in _TOKENS:
        return _TOKENS[lower]
    red, green, blue = (int(lower[i : i + 2], 16) for i in (1, 3, 5))
    if not red == green == blue:
        return value
    if red == 255:
        return PAPER
    return "currentColor" if red == 0 else f"color-mix(in srgb, currentColor {100 - red / 2.55:.0f}%, transparent)"


def _font(match: re.Match) -> str:
    """The parts of a `font` shorthand without the family, which comes from the page."""
    words = match["style"].split()
    slant = next((f"font-style: {w}; " for w in words if w in ("italic", "oblique")), "")
    weight = next((f"font-weight: {w}; " for w in words if w == "bold" or w.isdigit()), "")
    return f"{slant}{weight}font-size: {match['size']}"


def title(svg: str) -> str:
    """What the picture's own top-level title says, or nothing."""
    found = re.search(r"<svg\b[^>]*>\s*(?:<desc>.*?</desc>\s*)?<title[^>]*>(.*?)</title>", svg, flags=re.S)
    return html.unescape(" ".join(found[1].split())) if found else ""


def inline(svg: str, alt: str, prefix: str) -> str:
    """``svg`` ready to stand in a page.

    svg : a whole SVG document, as matplotlib or a widget wrote it.
    alt : what it shows, in words; it becomes the accessible name.
    prefix : put before each id, so that no two pictures of a page share one.

    Raises ValueError where there is no ``<svg>``.
    """
    start = svg.find("<svg")
    if start < 0:
        raise ValueError(f"svg: got text without an <svg> element ({svg[:40]!r} ...), want an SVG document")
    svg = svg[start:].strip()
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|<style\b.*?</style>|<title\b.*?</title>", "", svg, flags=re.S)
    used = set(re.findall(r"(?:href=[\"']#|url\(#)([^\"')]+)", svg))
    svg = re.sub(r'\s+id="([^"]*)"', lambda m: f' id="{prefix}{m[1]}"' if m[1] in used else "", svg)
    svg = re.sub(r"(href=[\"']#|url\(#)", rf"\g<1>{prefix}", svg)
    svg = _COLORED.sub(lambda m: m[1] + recolor(m[2]), svg)
    svg = _FAMILY.sub("", _FONT.sub(_font, svg))
    svg = re.sub(r'(\s(?:d|points|x|y)=")([^"]*)', lambda m: m[1] + _LONG.sub(r"\1", m[2]), svg)
    svg = re.sub(r"<defs>\s*</defs>|\sxmlns:xlink=\"[^\"]*\"|\sversion=\"[^\"]*\"", "", svg)
    svg = svg.replace("xlink:href", "href")
    svg = re.sub(r">\s+<(?!/?(?:text|tspan))", "><", svg)
    name = html.escape(alt, quote=True)
    return svg.replace("<svg", f'<svg class="lb-figure" fill="currentColor" role="img" aria-label="{name}"', 1)
