"""The extension's parts on small inputs: pictures, widget state, icons, addresses, the cache's key."""

import json

import pytest
from bs4 import BeautifulSoup
from sphinx.errors import ExtensionError

from lossbook.book import cache, figures_svg, front, host, icons, metadata, offline, pages, preview
from lossbook.look import PALETTE

BLUE = PALETTE[0][1]
PICTURE = f"""<?xml version="1.0"?>
<svg xmlns:xlink="http://www.w3.org/1999/xlink" width="10pt" viewBox="0 0 10 10" xmlns="http://www.w3.org/2000/svg">
 <title>A line</title>
 <metadata>written at noon</metadata>
 <defs><style type="text/css">*{{stroke-linejoin: round}}</style>
 <path id="tick" d="M 0 0.123456 L 1e-05 -2.98765"/></defs>
 <g id="figure_1"><path d="M 0 0" style="fill: #ffffff"/>
 <path d="M 0 0" clip-path="url(#clip)" style="fill: none; stroke: {BLUE}; stroke-width: 1.5"/>
 <path d="M 0 0" stroke="#808080" fill="#ff0000"/><use xlink:href="#tick" style="stroke: #000000"/>
 <text style="font: italic 700 10px 'DejaVu Sans', serif; text-anchor: middle" transform="scale(0.015625)">x</text></g>
 <clipPath id="clip"/></svg>"""


@pytest.mark.parametrize(
    ("color", "want"),
    [
        (BLUE, "var(--lb-1)"),
        (BLUE.upper(), "var(--lb-1)"),
        (PALETTE[7][1], "var(--lb-8)"),
        ("black", "currentColor"),
        ("#000", "currentColor"),
        ("#ffffff", figures_svg.PAPER),
        ("#cccccc", "color-mix(in srgb, currentColor 20%, transparent)"),
        ("#ff0000", "#ff0000"),
        ("none", "none"),
        ("url(#clip)", "url(#clip)"),
    ],
)
def test_recolor(color, want):
    assert figures_svg.recolor(color) == want


def test_inline_picture_belongs_to_its_page():
    svg = figures_svg.inline(PICTURE, 'a "line"', "fig7-")
    root = BeautifulSoup(svg, "html.parser").svg
    assert root["aria-label"] == 'a "line"'
    assert root["role"] == "img"
    assert {tag["id"] for tag in root.find_all(id=True)} == {"fig7-tick", "fig7-clip"}
    assert 'href="#fig7-tick"' in svg
    assert "url(#fig7-clip)" in svg
    assert "stroke: var(--lb-1); stroke-width: 1.5" in svg
    assert "font-style: italic; font-weight: 700; font-size: 10px; text-anchor: middle" in svg
    assert "scale(0.015625)" in svg, "only coordinates are rounded"
    assert "M 0 0.12 L 1e-05 -2.98" in svg
    for gone in ("<?xml", "metadata", "<style", "<title", "xlink", "DejaVu", "figure_1"):
        assert gone not in svg


def test_inline_refuses_what_is_no_picture():
    with pytest.raises(ValueError, match="svg: got"):
        figures_svg.inline("<p>text</p>", "words", "fig1-")


def test_title_is_the_picture_own():
    assert figures_svg.title(PICTURE) == "A line"
    assert figures_svg.title("<svg><g><title>inner</title></g></svg>") == ""


def test_slim_state_keeps_what_a_page_reads():
    state = {
        "a": {
            "model_name": "AnyModel",
            "model_module": "anywidget",
            "model_module_version": "1",
            "state": {"_esm": "x", "level": 3, "nothing": None, "layout": "IPY_MODEL_b", "off": False, "zero": 0},
        },
        "b": {"model_name": "LayoutModel", "model_module": "@jupyter-widgets/base", "state": {}},
    }
    slim = host.slim(state)
    assert list(slim) == ["a"]
    assert slim["a"]["state"] == {"_esm": "x", "level": 3, "nothing": None, "off": False, "zero": 0}


