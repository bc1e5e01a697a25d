"""The likelihoods and the normal CRPS over large arrays, chunk by chunk: their definitions to the last digits."""

import math

import pytest
import torch
from loss_sides import defined

from lossbook import losses

CASES = [
    ("gaussian_nll", {}),
    ("laplace_nll", {}),
    ("crps_gaussian", {}),
    ("student_t_nll", {"df": 4.0}),
    ("student_t_nll", {"df": 0.3}),
    ("evidential_nig", {"coef": 0.0}),
    ("evidential_nig", {"coef": 0.5}),
    *(("beta_nll", {"beta": b}) for b in (0.0, 0.5, 1.0)),
]
each = pytest.mark.parametrize("case", CASES, ids=lambda c: "-".join([c[0], *(f"{v:g}" for v in c[1].values())]))


def arguments(name, dtype=torch.float64, count=300_000):
    """More than one chunk, with residuals of 0 among them."""
    made = losses.examples(losses.get(name).record, dtype=dtype, beyond=(count,))
    first, target = (side.name for side in losses.get(name).record.sides[:2])
    made[first][:20] = made[target][:20]
    return made


def pulled(fn, given, leaves):
    """Value, and gradients in the leaves for uneven weights."""
    made = {**given, **{k: given[k].clone().requires_grad_() for k in leaves}}
    value = fn(made)
    weights = torch.linspace(-1, 2, value.numel(), dtype=value.dtype).reshape(value.shape)
    return value.detach(), torch.autograd.grad((value * weights).sum(), [made[k] for k in leaves])


@each
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_value_and_slopes_over_several_chunks(case, dtype, reduction):
    name, hyper = case
    given = arguments(name, dtype)
    ours = pulled(lambda v: losses.get(name)(**v, **hyper, reduction=reduction), given, list(given))
    theirs = pulled(lambda v: defined(name, v, reduction, **hyper), given, list(given))
    close = {"rtol": 1e-10, "atol": 1e-13} if dtype == torch.float64 else {"rtol": 3e-5, "atol": 3e-5}
    torch.testing.assert_close(ours[0], theirs[0], **close)
    torch.testing.assert_close(ours[1], theirs[1], **close)
    if reduction == "none":
        square = {k: v.reshape(3, -1).T for k, v in given.items()}  # no longer one after the other in memory
        again = losses.get(name)(**square, **hyper, reduction="none")
        torch.testing.assert_close(again, ours[0].reshape(3, -1).T, rtol=1e-6, atol=1e-7)


@each
def test_slopes_in_some_sides_only(case):
    name, hyper = case
    given = arguments(name)
    every = pulled(lambda v: losses.get(name)(**v, **hyper), given, list(given))[1]
    for k, side in enumerate(given):
        (alone,) = pulled(lambda v: losses.get(name)(**v, **hyper), given, [side])[1]
        torch.testing.assert_close(alone, every[k], rtol=1e-12, atol=0)


@each
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_a_chunk_with_numbers_that_do_not_fit_is_left_to_the_definition(case, dtype):
    name, hyper = case
    given = arguments(name, dtype)
    sides = losses.get(name).record.sides
    for k, size in enumerate((0.0, 1e-30, 1e-4, 1e4, 1e15)):
        for j, side in enumerate(sides):
            at = 70_000 + 10 * k + j  # in the second of five chunks
            low = side.low if side.low > -math.inf else 0.0
            given[side.name][at] = low + max(size, 1e-6 if low else 1e-30) if side.open_low else size
            if side.name in ("log_var", "log_scale"):
                given[side.name][at] = -size
                given[side.name][at + 100] = size
                given["target"][at + 200] = given[sides[0].name][at + 200]
                given[side.name][at + 200] = -size
    leaves = list(given)
    ours = pulled(lambda v: losses.get(name)(**v, **hyper, reduction="none"), given, leaves)
    theirs = pulled(lambda v: defined(name, v, "none", **hyper), given, leaves)
    close = {"rtol": 1e-9, "atol": 1e-12} if dtype == torch.float64 else {"rtol": 1e-4, "atol": 1e-4}
    assert not ours[0].isnan().any()
    torch.testing.assert_close(ours[0], theirs[0], **close)
    for a, b in zip(ours[1], theirs[1], strict=True):
        assert not a.isnan().any()
        torch.testing.assert_close(a, b, **close)


@each
def test_second_derivatives_forward_mode_and_transforms_are_those_of_the_definition(case):
    name, hyper = case
    given = arguments(name, count=5)
    names = list(given)
    values = [v + 0.1 for v in given.values()]

    def ours(*sides):
        return losses.get(name)(**dict(zip(names, sides, strict=True)), **hyper, reduction="sum")

    def theirs(*sides):
        return defined(name, dict(zip(names, sides, strict=True)), "sum", **hyper)

    same = torch.testing.assert_close
    leaves = [v.clone().requires_grad_() for v in values]
    slopes = [torch.autograd.grad(f(*leaves), leaves, create_graph=True) for f in (ours, theirs)]
    bends = [torch.autograd.grad(sum((g**2).sum() for g in s), leaves) for s in slopes]
    same(*bends)
    same(torch.func.jvp(ours, tuple(values), tuple(values)), torch.func.jvp(theirs, tuple(values), tuple(values)))
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(values[0], torch.ones_like(values[0]))
        pushed = torch.autograd.forward_ad.unpack_dual(ours(dual, *values[1:])).tangent
    same(pushed, torch.func.grad(theirs)(*values).sum())
    rows = [torch.stack([v, v + 0.3]) for v in values]
    same(torch.vmap(torch.func.grad(ours))(*rows)[1], torch.func.grad(theirs)(*(r[1] for r in rows)))


@pytest.mark.parametrize("name", ["student_t_nll", "evidential_nig", "beta_nll"])
def test_tensor_hyper_parameters_learn(name):
    given = arguments(name, count=7)
    hyper = losses.get(name).record.parameters[0].name
    value = torch.tensor(0.6, dtype=torch.float64, requires_grad=True)
    cost = losses.get(name)(**given, **{hyper: value})
    torch.testing.assert_close(cost, losses.get(name)(**given, **{hyper: 0.6}))
    (slope,) = torch.autograd.grad(cost, value)
    moved = [losses.get(name)(**given, **{hyper: 0.6 + h}).item() for h in (-1e-6, 1e-6)]
    assert slope.item() == pytest.approx((moved[1] - moved[0]) / 2e-6, rel=1e-6)


def test_the_graph_can_be_used_twice_and_not_at_all():
    given = arguments("gaussian_nll")
    leaf = given["mean"].requires_grad_()
    cost = losses.gaussian_nll(leaf, given["target"], log_var=given["log_var"])
    first = torch.autograd.grad(cost, leaf, retain_graph=True)[0]
    assert torch.equal(first, torch.autograd.grad(cost, leaf)[0])
    with torch.no_grad():
        assert not losses.gaussian_nll(leaf, given["target"], log_var=given["log_var"]).requires_grad
