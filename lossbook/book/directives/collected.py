"""The claims that the built pages judged, kept in the Sphinx environment, so that a warm build has them too."""

import contextlib
import json
from pathlib import Path

import nbformat
from docutils import nodes
from jupyter_cache import get_cache
from sphinx.util import logging

from lossbook.claims import MIME, store

logger = logging.getLogger(__name__)


class ClaimsNode(nodes.General, nodes.Element):
    """Stands where a page shows claims until all pages are read; ``kind`` says how."""


_kinds = {}


def shown_as(kind: str):
    """Register ``f(app, docname, node) -> HTML`` for nodes of a kind."""

    def register(function):
        _kinds[kind] = function
        return function

    return register


def entries(app) -> dict[str, store.Entry]:
    """The recorded claims. ``lossbook_claims`` in the configuration names another file, relative to the book."""
    return store.load(claims_file(app))


def claims_file(app) -> Path:
    named = app.config.lossbook_claims
    return Path(app.srcdir, named) if named else store.location()


def judged(env) -> dict[str, list[dict]]:
    """Document name -> what its cells judged, in the order of the cells."""
    if not hasattr(env, "lossbook_claims"):
        env.lossbook_claims = {}
    return env.lossbook_claims


def holders(env) -> dict[str, list[str]]:
    """Document name -> kinds of the nodes it holds."""
    if not hasattr(env, "lossbook_holders"):
        env.lossbook_holders = {}
    return env.lossbook_holders


def rows(app) -> list[tuple[str, dict]]:
    """(document name, claim) for every claim judged once, in the order of ``claims.yml``."""
    found = {data["id"]: (docname, data) for docname, list_ in judged(app.env).items() for data in list_}
    return [found[name] for name in entries(app) if name in found]


def rows_of(app, origin: str) -> list[tuple[str, dict]]:
    """The rows with an origin that begins so, in the order of these origins."""
    found = []
    for row in rows(app):
        places = [place for place in row[1]["origin"].split("; ") if place.startswith(origin)]
        if places:
            found.append((min(places), row))
    return [row for _, row in sorted(found, key=lambda pair: pair[0])]


def ledger_page(env) -> str | None:
    return next((docname for docname, kinds in sorted(holders(env).items()) if "ledger" in kinds), None)


# ---- Sphinx events -----------------------------------------------------------------------------------------------


def collect(app, doctree):
    """Read the claims out of the executed notebook."""
    env = app.env
    purge(app, env, env.docname)
    holds = [node["kind"] for node in doctree.findall(ClaimsNode)]
    if holds:
        holders(env)[env.docname] = holds
    found = [output["data"][MIME] for output in _outputs(env) if MIME in output.get("data", ())]
    if found:
        judged(env)[env.docname] = found


def _outputs(env) -> list[dict]:
    """The outputs that the page shows: those in the cache, where MyST-NB took them from there, else those it wrote."""
    source = Path(env.doc2path(env.docname))
    written = Path(env.mystnb_config.output_folder, f"{env.docname}.ipynb")
    if source.suffix != ".ipynb" or not written.is_file():
        return []
    notebook = nbformat.read(written, as_version=4)
    if env.mystnb_config.execution_mode == "cache":  # what is written beside the pages is then the source
        with contextlib.suppress(KeyError):
            _, notebook = get_cache(env.mystnb_config.execution_cache_path).merge_match_into_notebook(notebook)
    return [output for cell in notebook.cells for output in cell.get("outputs", ())]


def purge(app, env, docname):
    judged(env).pop(docname, None)
    holders(env).pop(docname, None)


def merge(app, env, docnames, other):
    for kept in (judged, holders):
        kept(env).update({name: value for name, value in kept(other).items() if name in docnames})


def outdated(app, env):
    """The pages that show claims are written again when what they show has changed."""
    if not holders(env):
        return []
    state = json.dumps([rows(app), sorted((name, node.astext()) for name, node in env.titles.items())])
    if getattr(env, "lossbook_state", None) == state:
        return []
    env.lossbook_state = state
    return list(holders(env))


def check(app, env):
    """In a book with a ledger every recorded claim is judged, once, on the page that its entry names."""
    page = ledger_page(env)
    if page is None:
        return

    def warn(text, *values, where=page):
        logger.warning("claim %s: " + text, *values, location=where, type="lossbook", subtype="claim")

    places = {}
    for docname, found in judged(env).items():
        for data in found:
            places.setdefault(data["id"], []).append(docname)
    recorded = entries(app)
    for name, entry in recorded.items():
        where = places.get(name, [])
        if not where:
            warn("no page judges it; %s should, with lb.claim(%r, ...)", name, entry.page, name)
        elif len(where) > 1:
            warn("judged %d times (%s), want once", name, len(where), ", ".join(sorted(where)), where=where[1])
        elif not f"/{where[0]}".endswith(f"/{entry.page}"):
            warn("judged on %s, but its entry says page: %s", name, where[0], entry.page, where=where[0])
    for name in sorted(set(places) - set(recorded)):
        warn("judged, but not in %s", name, claims_file(app).name, where=places[name][0])


def fill(app, doctree, docname):
    """Put the HTML in place of the nodes of one page."""
    for node in list(doctree.findall(ClaimsNode)):
        html = _kinds[node["kind"]](app, docname, node) if app.builder.format == "html" else ""
        node.replace_self(nodes.raw("", html, format="html"))
