"""Example batches: what a loss is called with, and what can be made from it."""

import math

import torch

from lossbook.linting.roles import Role, role_of_side, role_of_value

KINDS = {
    "regression": "input and target are real numbers of one shape",
    "binary": "input is a logit, target 0 or 1",
    "signs": "input is a score, target -1 or +1",
    "classes": "input holds logits (N, C), target class indices (N,)",
    "any": "any tensors, of which nothing is assumed",
}
COUNT, CLASSES = 24, 5
MANY = 4096  # numbers in a few samples of one side, beyond which fewer are tried


def generator(seed: int = 0) -> torch.Generator:
    """A source of randomness of our own: the reader's is left alone, and every report can be repeated."""
    return torch.Generator().manual_seed(seed)


def kind_of_record(record) -> str:
    """The kind that a record of the registry tells."""
    if record.sides:
        return "any"
    if record.axis == "margin":
        return "signs" if record.family == "margin" else "binary"
    return "classes" if record.axis is None and record.family in ("classification", "margin") else "regression"


def kind_of_tensors(input: torch.Tensor, target: torch.Tensor) -> str:
    """The kind that a pair of example tensors looks like."""
    if not target.is_floating_point() and input.ndim == target.ndim + 1:
        return "classes" if target.numel() and int(target.max()) < input.shape[1] else "any"
    values = set(target.unique().tolist())
    return "binary" if values == {0.0, 1.0} else "signs" if values == {-1.0, 1.0} else "regression"


class Examples:
    """A batch of ordinary samples in float64, by name, and what can be made from it.

    kind: one of KINDS. sides: the arguments by name, in order. roles: what each of them is. positional: how many of
    them are passed by position. record: of a loss of the registry with sides. domain: of the first tensor, "real", or
    for one given by the reader that never leaves them, "positive" or "unit" (between 0 and 1).
    """

    def __init__(self, kind: str, sides: dict, roles: tuple[Role, ...], *, positional=2, given=False, record=None):
        self.kind, self.given, self.record, self.positional = kind, given, record, positional
        self.roles = {role.name: role for role in roles}
        self.sides = {
            name: _double(value, labels=kind in ("classes", "any") or self.roles[name].kind in ("labels", "mask"))
            for name, value in sides.items()
        }
        tensors = [name for name, value in self.sides.items() if isinstance(value, torch.Tensor)]
        self.first = next(name for name in tensors if self.roles[name].moves)
        self.rows = tuple(name for name in tensors if self.roles[name].sample)
        self.second = next((name for name in tensors if name != self.first), None)
        self.moved = tuple(name for name in tensors if self.roles[name].moves)
        if kind != "any":  # the target of such a kind is held
            self.moved = tuple(name for name in self.moved if name != self.second)
        self.domain = self._domain()

    def _domain(self) -> str:
        if self.kind == "any":
            role = self.roles[self.first]
            return "real" if role.unbounded else "kept"
        low, high = float(self.input.min()), float(self.input.max())
        inside = self.kind != "classes" and low > 0
        return "unit" if inside and high < 1 else "positive" if inside else "real"

    @property
    def input(self) -> torch.Tensor:
        """The first tensor that moves."""
        return self.sides[self.first]

    @property
    def target(self) -> torch.Tensor:
        """The tensor beside it."""
        return self.sides[self.second]

    @property
    def count(self) -> int:
        """How many samples there are; 0 if no axis counts samples."""
        return self.input.shape[0] if self.rows else 0

    def typed(self, dtype: torch.dtype, sides: dict | None = None) -> dict:
        """The batch, or another one, with its floating sides in ``dtype``."""
        return {name: self.roles[name].typed(x, dtype) for name, x in (sides or self.sides).items()}

    def at(self, which, sides: dict | None = None) -> dict:
        """The samples ``which`` (a slice, a mask, indices) of the batch, or of another one."""
        return {name: x[which] if name in self.rows else x for name, x in (sides or self.sides).items()}

    @property
    def large(self) -> bool:
        """Whether a few samples already hold many numbers, as pictures do."""
        return self.input[:6].numel() > MANY

    def few(self, most: int = 8) -> dict:
        """The first samples; two of large ones."""
        return self.at(slice(2 if self.large else most))

    def pair(self, input: torch.Tensor, target: torch.Tensor) -> dict:
        """A batch of this input and target; whatever else the loss takes is that of the first sample throughout."""
        batch = dict(self.sides)
        for name in self.rows:
            x = self.sides[name]
            batch[name] = self.roles[name].typed(x[:1].expand(len(input), *x.shape[1:]), input.dtype)
        return batch | {self.first: input, self.second: target}

    def row(self, value: float) -> torch.Tensor:
        """A batch of one whose input is ``value`` throughout."""
        return torch.full((1, *self.input.shape[1:]), value, dtype=torch.float64)

    def label(self, value: float) -> torch.Tensor:
        """A batch of one whose target is ``value`` throughout."""
        return torch.full((1, *self.target.shape[1:]), value, dtype=torch.float64)

    def describe(self) -> str:
        """What the loss is tried on, in words."""
        kind = "" if self.kind == "any" else f"{self.kind}, "
        shapes = [f"{name} {tuple(x.shape)}" for name, x in self.sides.items() if isinstance(x, torch.Tensor)]
        held = [name for name, x in self.sides.items() if isinstance(x, torch.Tensor) and name not in self.rows]
        limits = {"positive": ", inputs kept positive", "unit": ", inputs kept between 0 and 1"}
        said = f"{kind}{'your tensors' if self.given else 'made tensors'}: {', '.join(shapes)}"
        return said + limits.get(self.domain, "") + (f"; no samples: {', '.join(held)}" if held else "")


