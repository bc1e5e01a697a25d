"""Finished pages, read once and handed from step to step.

The theme and Sphinx write whole HTML pages; what they get wrong, or cannot know, is put right here, after the build.
A page carries a mark once it is finished, so a build that rewrites few pages finishes few.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from bs4 import BeautifulSoup, Tag
from sphinx.util import logging
from sphinx.util.display import status_iterator

from lossbook.book import accessible, front, host, icons, metadata, offline, preview, styles

logger = logging.getLogger(__name__)
MARK = '<html data-finished="true"'
# Parts that no step changes are taken out before parsing: they are most of a page, and stay as they were written.
_OPAQUE = re.compile(r"<svg\b.*?</svg>|<style\b.*?</style>", flags=re.S)


@dataclass
class Page:
    """One page of the built book: ``name`` is its document name, ``root`` leads from it to the top of the book."""

    name: str
    outdir: Path
    soup: BeautifulSoup
    site: metadata.Site
    kept: list[str] = field(default_factory=list)

    @property
    def root(self) -> str:
        return "../" * self.name.count("/")

    @property
    def article(self) -> Tag | None:
        return self.soup.select_one("article.bd-article")

    def tag(self, name: str, text: str = "", **attributes) -> Tag:
        """A new element; ``class_`` and the like lose their underscore, as in BeautifulSoup."""
        made = self.soup.new_tag(name, attrs={k.rstrip("_").replace("_", "-"): v for k, v in attributes.items()})
        if text:
            made.string = text
        return made

    def url(self, static: str) -> str:
        """From this page to a file of ``_static``, with a digest so that a browser never keeps an old one."""
        return f"{self.root}_static/{static}?v={styles.digest(self.outdir / '_static' / static)}"

    def script(self, static: str, **attributes) -> None:
        """Ask for a script of ``_static``, once, to run in order when the page is read."""
        if not self.soup.head.find("script", src=lambda src: src and src.split("?")[0].endswith(f"_static/{static}")):
            self.soup.head.append(self.tag("script", src=self.url(static), defer="defer", **attributes))

    def stylesheet(self, static: str) -> None:
        if not self.soup.head.find("link", href=lambda href: href and href.split("?")[0].endswith(f"_static/{static}")):
            self.soup.head.append(self.tag("link", rel="stylesheet", type="text/css", href=self.url(static)))


STEPS = (
    offline.tidy,
    host.mount,
    offline.questions,
    styles.book_styles,
    metadata.describe,
    accessible.mend,
    offline.maths_last,
    offline.check,
)


def finish_page(text: str, name: str, outdir: Path, site: metadata.Site) -> str:
    """The page ``text`` after all steps."""
    kept: list[str] = []

    def keep(match: re.Match) -> str:
        kept.append(match[0])
        return f'<lb-kept data-at="{len(kept) - 1}"></lb-kept>'

    page = Page(name, outdir, BeautifulSoup(_OPAQUE.sub(keep, text), "html.parser"), site, kept)
    for step in STEPS:
        step(page)
    done = re.sub(r'<lb-kept data-at="(\d+)"></lb-kept>', lambda m: kept[int(m[1])], str(page.soup))
    return done.replace("<html", MARK, 1)


def finish(app, exception):
    """Finish every page that this build wrote, then what they share: icons, preview, the front door."""
    if exception or app.builder.format != "html":
        return
    outdir = Path(app.outdir)
    site = metadata.Site.of(app.config)
    styles.write(outdir)
    found = sorted(p for p in outdir.rglob("*.html") if "_static" not in p.relative_to(outdir).parts)
    texts = ((path, path.read_text("utf8")) for path in found)
    fresh = [(path, text) for path, text in texts if "<body" in text and MARK not in text]
    steps = status_iterator(fresh, "finishing pages... ", length=len(fresh), stringify_func=lambda item: item[0].stem)
    for path, text in steps:
        name = path.relative_to(outdir).with_suffix("").as_posix()
        path.write_text(finish_page(text, name, outdir, site), "utf8")
    icons.trim(outdir, found)
    preview.write(outdir / metadata.PREVIEW, site.title, "Loss functions, tried and tested")
    front.write(outdir, app.config.master_doc)