def _page(tmp_path, body, name="chapters/live"):
    (tmp_path / "_static").mkdir(exist_ok=True)
    for static in ("afm-host.js", "lossbook.js", "lossbook.css", "question.js"):
        (tmp_path / "_static" / static).write_text("")
    article = f"<main><article class='bd-article'>{body}</article></main>"
    text = f"<!DOCTYPE html><html><head></head><body>{article}</body></html>"
    site = metadata.Site("Book", "https://owner.github.io/book/", "chapters/index")
    return BeautifulSoup(pages.finish_page(text, name, tmp_path, site), "html.parser")


def _widgets(*models):
    state = {"state": {m["id"]: {"model_name": "AnyModel", "state": m} for m in models}}
    views = "".join(
        f'<script type="{host._MIME}view+json">{{"model_id": "{m["id"]}"}}</script>'
        f'<div class="afm-fallback docutils container"><svg viewBox="0 0 1 1"></svg></div>'
        for m in models
    )
    return f'{views}<script type="{host._MIME}state+json">{json.dumps(state)}</script>'


def test_two_widgets_share_one_source_and_one_sheet(tmp_path):
    source, css = "export default {};" + " " * 300, ".x { color: red }"
    soup = _page(tmp_path, _widgets({"id": "a", "_esm": source, "_css": css}, {"id": "b", "_esm": source, "_css": css}))
    assert len(list((tmp_path / "_static" / "afm").glob("*.js"))) == 1
    assert len(list((tmp_path / "_static" / "afm").glob("*.css"))) == 1
    assert [tag["data-model"] for tag in soup.select(".afm-widget")] == ["a", "b"]
    assert len(soup.select(".afm-widget > .afm-fallback > svg")) == 2
    scripts = [tag["src"] for tag in soup.select("script[src]")]
    assert scripts.index(next(s for s in scripts if "/afm/" in s)) < scripts.index(
        next(s for s in scripts if "afm-host" in s)
    )
    assert all(s.startswith("../_static/") for s in scripts)
    state = json.loads(soup.find("script", type=host._MIME + "state+json").string)["state"]
    assert state["a"]["state"]["_esm"] == state["b"]["state"]["_esm"]
    assert "_css" not in state["a"]["state"]


def test_state_cannot_end_its_script(tmp_path):
    soup = _page(
        tmp_path,
        _widgets({"id": "a", "_esm": "x", "text": "</script><!-- <b>"}).replace("</script><!", "<\\/script><!"),
    )
    state = json.loads(soup.find("script", type=host._MIME + "state+json").string)["state"]
    assert state["a"]["state"]["text"] == "</script><!-- <b>"


def test_a_page_is_finished_once_and_asks_nobody_else(tmp_path):
    assert _page(tmp_path, "<p>words</p>").html["data-finished"] == "true"
    with pytest.raises(ExtensionError, match=r"cdn\.example"):
        _page(tmp_path, '<img src="https://cdn.example/x.png" alt="x">')


def test_maths_in_an_output_brings_mathjax(tmp_path):
    (tmp_path / "_static" / "mathjax").mkdir(parents=True)
    (tmp_path / "_static" / "mathjax" / "tex-chtml.js").write_text("")
    question = '<div class="text_html"><form class="lb-question"><p>\\(r^2\\)</p></form></div>'
    soup = _page(tmp_path, question)
    assert "mathjax_process" in soup.select_one(".lb-question")["class"]
    assert soup.find("script", src=lambda s: s and "tex-chtml" in s)
    assert soup.find("script", src=lambda s: s and "question.js" in s)
    assert not _page(tmp_path, "<p>words</p>").find("script", src=lambda s: s and ("tex-chtml" in s or "question" in s))


def test_description_is_the_first_paragraph(tmp_path):
    soup = _page(
        tmp_path,
        "<section><h1>Huber<a class='headerlink'>#</a></h1>"
        "<p>A parabola in the middle, two lines outside.</p></section>",
    )
    content = {tag.get("property") or tag.get("name"): tag["content"] for tag in soup.select("meta")}
    assert content["og:title"] == "Huber"
    assert content["og:description"] == content["description"] == "A parabola in the middle, two lines outside."
    assert content["og:url"] == "https://owner.github.io/book/chapters/live.html"
    assert content["og:image"] == "https://owner.github.io/book/_static/social-preview.png"
    assert content["twitter:card"] == "summary_large_image"
    first = _page(tmp_path, "<section><h1>Book</h1></section>", name="chapters/index")
    assert first.find("link", rel="canonical")["href"] == "https://owner.github.io/book/"


