"""``{loss-card} huber``: all that the registry knows about a loss, made from its record."""

import re

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from lossbook.book.directives import loss_plot

_CALL = r"(?:\((?:[^()]|\([^()]*\))*\))"
CODE = re.compile(
    rf"(?:[A-Za-z_]\w*(?:\.|::))+[A-Za-z_]\w*{_CALL}?"  # torch.nn.functional.huber_loss(...)
    rf"|\b[A-Za-z]\w*_\w+{_CALL}?"  # huber_loss
    rf"|\b[A-Za-z]\w*{_CALL}"  # HuberRegressor(epsilon)
    rf"|\b[A-Z]\w*[a-z][A-Z]\w*"  # HuberRegressor
    r"|\b\w+='[^']*'"  # loss='huber'
)
SMOOTHNESS = {
    "C0": (False, "Continuous, with a corner"),
    "C1": (True, "Slope continuous, curvature not"),
    "C2": (True, "Slope and curvature continuous"),
    "Cinf": (True, "Smooth everywhere"),
}


class LossCard(SphinxDirective):
    """The only argument is the name of a loss in the registry."""

    required_arguments = 1

    def run(self):
        from lossbook import losses

        try:
            loss = losses.get(self.arguments[0])
        except LookupError as error:
            raise self.error(f"loss-card: {error}") from None
        record = loss.record
        head = nodes.container("", nodes.Text(record.title), classes=["lb-loss__title"])
        formula = nodes.math_block(record.formula, record.formula, nowrap=False, number=None, label=None)
        facts = nodes.container(classes=["lb-loss__facts"])
        facts += self._symbols(record)
        facts += self._parameters(record)
        facts += _section("The best constant prediction is", nodes.paragraph("", "", *coded(record.elicits)))
        facts += _section("Properties", _list(properties(record), "lb-loss__properties"))
        facts += _section("Elsewhere", _pairs([(nodes.Text(k), coded(v)) for k, v in record.elsewhere.items()]))
        facts += _section("Traps", _list([nodes.paragraph("", "", *coded(trap)) for trap in record.traps]))
        facts += self._sources(record)
        card = nodes.container(classes=["lb-loss"])
        card += [head, formula]
        if record.axis:
            card += nodes.raw("", loss_plot.panels(loss), format="html")
        card += facts
        self.set_source_info(card)
        for node in card.findall():
            node.source, node.line = card.source, card.line
        return [card]

    def _symbols(self, record):
        pairs = [(nodes.math(letter, letter), coded(said)) for letter, said in record.symbols.items()]
        return _section("In the formula", _pairs(pairs)) if pairs else []

    def _parameters(self, record):
        pairs = [
            (_named(c), [*coded(c.meaning), nodes.Text(f" Required, of the shape of the two sides; {c.range}.")])
            for c in record.companions
        ]
        for p in record.parameters:
            default = "None" if p.default is None else f"{p.default:g}"
            said = [*coded(p.meaning), nodes.Text(f" Default {default}, range {p.range.replace('inf', '∞')}.")]
            pairs.append((_named(p), said))
        return _section("Arguments" if record.companions else "Hyper-parameters", _pairs(pairs)) if pairs else []

    def _sources(self, record):
        if not record.cite:
            return []
        found, messages = self.state.inline_text(f"{{cite}}`{','.join(record.cite)}`", self.lineno)
        return [*_section("Sources", nodes.paragraph("", "", *found)), *messages]


def properties(record) -> list:
    """Statements with a tick or a cross; a property that hangs on a hyper-parameter says when it holds."""
    found = [_statement(record.convex, "Convex", "Not convex")]
    if record.lipschitz is None:
        found.append(_badge(False, nodes.Text("No Lipschitz constant")))
    else:
        constant = nodes.literal(record.lipschitz, record.lipschitz)
        found.append(_badge(True, nodes.Text("Lipschitz, constant "), constant))
    found.append(_statement(record.bounded_gradient, "Bounded gradient", "Unbounded gradient"))
    if record.proper is not None:
        found.append(_statement(record.proper, "Proper: honest probabilities are best", "Not proper"))
    good, said = SMOOTHNESS[record.smoothness]
    found.append(_badge(good, nodes.Text(said)))
    return found


def _statement(value, yes: str, no: str):
    if isinstance(value, str):
        return _badge(True, nodes.Text(f"{yes}, if "), nodes.literal(value, value))
    return _badge(value, nodes.Text(yes if value else no))


def _badge(good: bool, *said):
    mark = nodes.raw(
        "", f'<span class="lb-loss__mark" aria-hidden="true">{"✓" if good else "✗"}</span> ', format="html"
    )
    return nodes.paragraph("", "", mark, *said)


def coded(text: str) -> list:
    """Text nodes, with what looks like code set as code."""
    found, at = [], 0
    for match in CODE.finditer(text):
        found += [nodes.Text(text[at : match.start()]), nodes.literal(match[0], match[0])]
        at = match.end()
    return [node for node in [*found, nodes.Text(text[at:])] if node.astext()]


def _section(title: str, body) -> list:
    return [nodes.paragraph("", title, classes=["lb-loss__label"]), body]


def _list(items, name: str = ""):
    made = nodes.bullet_list(classes=[name] if name else [])
    made += [nodes.list_item("", item) for item in items]
    return made


def _named(argument):
    """The name of a companion or a hyper-parameter, and how the formula writes it."""
    name = nodes.inline("", "", nodes.literal(argument.name, argument.name))
    if argument.symbol:
        name += [nodes.Text(" "), nodes.math(argument.symbol, argument.symbol)]
    return name


def _pairs(pairs):
    made = nodes.definition_list()
    for term, said in pairs:
        item = nodes.definition_list_item("", nodes.term("", "", term))
        item += nodes.definition("", nodes.paragraph("", "", *said))
        made += item
    return made
