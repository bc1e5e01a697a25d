"""The parts of a loss's card that are text: what its record says, as document nodes."""

import inspect
import math
import re

from docutils import nodes

_CALL = r"(?:\((?:[^()]|\([^()]*\))*\))"
CODE = re.compile(
    rf"(?:[A-Za-z_]\w*(?:\.|::))+[A-Za-z_]\w*{_CALL}?"  # torch.nn.functional.huber_loss(...)
    rf"|\b[A-Za-z]\w*_\w+{_CALL}?"  # huber_loss
    rf"|\b[A-Za-z]\w*{_CALL}"  # HuberRegressor(epsilon)
    r"|\bNaN\b|\b[A-Z]\w*(?:Classifier|Error|Regression|Regressor)\b"  # HuberRegressor; not NeurIPS, not LeCun
    r"|\b\w+='[^']*'"  # loss='huber'
)
SMOOTHNESS = {
    "jumps": (False, "Not continuous"),
    "C0": (False, "Continuous, with a corner"),
    "C1": (True, "Slope continuous, curvature not"),
    "C2": (True, "Slope and curvature continuous"),
    "Cinf": (True, "Smooth everywhere"),
}
LIBRARIES = {"torch": "PyTorch", "keras": "Keras", "optax": "Optax"}  # as their authors write them


def words(loss) -> tuple[str, list[str], str]:
    """(first sentence, further paragraphs, example) of a definition's docstring."""
    paragraphs = inspect.cleandoc(loss.definition.__doc__ or "").split("\n\n")
    rest = [p for p in paragraphs[1:] if not p.startswith("Shapes:")]
    notes = [" ".join(p.split()) for p in rest if not p.startswith(">>>")]
    example = "\n".join(p for p in rest if p.startswith(">>>"))
    return " ".join(paragraphs[0].split()), notes, _as_read(example)


def _as_read(example: str) -> str:
    """An example that names losses as their own module does, with the names that a reader has."""
    from lossbook import losses

    own = re.compile(rf"(?<![\w.])({'|'.join(sorted(losses.__all__, key=len, reverse=True))})\(")
    lines = example.splitlines()
    lines = [own.sub(r"lb.losses.\1(", line) if line.startswith((">>>", "...")) else line for line in lines]
    if not any("lb.losses." in line for line in lines):
        return example
    return "\n".join([">>> import lossbook as lb", *(line for line in lines if line != ">>> import lossbook as lb")])


def call(loss) -> str:
    """How the public function is called: ``lb.losses.huber(input, target, *, delta=1.0, reduction="mean")``."""
    parts, star = [], False
    for p in inspect.signature(loss).parameters.values():
        if p.kind is p.KEYWORD_ONLY and not star:
            parts, star = [*parts, "*"], True
        quoted = f'"{p.default}"' if isinstance(p.default, str) else repr(p.default)
        parts.append(p.name if p.default is p.empty else f"{p.name}={quoted}")
    return f"lb.losses.{loss.record.name}({', '.join(parts)})"


# ---- properties --------------------------------------------------------------------------------------------------


def properties(record) -> list:
    """Statements with a tick or a cross; a property that hangs on a hyper-parameter says when it holds.

    Only what the record states is said, and a test checks each statement.
    """
    found = [
        _statement(record.convex, "Convex", "Not convex"),
        _lipschitz(record),
        _statement(record.bounded_gradient, "Bounded gradient", "Unbounded gradient"),
        _statement(record.proper, "Proper: honest probabilities are best", "Not proper"),
        _smoothness(record),
        _bounds(record),
        _invariances(record),
    ]
    return [badge for badge in found if badge is not None]


def _lipschitz(record):
    if record.lipschitz is None:
        return None if record.sides else badge(False, nodes.Text("No Lipschitz constant"))
    return badge(True, nodes.Text("Lipschitz, constant "), nodes.literal(record.lipschitz, record.lipschitz))