def test_icons_say_which_one_is_missing(tmp_path):
    css = '.fa-solid{font-weight:900}.fa-bars:before,.fa-navicon:before{content:"\\f0c9"}.fa-at:before{content:"\\@"}'
    with pytest.raises(ExtensionError, match="fa-unicorn"):
        icons.cut_sheet(css, {"fa-solid", "fa-bars", "fa-unicorn"}, tmp_path)
    with pytest.raises(ExtensionError, match=r"U\+F0C9"):
        icons.cut_sheet(css, {"fa-solid", "fa-navicon"}, tmp_path)
    assert icons.cut_sheet(css, {"fa-solid"}, tmp_path) == ".fa-solid{font-weight:900}"


def test_repository_is_one_github_address(tmp_path):
    path = tmp_path / "_config.yml"
    path.write_text("repository: {url: https://github.com/owner/book/}")
    assert metadata.repository(path) == "https://github.com/owner/book"
    assert metadata.pages_address("https://github.com/owner/book") == "https://owner.github.io/book/"
    assert metadata.pages_address("https://github.com/owner/owner.github.io") == "https://owner.github.io/"
    path.write_text("repository: {url: https://example.org/book}")
    with pytest.raises(ValueError, match=r"want https://github\.com/OWNER/NAME"):
        metadata.repository(path)


def test_strange_addresses_are_found(tmp_path):
    path = tmp_path / "_config.yml"
    path.write_text("repository: {url: https://github.com/owner/book}")

    def notebook(line):
        return {"cells": [{"cell_type": "code", "source": [f'subprocess.check_call(["pip", "install", "{line}"])']}]}

    own = "git+https://github.com/owner/book"
    for line in (own, own + ".git", own + "@main", "lossbook @ " + own):
        assert metadata.strange_addresses(notebook(line), path) == []
    assert metadata.strange_addresses(notebook(own + "s"), path) == ["https://github.com/owner/books"]


def test_cache_follows_the_claims_and_not_the_pages(tmp_path):
    (tmp_path / "chapters").mkdir()
    before = cache.cache_path(tmp_path)
    assert before.parent == tmp_path / "_build"
    (tmp_path / "chapters" / "page.md").write_text("words")
    assert cache.cache_path(tmp_path) == before
    (tmp_path / "chapters" / "claims.yml").write_text("[]")
    assert cache.cache_path(tmp_path) != before
    names = {path.relative_to(cache.PACKAGE).parts[0] for path in cache.sources(tmp_path / "nowhere")}
    assert "look.py" in names
    assert "book" not in names


def test_preview_is_drawn_once(tmp_path):
    path = tmp_path / "preview.png"
    preview.write(path, "A book", "about losses")
    first = path.read_bytes()
    assert first[16:24] == (1200).to_bytes(4, "big") + (630).to_bytes(4, "big")
    path.unlink()
    preview.write(path, "A book", "about losses")
    assert path.read_bytes() == first, "the same bytes each time"
    preview.write(path, "Another book", "about losses")
    assert path.read_bytes() != first


def test_mathjax_bundle_loads_nothing_more():
    text = offline.bundle(offline._mathjax())
    assert "load: []" in text
    assert "contextmenu" not in text.lower().replace("contextmenu:", "")[:2000]
    assert len(text) < 900_000


@pytest.mark.parametrize(
    ("url", "want"),
    [
        ("../_static/x.css?v=1", "_static/x.css?v=1"),
        ("types/huber.html#seam", "chapters/types/huber.html#seam"),
        ("#seam", "#seam"),
        ("index.html", "chapters/index.html"),
        ("https://example.org/a", "https://example.org/a"),
        ("mailto:a@example.org", "mailto:a@example.org"),
    ],
)
def test_front_page_addresses(tmp_path, url, want):
    (tmp_path / "chapters").mkdir()
    body = f'<html data-content_root="../"><body><a href="{url}">x</a><svg><use href="#a"/></svg></body></html>'
    (tmp_path / "chapters" / "index.html").write_text(body)
    front.write(tmp_path, "chapters/index")
    made = BeautifulSoup((tmp_path / "index.html").read_text(), "html.parser")
    assert made.a["href"] == want
    assert made.use["href"] == "#a"
    assert made.html["data-content_root"] == "./"
