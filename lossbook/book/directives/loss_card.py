"""``{loss-card} huber``: all that the registry knows about a loss, made from its record."""

import html

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from lossbook.book.directives import loss_facts as facts
from lossbook.book.directives import loss_live, loss_plot


class LossCard(SphinxDirective):
    """The only argument is the name of a loss in the registry."""

    required_arguments = 1

    def run(self):
        from lossbook import losses

        try:
            loss = losses.get(self.arguments[0])
        except LookupError as error:
            raise self.error(f"loss-card: {error}") from None
        made = card(self, loss)
        made.insert(0, nodes.container("", nodes.Text(loss.record.title), classes=["lb-loss__title"]))
        return [made]


def card(directive, loss, live: bool = False) -> nodes.container:
    """First what a reader looks for (what it does, the formula, the curve, what to mind), then the rest, folded.

    live: with the explorer, for pages whose text does not have one.
    """
    record = loss.record
    lead, notes, example = facts.words(loss)
    made = nodes.container(classes=["lb-loss"])
    made += nodes.paragraph("", "", *facts.coded(lead), classes=["lb-loss__lead"])
    made += nodes.math_block(record.formula, record.formula, nowrap=False, number=None, label=None)
    drawable = bool(record.axis or record.path)
    if live and drawable:
        made += _raw(loss_live.explorer(loss))
    if drawable:
        made += _raw(_figure(loss))
    known = nodes.container(classes=["lb-loss__known"])
    known += facts.bullets(facts.properties(record), "lb-loss__properties")
    if record.elicits:
        known += facts.section("Best constant prediction", nodes.paragraph("", "", *facts.coded(record.elicits)))
    known += facts.traps(record)
    made += known
    made += code(facts.call(loss), "python")
    how = [*facts.symbols(record), *facts.arguments(record)]
    how += [nodes.paragraph("", "", *facts.coded(note)) for note in notes]
    how += [code(example, "pycon")] if example else []
    made += fold("Arguments and an example" if example else "Arguments", how)
    made += rest(directive, record)
    located(directive, made)
    return made


def rest(directive, record) -> list:
    """What a loss and a method have alike at their end: names elsewhere, the definition, the sources."""
    made = []
    if record.elsewhere:
        libraries = [facts.LIBRARIES.get(key, key) for key in record.elsewhere]
        made += fold(f"In {_and(libraries)}", facts.elsewhere(record))
    return [*made, *fold("Definition and sources", [code(record.source, "python"), *_sources(directive, record)])]


def located(directive, made) -> None:
    """Tell each node which line of the page it comes from, so that a warning does."""
    directive.set_source_info(made)
    for node in made.findall():
        node.source, node.line = made.source, made.line


def _figure(loss) -> str:
    record, said = loss.record, []
    if record.path and not record.axis:
        said.append(record.path.says)
    held = [f"{p.name} = {p.default!r}" for p in record.parameters if hasattr(p, "options")]
    if held:
        said.append(f"Drawn with {_and(held)}.")
    says = f"<p>{html.escape(' '.join(said))}</p>" if said else ""
    return f'<div class="lb-loss__figure">{loss_plot.figure(loss)}{says}</div>'


def _sources(directive, record) -> list:
    said = [nodes.paragraph("", "", *facts.coded(record.primary))]
    if record.cite:
        found, messages = directive.state.inline_text(f"{{cite}}`{','.join(record.cite)}`", directive.lineno)
        said += [nodes.paragraph("", "", nodes.Text("In the bibliography: "), *found), *messages]
    return said


def fold(title: str, body: list) -> list:
    """A native fold. Its content stands between two pieces of HTML, so that it is searched and linked like the rest."""
    opened = _raw(f'<details class="lb-loss__more"><summary>{html.escape(title)}</summary>')
    return [opened, nodes.container("", *body, classes=["lb-loss__facts"]), _raw("</details>")]


def code(text: str, language: str):
    block = nodes.literal_block(text.rstrip("\n"), text.rstrip("\n"))
    block["language"] = language
    return block


def _raw(text: str):
    return nodes.raw("", text, format="html")


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
