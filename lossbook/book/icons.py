"""The theme's icons cut down to those in use: Font Awesome's 1.5 MB script becomes a small font in the stylesheet."""

import base64
import io
import logging
import re
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont
from sphinx.errors import ExtensionError

logging.getLogger("fontTools").setLevel(logging.WARNING)  # it reports every table that it cuts
_SHEET = "styles/pydata-sphinx-theme.css"
_FONTS = "vendor/fontawesome/webfonts"
_RULE = re.compile(r'((?:\.fa-[\w-]+:before,)*\.fa-[\w-]+:before)\{content:"([^"]+)"\}')
_FACE = re.compile(r"@font-face\{[^}]*webfonts/(fa-[\w-]+)\.woff2[^}]*\}")
_NAME = re.compile(r"\bfa-[a-z0-9-]+\b")


def _code(text: str) -> int:
    """The code point that a CSS string of one character stands for: ``\\f0c9`` or the character itself."""
    digits = text.removeprefix("\\").strip()
    return int(digits, 16) if text != digits and re.fullmatch("[0-9a-f]{2,6}", digits) else ord(digits)


def _cut(path: Path, codes: set[int]) -> tuple[str, set[int]]:
    """The glyphs of ``codes`` that the font at ``path`` has, as a data address, and which they are."""
    font = TTFont(path)
    held = codes & set(font.getBestCmap())
    if not held:
        return "", held
    options = subset.Options(notdef_outline=False, name_IDs=[], layout_features=[], desubroutinize=True, hinting=False)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=held)
    cutter.subset(font)
    font.recalcTimestamp = False
    font.flavor = "woff"
    data = io.BytesIO()
    font.save(data)
    return "data:font/woff;base64," + base64.b64encode(data.getvalue()).decode(), held


def cut_sheet(css: str, used: set[str], fonts: Path) -> str:
    """The theme's stylesheet with the rules and glyphs of the icons in ``used`` alone.

    Raises ExtensionError for a class ``fa-...`` that is neither an icon nor one of Font Awesome's modifiers.
    """
    rules = {name: _code(code) for names, code in _RULE.findall(css) for name in re.findall(r"fa-[\w-]+", names)}
    modifiers = set(re.findall(r"\.(fa-[a-z0-9-]+)(?!:before|[\w-])", css))
    strange = sorted(used - set(rules) - modifiers)
    if strange:
        raise ExtensionError(f"icons that the theme's Font Awesome does not have: {', '.join(strange)}")
    codes = {rules[name] for name in used if name in rules}
    codes |= {_code(code) for code in re.findall(r'--pst-icon-[\w-]+:"([^"]+)"', css)}
    css = _RULE.sub(lambda m: m[0] if any(name in used for name in re.findall(r"fa-[\w-]+", m[1])) else "", css)
    found: set[int] = set()

    def face(match: re.Match) -> str:
        if match[1] == "fa-regular-400" and not used & {"fa-regular"}:
            return ""
        url, held = _cut(fonts / f"{match[1]}.ttf", codes)
        found.update(held)
        return re.sub(r"src:[^}]*", f'src:url({url}) format("woff")', match[0]) if held else ""

    css = _FACE.sub(face, css)
    if codes - found:
        raise ExtensionError("icons without a glyph: " + ", ".join(f"U+{code:04X}" for code in sorted(codes - found)))
    return css


def trim(outdir: Path, pages: list[Path]) -> None:
    """Cut the icons of the built book in ``outdir`` down to what its pages and scripts name."""
    static = outdir / "_static"
    sheet = static / _SHEET
    used: set[str] = set()
    for path in pages:
        text = path.read_text("utf8")
        used.update(n for value in re.findall(r'class="([^"]*\bfa-[^"]*)"', text) for n in _NAME.findall(value))
    for script in ("scripts/pydata-sphinx-theme.js", "scripts/sphinx-book-theme.js"):
        used.update(_NAME.findall((static / script).read_text("utf8")))
    css = sheet.read_text("utf8")
    if "data:font/woff" not in css:
        sheet.write_text(re.sub(r"/\*# sourceMappingURL=.*?\*/", "", cut_sheet(css, used, static / _FONTS)), "utf8")
    for unused in ("styles/*.map", "scripts/*.map", "scripts/fontawesome*", f"{_FONTS}/fa-*"):
        for path in static.glob(unused):
            path.unlink()
