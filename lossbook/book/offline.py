"""Nothing from elsewhere: MathJax comes from a package, leftovers of online services go, every request stays home."""

import importlib.util
import re
from pathlib import Path

from sphinx.errors import ExtensionError
from sphinx.util.osutil import ensuredir

# What a page of TeX needs, in the order in which the pieces register. The menu, which brings the speech explorer, is
# two fifths of MathJax's usual bundle and would ask for files that are not shipped.
_PIECES = ("startup", "core", "input/tex", "output/chtml", "output/chtml/fonts/tex", "a11y/assistive-mml")
_FOLDERS = ("output/chtml/fonts/woff-v2", "input/tex/extensions")
_INLINE_MATHS = re.compile(r"\\\(|\\\[")
_THEME = """
    if (document.documentElement.dataset.theme === "auto")
      document.documentElement.dataset.theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
"""
_SEARCH = ("searchtools.js", "language_data.js", "searchindex.js")  # a page of its own uses them, and no other


def _mathjax() -> Path:
    spec = importlib.util.find_spec("sphinx-mathjax-offline")
    if spec is None or spec.origin is None:
        raise ExtensionError("MathJax is missing: pip install 'lossbook[book]' brings sphinx-mathjax-offline")
    return Path(spec.origin).parent / "static" / "mathjax"


def bundle(source: Path) -> str:
    """One script with the ``_PIECES`` of MathJax: the loader is told that they are there, and loads none of them."""
    texts = [(source / f"{piece}.js").read_text("utf8") for piece in _PIECES]
    before = "window.MathJax ??= {};\nMathJax.loader = Object.assign({}, MathJax.loader, { load: [] });\n"
    names = ", ".join(f'"{piece}"' for piece in ("loader", *_PIECES))
    return before + texts[0] + f"\nMathJax.loader.preLoad({names});\n" + "\n".join(texts[1:])


def copy_mathjax(app, exception):
    """Write the bundle, the fonts and the extensions that TeX may ask for: 2 MB of the package's 24."""
    if exception or app.builder.format != "html":
        return
    source, target = _mathjax(), Path(app.outdir) / "_static" / "mathjax"
    ensuredir(target)
    (target / "tex-chtml.js").write_text(bundle(source), "utf8")
    for folder in _FOLDERS:
        for path in sorted((source / folder).rglob("*")):
            copy = target / folder / path.relative_to(source / folder)
            if path.is_file() and not copy.is_file():
                ensuredir(copy.parent)
                copy.write_bytes(path.read_bytes())


def _file(tag) -> str:
    return (tag.get("src") or tag.get("href") or "").split("?")[0].rsplit("/", 1)[-1]


def tidy(page) -> None:
    """Drop Thebe, scripts written twice (Sphinx 7.4), the icons' script, the search index where nobody searches."""
    seen = set()
    for tag in page.soup.find_all(["script", "link"]):
        text = tag.string or ""
        twice = tag.name == "script" and not tag.get("src") and text.strip() in seen
        thebe = re.search("thebe", _file(tag) + tag.get("type", "") + text[:99], re.I) or text.startswith("kernelName")
        unused = _file(tag) == "fontawesome.js" or (page.name != "search" and _file(tag) in _SEARCH)
        if twice or thebe or unused:
            tag.decompose()
        elif tag.name == "script" and text.strip():
            seen.add(text.strip())
    theme = page.soup.find("script", attrs={"data-cfasync": "false"})
    if theme is not None:  # before the first paint, so that a dark page never starts white
        theme.string = (theme.string or "") + _THEME
    options = page.soup.find("script", src=re.compile("documentation_options"))
    if page.name == "search" and options is not None:  # a page opened from disk may not read the others for excerpts
        quiet = page.tag("script")
        quiet.string = 'if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;'
        options.insert_after(quiet)
    for extra in page.soup.find_all("meta", attrs={"name": "viewport"})[1:]:
        extra.decompose()


def questions(page) -> None:
    """Outputs of our own may hold maths and quick questions: give them MathJax and the one shared script."""
    if page.article is None:
        return
    if page.soup.select_one(".lb-question"):
        page.script("question.js")
    ours = [tag for tag in page.article.select('.text_html [class^="lb-"]') if _INLINE_MATHS.search(tag.get_text())]
    for tag in ours:
        tag["class"] = [*tag.get("class", []), "mathjax_process"]
    if ours and not page.soup.find("script", src=re.compile("mathjax")):
        settings = page.tag("script")
        settings.string = 'window.MathJax = {"options": {"processHtmlClass": "mathjax_process|math"}}'
        page.soup.head.append(settings)
        page.script("mathjax/tex-chtml.js")


def maths_last(page) -> None:
    """MathJax runs for longer than all other scripts together: let widgets answer first; no formulas, no MathJax."""
    needed = page.soup.select_one(".math, .mathjax_process")
    for tag in page.soup.find_all("script", src=re.compile(r"mathjax/tex-chtml\.js")):
        if needed is None:
            tag.decompose()
            continue
        del tag["defer"]
        tag["async"], tag["fetchpriority"] = "async", "low"
        page.soup.body.append(tag.extract())


def check(page) -> None:
    """Raise where the page would ask another host for anything."""
    for tag in page.soup.find_all(["script", "link", "img", "iframe", "source", "video", "audio"]):
        url = tag.get("src") or (tag.get("href") if set(tag.get("rel", [])) - {"canonical", "license"} else "") or ""
        if re.match(r"(?:https?:)?//", url):
            raise ExtensionError(f"{page.name}: <{tag.name}> asks for {url}; the book must hold all that it shows")