def _double(value, labels: bool):
    if not isinstance(value, torch.Tensor):
        return value
    value = value.detach().cpu()
    return value.double() if value.is_floating_point() or not labels else value


def of_pair(kind: str, input: torch.Tensor, target: torch.Tensor, names=("input", "target")) -> Examples:
    """A made batch of an input and a target of this kind."""
    return Examples(kind, dict(zip(names, (input, target), strict=True)), _of_kind(kind, names, target))


def _of_kind(kind: str, names, target: torch.Tensor) -> tuple[Role, Role]:
    """What the input and the target of a kind are."""
    labels = {"classes": "labels", "binary": "yes_no", "signs": "signs"}
    second = "distribution" if kind == "classes" and target.is_floating_point() else labels.get(kind, "real")
    return Role(names[0], "real", sample=True), Role(names[1], second, sample=True)


def of_record(record, sides: dict, *, given: bool) -> Examples:
    """A batch for a loss of the registry with sides."""
    tensors = [side for side in record.sides if isinstance(sides.get(side.name), torch.Tensor)]
    first = next(side for side in tensors if side.floating)
    letter = first.axes[0] if first.axes else ""
    further = sides[first.name].ndim - len(first.axes) + 1  # how many axes "..." stands for
    counts = letter == "N" or (letter == "..." and further > 0 and bool(record.gives))
    roles = [
        role_of_side(side, sides.get(side.name), counts and side in tensors and side.axes[:1] == (letter,))
        for side in record.sides
    ]
    return Examples("any", sides, tuple(roles), positional=0, given=given, record=record)


def of_values(kind: str, sides: dict, positional: int, count: int) -> Examples:
    """A batch of a reader's own tensors: all whose first axis has the length ``count`` hold samples."""
    tensors = [name for name, x in sides.items() if isinstance(x, torch.Tensor)]
    roles = {
        name: role_of_value(name, x, name in tensors and x.shape[:1] == (count,), name == tensors[0])
        for name, x in sides.items()
    }
    if kind != "any":
        roles |= {role.name: role for role in _of_kind(kind, tensors[:2], sides[tensors[1]])}
    return Examples(kind, sides, tuple(roles.values()), positional=positional, given=True)


def made(kind: str) -> tuple[torch.Tensor, torch.Tensor]:
    """An input and a target of this kind."""
    gen = generator()
    if kind == "classes":
        input = 2 * torch.randn(COUNT, CLASSES, generator=gen, dtype=torch.float64)
        return input, torch.randint(0, CLASSES, (COUNT,), generator=gen)
    input = 2 * torch.randn(COUNT, generator=gen, dtype=torch.float64)
    other = torch.rand(COUNT, generator=gen, dtype=torch.float64)
    if kind == "regression":
        return input, input - 3 * math.sqrt(2) * torch.erfinv(2 * other - 1)  # residuals are normal, of spread 3
    yes = (other < 0.5).double()
    return input, yes if kind == "binary" else 2 * yes - 1


def made_where_legal(fn) -> tuple[torch.Tensor, torch.Tensor]:
    """Residuals as above, moved to where a loss of means or counts runs: the first of four pairs that it takes."""
    input, target = made("regression")
    above = input.abs() + 0.5, target.abs() + 0.5
    pairs = (input, target), (input, above[1]), (input / 4, above[1].round()), above
    for pair in pairs:
        try:
            fn(*pair)
        except ValueError:
            continue
        return pair
    return pairs[0]
