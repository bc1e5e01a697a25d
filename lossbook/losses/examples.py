"""Ordinary arguments for a loss, made from its record: what the linter, the tests and the benchmarks begin with."""

import torch

SIZES = {"N": 6, "D": 4, "C": 3, "L": 5, "H": 6, "W": 7}
ELSE = 4  # the length of any other axis


def examples(record, *, seed: int = 0, dtype=torch.float64, beyond: tuple | None = None, **sizes) -> dict:
    """One legal value for each side of a record, by name, the same ones each time; None for optional sides that bring
    no example.

    dtype: of the floating sides. beyond: the axes behind "...", by default (6,) where there are no others, or one axis
    as long as ``sizes`` of the record says of "...". sizes: lengths of axes by letter; the record's own ``sizes`` and
    then SIZES hold for the rest.
    """
    draw = torch.Generator().manual_seed(seed)
    lengths = {**SIZES, **record.sizes, **sizes}
    made = {}
    for side in record.sides:
        if side.optional and side.example is None:
            made[side.name] = None
            continue
        if side.kind == "function":
            made[side.name] = side.example()
            continue
        lone = (lengths["..."],) if "..." in lengths else (6,) if set(side.axes) == {"..."} else ()
        shape = []
        for axis in side.axes:
            if axis == "...":
                shape += lone if beyond is None else beyond
            else:
                shape.append(int(axis) if axis.isdigit() else lengths.get(axis, ELSE))
        value = side.example(draw, tuple(shape)) if side.example else _ordinary(side, draw, shape, lengths)
        made[side.name] = value.to(dtype) if side.floating else value
    return made


def _ordinary(side, draw, shape, lengths):
    if side.kind == "labels":
        count = lengths.get(side.below, ELSE) if side.below else 3
        return torch.randint(0, count, shape, generator=draw)
    if side.kind == "mask":
        return torch.rand(shape, generator=draw) < 0.75
    if side.kind in ("signs", "yes_no"):
        yes = (torch.rand(shape, generator=draw) < 0.5).double()
        return 2 * yes - 1 if side.kind == "signs" else yes
    normal = torch.randn(shape, generator=draw, dtype=torch.float64)
    if side.kind == "distribution":
        return torch.softmax(normal, -1)
    if side.low > -torch.inf and side.high < torch.inf:
        return side.low + (side.high - side.low) * (0.1 + 0.8 * torch.sigmoid(normal))
    return side.low + 0.2 + normal.abs() if side.low > -torch.inf else normal
