"""The Sphinx extension that makes the built book alive and whole with no kernel and no network.

``sphinx.extra_extensions: [lossbook.book]`` in ``_config.yml`` switches it on. Each concern has a file of its own:

* ``pictures`` puts SVG figures and the still pictures of widgets into the page, in the colors of its theme;
* ``host`` starts widgets from the state that the notebook saved;
* ``offline`` takes MathJax from a package and keeps every request within the book;
* ``accessible`` mends what the theme gets wrong for readers who listen or use the keyboard;
* ``icons`` and ``styles`` cut the theme's files down to what the pages use;
* ``metadata`` describes each page to those who link to it, ``preview`` draws the picture, ``front`` opens the door;
* ``directives`` holds the book's own directives.

All but the first and the last work on finished pages: ``pages`` reads each one once and hands it from step to step.
"""

from pathlib import Path

from lossbook.book.cache import cache_path

__all__ = ["cache_path", "setup"]

STATIC = Path(__file__).parent / "static"


def _configure(app, config):
    """What the mechanism needs, whatever ``_config.yml`` says about the looks."""
    if not config.nb_execution_cache_path:  # the build names the cache that it has just filled
        config.nb_execution_cache_path = str(cache_path(app.srcdir))
    config.nb_ipywidgets_js = {}  # no RequireJS and no html-manager: the host starts the widgets
    config.nb_mime_priority_overrides = [*config.nb_mime_priority_overrides, ("html", "image/svg+xml", 15)]
    # An output that the ledger reads and no page shows; one with nothing else to show still warns.
    config.suppress_warnings = [*config.suppress_warnings, "mystnb.unknown_mime_type"]
    config.mathjax_path = "mathjax/tex-chtml.js"


def _add_static(app):
    app.config.html_static_path.append(str(STATIC))


def setup(app):
    from lossbook.book import directives, offline, pages, pictures

    app.connect("config-inited", _configure)
    app.connect("builder-inited", _add_static)
    app.connect("build-finished", offline.copy_mathjax)
    app.connect("build-finished", pages.finish, priority=900)
    app.add_post_transform(pictures.StillPictures)
    app.add_post_transform(pictures.InlineFigures)
    directives.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
