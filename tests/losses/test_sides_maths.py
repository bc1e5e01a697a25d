"""Derivatives, extremes and stated properties of every loss of several sides, made from its record."""

import math

import pytest
import torch
from loss_cases import SIDES
from loss_sides import arguments, called, defined, differentiated, floating

from lossbook import losses

RECORDS = {name: losses.get(name).record for name in SIDES}
DRAWN = [r.name for r in losses.records() if r.path]
every = pytest.mark.parametrize("name", SIDES)
EXACT = [name for name in SIDES if not RECORDS[name].held]  # the rest: closed forms in their families' tests


@pytest.mark.parametrize("name", EXACT)
def test_gradcheck_and_gradgradcheck(name):
    args = arguments(name, seed=5)
    own = floating(name)
    leaves = [args[k].clone().requires_grad_() for k in own]

    def fn(*values):
        out = called(name, {**args, **dict(zip(own, values, strict=True))}, reduction="sum")
        return out

    distributions = [s.name for s in RECORDS[name].sides if s.kind == "distribution"]
    if distributions:  # a step along one probability alone leaves the simplex, which the door refuses

        def fn(*values):
            return defined(name, {**args, **dict(zip(own, values, strict=True))}, "sum")

    large = sum(v.numel() for v in leaves) > 250  # along random directions then
    assert torch.autograd.gradcheck(fn, leaves, eps=1e-6, atol=1e-5, rtol=1e-4, fast_mode=large)
    assert torch.autograd.gradgradcheck(fn, leaves, eps=1e-6, atol=1e-4, rtol=1e-3, fast_mode=large)


@every
def test_the_fast_form_is_the_definition(name):
    for seed in range(3):
        args = arguments(name, seed=seed)
        own = floating(name)
        for reduction in ("mean", "sum"):
            leaves = [{k: args[k].clone().requires_grad_() for k in own} for _ in range(2)]
            ours = called(name, {**args, **leaves[0]}, reduction=reduction)
            theirs = defined(name, {**args, **leaves[1]}, reduction)
            torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-12)
            pairs = (
                torch.autograd.grad(v, list(e.values()), materialize_grads=True)
                for v, e in zip((ours, theirs), leaves, strict=True)
            )
            for a, b in zip(*pairs, strict=True):
                torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-12)


def extreme(side, value, size):
    """The example with one side at an extreme: scaled, or where it has a range, at its ends."""
    if side.kind == "distribution":
        return torch.nn.functional.one_hot(value.argmax(-1), value.shape[-1]).to(value.dtype)
    if side.example or side.high < math.inf:
        return value if side.high == math.inf else value.round().clamp(side.low, side.high)
    if side.low > -math.inf:
        return side.low + (value - side.low) * max(size, 1e-6)
    return value * size


@every
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("size", [0.0, 1e-30, 1e-12, 1e-4, 1e2, 1e4])
def test_no_nan_at_extremes(name, dtype, size):
    args = arguments(name, dtype=dtype)
    sides = [s for s in RECORDS[name].sides if s.floating and s.name in args]
    grids = [[s] for s in sides] + ([sides] if len(sides) > 1 else [])
    for moved in grids:
        there = {s.name: extreme(s, args[s.name], size) for s in moved}
        value, slopes, products = differentiated(name, {**args, **there})
        assert not value.isnan(), [s.name for s in moved]
        for out in (*slopes, *products):
            assert not out.isnan().any(), [s.name for s in moved]


@every
def test_ties_and_equal_sides_are_no_nan(name):
    args = arguments(name)
    sides = [s for s in RECORDS[name].sides if s.floating and s.name in args and not s.example]
    constant = {
        s.name: args[s.name].mean(-1, keepdim=True).expand_as(args[s.name]).contiguous()
        for s in sides
        if args[s.name].ndim
    }
    constant = {k: torch.full_like(v, float(v.mean())) if v.ndim else v for k, v in constant.items()}
    twins = {}
    for s in sides:
        first = next((o for o in sides if args[o.name].shape == args[s.name].shape and o.kind == s.kind), s)
        twins[s.name] = args[first.name] if first.low == s.low else args[s.name]
    for there in (constant, twins):
        value, slopes, products = differentiated(name, {**args, **there})
        assert not value.isnan()
        for out in (*slopes, *products):
            assert not out.isnan().any()


