"""Slopes by hand: the first derivative is theirs, all others are the definition's, by every road."""

import pytest
import torch

from lossbook.losses.byhand import by_hand

same = torch.testing.assert_close
X = torch.linspace(-1.0, 2.0, 6, dtype=torch.float64).reshape(3, 2)
Y = torch.linspace(0.5, 1.5, 6, dtype=torch.float64).reshape(3, 2)
PLACE = torch.tensor([[0], [1], [0]])


def define(x, y, place):
    return ((x**3 * y).gather(1, place) if place is not None else x**3 * y).sum(1)


def compute(x, y, place, wanted):
    compute.wanted = wanted
    cube = x**3
    return define(x, y, place), cube.mul_(2)  # written in place, on an array of its own


def pull(sides, fixed, kept, upstream, wanted):
    """Twice the slopes of the definition in y, so that it shows who was asked."""
    x, y = sides
    here = torch.zeros_like(x).scatter_(1, fixed[0], 1.0) if fixed[0] is not None else torch.ones_like(x)
    scale = here * upstream.unsqueeze(1)
    return 3 * x**2 * y * scale if wanted[0] else None, kept[0] * scale if wanted[1] else None


def quick(x, y, place=PLACE):
    return by_hand(define, compute, pull, (x, y), (place,))


@pytest.mark.parametrize("place", [PLACE, None])
def test_value_and_first_slopes_are_those_by_hand(place):
    x, y = X.clone().requires_grad_(), Y.clone().requires_grad_()
    same(quick(x, y, place), define(X, Y, place))
    assert compute.wanted == (True, True)
    ours = torch.autograd.grad((quick(x, y, place) * torch.arange(3)).sum(), (x, y))
    theirs = torch.autograd.grad((define(x, y, place) * torch.arange(3)).sum(), (x, y))
    same(ours[0], theirs[0])
    same(ours[1], 2 * theirs[1])
    once = torch.autograd.grad(quick(x, Y, place).sum(), x)[0]
    assert compute.wanted == (True, False)
    same(once, torch.autograd.grad(define(x, Y, place).sum(), x)[0])
    with torch.no_grad():
        quick(x, y, place)
    assert compute.wanted == (False, False)


def test_further_derivatives_are_those_of_the_definition():
    x, y = X.clone().requires_grad_(), Y.clone().requires_grad_()

    def twice(fn):
        slopes = torch.autograd.grad(fn(x, y, PLACE).sum(), (x, y), create_graph=True)
        return [*slopes, *torch.autograd.grad(sum((s**2).sum() for s in slopes), (x, y))]

    for a, b in zip(twice(quick), twice(define), strict=True):
        same(a, b)
    assert torch.autograd.gradgradcheck(quick, (x, y, PLACE))


@pytest.mark.parametrize("place", [PLACE, None])
def test_torch_func(place):
    def pair(transform):
        return (transform(lambda x, y, fn=fn: fn(x, y, place)) for fn in (quick, define))

    for ours, theirs in (
        pair(lambda f: torch.func.jvp(f, (X, Y), (Y, X))),
        pair(lambda f: torch.func.jacrev(f, (0, 1))(X, Y)),
        pair(lambda f: torch.func.hessian(lambda x, y: f(x, y).sum(), (0, 1))(X, Y)),
        pair(lambda f: torch.vmap(f, (0, None))(torch.stack([X, Y]), Y)),
        pair(lambda f: torch.vmap(torch.func.grad(lambda x, y: f(x, y).sum()), (0, None))(torch.stack([X, Y]), Y)),
    ):
        for a, b in zip(torch.utils._pytree.tree_leaves(ours), torch.utils._pytree.tree_leaves(theirs), strict=True):
            same(a, b)


def test_forward_mode_with_one_tangent_only():
    with torch.autograd.forward_ad.dual_level():
        moved = quick(torch.autograd.forward_ad.make_dual(X, Y), Y)
        same(torch.autograd.forward_ad.unpack_dual(moved).tangent, (3 * X**2 * Y * Y).gather(1, PLACE)[:, 0])


def test_fixed_tensors_made_on_the_way_are_unwrapped():
    """An index that was converted inside of a transform belongs to it, and may not outlive it."""

    def fn(x):
        return quick(x, Y, PLACE.to(torch.int32).to(torch.int64)).sum()

    same(torch.func.hessian(fn)(X), torch.func.hessian(lambda x: define(x, Y, PLACE).sum())(X))