def _smoothness(record):
    if record.smoothness not in SMOOTHNESS:
        return None
    good, said = SMOOTHNESS[record.smoothness]
    return badge(good, nodes.Text(said))


def _bounds(record):
    low, high = record.bounds
    if math.isinf(low) and math.isinf(high):
        return None
    said = f"From {number(low)} to {number(high)}" if math.isfinite(low) and math.isfinite(high) else ""
    return badge(
        True, nodes.Text(said or (f"Never below {number(low)}" if math.isfinite(low) else f"Never above {high:g}"))
    )


def _invariances(record):
    if not record.invariant:
        return None
    from lossbook.losses.registry import INVARIANCES

    return badge(True, nodes.Text("Unchanged by " + listed([INVARIANCES[key] for key in record.invariant])))


def _statement(value, yes: str, no: str):
    if value is None:
        return None
    if isinstance(value, str):
        return badge(True, nodes.Text(f"{yes}, if "), nodes.literal(value, value))
    return badge(value, nodes.Text(yes if value else no))


def badge(good: bool, *said):
    mark = "✓" if good else "✗"
    return nodes.paragraph(
        "", "", nodes.raw("", f'<span class="lb-loss__mark" aria-hidden="true">{mark}</span> ', format="html"), *said
    )


def number(value: float) -> str:
    text = f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"
    return "0" if float(text) == 0 else text.replace("-", "−")


def listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} or {parts[-1]}"


# ---- lists -------------------------------------------------------------------------------------------------------


def symbols(record) -> list:
    letters = {side.symbol: side.name for side in record.sides if side.symbol} | record.symbols
    pairs = [(nodes.math(letter, letter), coded(said)) for letter, said in letters.items()]
    return section("In the formula", listing(pairs)) if pairs else []


def arguments(record) -> list:
    """Each side and each hyper-parameter: what it means and what it may be."""
    pairs = [(named(side), [*coded(side.meaning), nodes.Text(f" {_capital(side.words)}.")]) for side in record.sides]
    for p in record.parameters:
        default = f"{p.default:g}" if type(p.default) in (int, float) else repr(p.default)
        said = nodes.Text(f" Default {default}, range {p.range.replace('inf', '∞')}.")
        pairs.append((named(p), [*coded(p.meaning), said]))
    return section("Arguments" if record.sides else "Hyper-parameters", listing(pairs)) if pairs else []


def elsewhere(record) -> list:
    pairs = [(nodes.Text(LIBRARIES.get(k, k)), coded(said)) for k, said in record.elsewhere.items()]
    return [listing(pairs)] if pairs else []


def traps(record) -> list:
    items = [nodes.paragraph("", "", *coded(trap)) for trap in record.traps]
    return section("Before you rely on it", bullets(items)) if items else []


def section(title: str, *body) -> list:
    return [nodes.paragraph("", title, classes=["lb-loss__label"]), *body]


def bullets(items, name: str = ""):
    made = nodes.bullet_list(classes=[name] if name else [])
    made += [nodes.list_item("", item) for item in items]
    return made


def named(argument):
    """The name of a side or a hyper-parameter, and how the formula writes it."""
    name = nodes.inline("", "", nodes.literal(argument.name, argument.name))
    if argument.symbol:
        name += [nodes.Text(" "), nodes.math(argument.symbol, argument.symbol)]
    return name


def listing(pairs):
    made = nodes.definition_list()
    for term, said in pairs:
        item = nodes.definition_list_item("", nodes.term("", "", term))
        item += nodes.definition("", nodes.paragraph("", "", *said))
        made += item
    return made


def coded(text: str) -> list:
    """Text nodes, with what looks like code set as code."""
    found, at = [], 0
    for match in CODE.finditer(text):
        found += [nodes.Text(text[at : match.start()]), nodes.literal(match[0], match[0])]
        at = match.end()
    return [node for node in [*found, nodes.Text(text[at:])] if node.astext()]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
