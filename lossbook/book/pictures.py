"""Post-transforms on the document tree: pictures inside the page, each with words for those who cannot see it."""

from pathlib import Path

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from lossbook.book import figures_svg

logger = logging.getLogger(__name__)
VIEW = "application/vnd.jupyter.widget-view+json"


def _is_bundle(node) -> bool:
    return isinstance(node, nodes.container) and node.get("nb_element") == "mime_bundle"


class StillPictures(SphinxPostTransform):
    """Where a widget also comes as a picture, keep the picture beside it: for no script, for print, while it loads."""

    default_priority = 3  # myst-nb keeps one kind of output of each bundle at 4
    formats = ("html",)

    def run(self, **kwargs):
        for bundle in list(self.document.findall(_is_bundle)):
            kinds = {child.get("mime_type"): child for child in bundle.children}
            picture = kinds.get("image/svg+xml") or kinds.get("image/png")
            if VIEW in kinds and picture is not None:
                still = nodes.container(classes=["afm-fallback"])
                still += [child.deepcopy() for child in picture.children]
                kinds[VIEW] += still


class InlineFigures(SphinxPostTransform):
    """Move the SVG pictures that notebooks made into the page, and warn of any picture without alternative text."""

    default_priority = 8  # after myst-nb has chosen outputs (4) and placed glued ones (5)
    formats = ("html",)

    def run(self, **kwargs):
        for number, node in enumerate(list(self.document.findall(nodes.image)), 1):
            path = Path(self.app.srcdir, node["uri"])
            made = path.suffix == ".svg" and "jupyter_execute" in path.parts
            svg = path.read_text("utf8") if made else ""
            alt = (node.get("alt") or figures_svg.title(svg)).strip()
            if not alt:
                where = "the cell's metadata mystnb.image.alt" if "jupyter_execute" in path.parts else "its alt text"
                logger.warning("picture without words: say what it shows in %s", where, location=node, type="lossbook")
            if made:
                node.replace_self(nodes.raw("", figures_svg.inline(svg, alt, f"fig{number}-"), format="html"))