def blended(name, seed, scale):
    """(first side at one end, in the middle, at the other end), other sides fixed."""
    side = RECORDS[name].sides[0]
    a, b = (arguments(name, seed=s)[side.name] for s in (seed, seed + 1000))
    if side.low == -math.inf and not side.example and side.kind == "real":
        a, b = scale * a, scale * b
    return a, (a + b) / 2, b


@pytest.mark.parametrize("name", [n for n in SIDES if RECORDS[n].convex is not None])
def test_convexity_in_the_first_side(name):
    first, broken = RECORDS[name].sides[0].name, 0
    for seed in range(60):
        args = arguments(name, seed=seed)
        for scale in (0.3, 1.0, 4.0):
            low, middle, high = (
                float(called(name, {**args, first: v}, reduction="sum")) for v in blended(name, seed, scale)
            )
            if middle > (low + high) / 2 + 1e-9 * (1 + abs(low) + abs(high)):
                broken += 1
    assert RECORDS[name].at("convex") == (broken == 0)


@pytest.mark.parametrize("name", [n for n in SIDES if RECORDS[n].bounds != (-math.inf, math.inf)])
def test_bounds(name):
    low, high = RECORDS[name].bounds
    for seed in range(40):
        args = arguments(name, seed=seed)
        sides = [s for s in RECORDS[name].sides if s.floating and s.name in args]
        for size in (0.0, 0.1, 1.0, 30.0):
            there = {s.name: extreme(s, args[s.name], size) for s in sides} if size != 1.0 else {}
            values = called(name, {**args, **there}, reduction="none")
            assert values.min() >= low - 1e-12
            assert values.max() <= high + 1e-12


def rotation(size):
    gen = torch.Generator().manual_seed(7)
    return torch.linalg.qr(torch.randn(size, size, generator=gen, dtype=torch.float64))[0]


@pytest.mark.parametrize(
    ("name", "what"), [(n, w) for n in SIDES for w in RECORDS[n].invariant], ids=lambda v: v.replace(" ", "-")
)
def test_invariances(name, what):
    assert what in losses.registry.INVARIANCES
    for seed in range(5):
        args = arguments(name, seed=seed)
        real = [s.name for s in RECORDS[name].sides if s.kind == "real" and s.name in args]
        first = RECORDS[name].sides[0].name
        if what == "permutation":
            sides = [s for s in RECORDS[name].sides if s.name in args and "N" in s.axes]
            order = torch.arange(args[sides[0].name].shape[sides[0].axes.index("N")] - 1, -1, -1)
            there = {s.name: args[s.name].index_select(s.axes.index("N"), order) for s in sides}
        elif what in ("scale", "common scale"):
            there = {k: 3.7 * args[k] for k in ([first] if what == "scale" else real)}
        elif what in ("shift", "common shift"):
            there = {k: args[k] + 0.83 for k in ([first] if what == "shift" else real)}
        elif what == "rotation":
            there = {k: args[k] @ rotation(args[k].shape[-1]) for k in real}
        else:
            second = RECORDS[name].sides[1].name
            there = {first: args[second], second: args[first]}
        torch.testing.assert_close(called(name, {**args, **there}), called(name, args), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", DRAWN)
def test_the_path_can_be_drawn(name):
    path, fn = losses.get(name).record.path, losses.along(losses.get(name))
    hyper = {p.name: p.default for p in losses.get(name).record.parameters}
    assert path.low < path.high
    assert path.says.endswith(".")
    assert path.start is None or path.low <= path.start <= path.high
    values = []
    for s in torch.linspace(path.low, path.high, 25, dtype=torch.float64):
        s = s.clone().requires_grad_()
        value = fn(s, **hyper)
        (slope,) = torch.autograd.grad(value, s, create_graph=True)
        assert value.ndim == 0
        assert torch.isfinite(value)
        assert torch.isfinite(slope)
        values.append(float(value))
    assert max(values) - min(values) > 1e-3, "the path shows nothing"
