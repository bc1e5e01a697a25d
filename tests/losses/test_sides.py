"""What every loss of several sides accepts, refuses and returns, made from its record."""

import contextlib
import re

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loss_cases import SIDES
from loss_sides import arguments, called, floating

from lossbook import losses
from lossbook.losses import Choice

PROFILE = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
RECORDS = {name: losses.get(name).record for name in SIDES}
EACH_SIDE = [(name, side) for name, record in RECORDS.items() for side in record.sides]
TENSORS = [(name, side) for name, side in EACH_SIDE if side.kind != "function"]
HYPER = [(name, p) for name, record in RECORDS.items() for p in record.parameters]
BATCHED = [name for name, record in RECORDS.items() if {"N", "..."} & set(record.gives.split()[:1])]
every = pytest.mark.parametrize("name", SIDES)


def names(value):
    return getattr(value, "name", value)


@every
@PROFILE
@given(data=st.data())
def test_shapes_dtypes_and_reductions(name, data):
    record = RECORDS[name]
    letters = {axis for side in record.sides for axis in side.axes if axis.isalpha()} - set(record.sizes)
    sizes = {axis: data.draw(st.integers(1, 5), label=axis) for axis in sorted(letters)}
    dtype = data.draw(st.sampled_from([torch.float64, torch.float32, torch.float16, torch.bfloat16]))
    seed = data.draw(st.integers(0, 99))
    args = arguments(name, dtype=dtype, seed=seed, **sizes)
    mean = called(name, args)
    assert mean.ndim == 0
    assert mean.dtype == dtype
    assert not mean.isnan()
    if not record.gives:
        return
    none, total = (called(name, args, reduction=r) for r in ("none", "sum"))
    assert none.dtype == total.dtype == dtype
    given_axes = [a for a in record.gives.split() if a != "..."]
    assert none.ndim >= len(given_axes)
    wide = {k: v.double() if k in floating(name) else v for k, v in args.items()}
    exact, parts = called(name, wide, reduction="sum"), called(name, wide, reduction="none")
    torch.testing.assert_close(parts.sum(), exact, rtol=1e-9, atol=1e-9)
    assert float(none.sum().double() - exact) == pytest.approx(0, abs=0.05 * (1 + float(parts.abs().sum())))
    average = called(name, wide)
    if torch.isfinite(exact) and parts.numel():
        count = float(exact / average) if average else 0.0  # all of them, or those that count
        assert average == 0 or count == pytest.approx(round(count), rel=1e-6) or name in ("gradient_penalty",)
        assert count <= parts.numel() + 1e-6


@every
def test_numpy_and_torch_twins(name):
    args = arguments(name)
    arrays = {k: v.numpy() if isinstance(v, torch.Tensor) else v for k, v in args.items()}
    for reduction in ("mean", "sum", "none"):
        ours, theirs = (called(name, a, reduction=reduction) for a in (arrays, args))
        assert isinstance(ours, (np.ndarray, np.floating))
        np.testing.assert_array_equal(ours, theirs.numpy())


@every
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_is_computed_in_float32(name, dtype):
    half = arguments(name, dtype=dtype)
    full = {k: v.float() if k in floating(name) else v for k, v in half.items()}
    for reduction in ("mean", "sum"):
        got, want = called(name, half, reduction=reduction), called(name, full, reduction=reduction)
        assert got.dtype == dtype
        torch.testing.assert_close(got, want.to(dtype))


@every
def test_wider_dtype_wins(name):
    own = floating(name)
    args = arguments(name)
    for narrow in own if len(own) > 1 else ():
        mixed = {**args, narrow: args[narrow].float()}
        assert called(name, mixed).dtype == torch.float64


@pytest.mark.parametrize("name", BATCHED)
def test_empty_batch(name):
    args = arguments(name, **({"N": 0} if "N" in RECORDS[name].gives.split() else {"beyond": (0,)}))
    leaf = floating(name)[0]
    args[leaf] = args[leaf].requires_grad_()
    assert called(name, args, reduction="none").shape[0] == 0
    total = called(name, args, reduction="sum")
    mean = called(name, args)
    assert total == 0
    assert mean.isnan() or mean == 0
    mean.backward()
    assert args[leaf].grad.shape == args[leaf].shape
    assert not args[leaf].grad.isnan().any()


@pytest.mark.parametrize("name", [n for n in SIDES if not RECORDS[n].gives])
def test_an_empty_batch_of_a_loss_that_is_one_number_is_refused_or_answered(name):
    if any("N" in side.axes for side in RECORDS[name].sides):
        with contextlib.suppress(ValueError):
            assert called(name, arguments(name, N=0)).ndim == 0


@pytest.mark.parametrize(("name", "side"), EACH_SIDE, ids=names)
def test_missing_sides_are_refused(name, side):
    if side.optional:
        assert torch.isfinite(called(name, {**arguments(name), side.name: None}))
        return
    args = arguments(name)
    del args[side.name]
    with pytest.raises(TypeError, match=f"needs {side.name}: "):
        called(name, args)


@pytest.mark.parametrize(("name", "side"), TENSORS, ids=names)
def test_sides_of_another_kind_shape_or_device_are_refused(name, side):
    args, own = arguments(name), re.escape(side.name)
    value = args.get(side.name)
    if value is None:
        return

    def refused(error, other, message):
        with pytest.raises(error, match=message):
            called(name, {**args, side.name: other})

    refused(TypeError, value.tolist(), f"{own}: got (list|float|int|bool)")
    refused(TypeError, "x", f"{own}: got str")
    if len([s for s in TENSORS if s[0] == name]) > 1:
        refused(TypeError, value.numpy(), "is a torch tensor and .* a numpy array|is a numpy array and .* a torch")
        refused(ValueError, value.to("meta"), "is on meta|is on cpu")
    if side.kind == "real":
        refused(TypeError, value.long(), f"{own}: got torch.int64, want float64")
    if side.kind in ("labels", "mask"):
        refused(TypeError, value.double(), f"{own}: got torch.float64, want")
    if "..." not in side.axes:
        refused(ValueError, value[None], rf"{own} has shape")
        if value.ndim:
            refused(ValueError, value[0], rf"{own} has shape")
    shared = [a for a in side.axes if sum(a in s.axes for s in RECORDS[name].sides if s.name in args) > 1]
    if shared and value.ndim:
        axis = 0 if side.axes[0] == "..." else side.axes.index(shared[0])
        longer = torch.cat([value, value.narrow(axis, 0, 1)], axis)
        refused(ValueError, longer, "want|has shape")
    low, high = (0.0, 1.0) if side.kind == "distribution" else (side.low, side.high)
    for bound, step in ((low, -0.5), (high, 0.5)):
        if side.floating and abs(bound) < float("inf"):
            outside = value.clone()
            outside.view(-1)[0] = bound + step
            refused(ValueError, outside, f"{own}: got")
    if side.kind in ("signs", "yes_no"):
        refused(ValueError, torch.full_like(value, 0.5), f"{own} holds 0.5, want")


@pytest.mark.parametrize(("name", "parameter"), HYPER, ids=names)
def test_hyper_parameters_out_of_range(name, parameter):
    args = arguments(name)

    def refused(errors, value):
        with pytest.raises(errors, match=re.escape(f"{parameter.name}: got")):
            called(name, args, **{parameter.name: value})

    if isinstance(parameter, Choice):
        for value in ("no such", 17, object()):
            refused(ValueError, value)
        assert parameter.default in parameter.options
        for option in parameter.options:
            assert not called(name, args, **{parameter.name: option}).isnan()
        return
    for value in ("1", [1.0], 1j):
        refused(TypeError, value)
    if parameter.integer:
        refused(TypeError, 1.5)
        return
    refused(ValueError, float("nan"))
    for bound, is_open in ((parameter.low, parameter.open_low), (parameter.high, parameter.open_high)):
        if is_open:
            refused(ValueError, bound)
        elif abs(bound) < float("inf"):
            assert not called(name, args, **{parameter.name: bound}).isnan()
        if abs(bound) < float("inf"):
            refused(ValueError, bound + (-1 if bound == parameter.low else 1))


@every
def test_unknown_arguments_and_reductions_are_refused(name):
    args, fn = arguments(name), losses.get(name)
    with pytest.raises(
        TypeError, match=f"{name}\\(\\) has no argument 'reducton'; it takes {RECORDS[name].sides[0].name}"
    ):
        fn(**args, reducton="sum")
    if RECORDS[name].gives:
        for wrong in ("avg", None, 1):
            with pytest.raises(ValueError, match="reduction: got"):
                fn(**args, reduction=wrong)
    positional = [args[s.name] for s in RECORDS[name].sides[:2] if s.name in args]
    rest = {k: v for k, v in args.items() if k not in [s.name for s in RECORDS[name].sides[: len(positional)]]}
    assert torch.equal(fn(*positional, **rest), fn(**args))
    with pytest.raises(TypeError, match="arguments by position"):
        fn(*positional, *[None] * 3)
    with pytest.raises(TypeError, match="twice"):
        fn(positional[0], **args)


@pytest.mark.parametrize("name", [n for n in BATCHED if "N" in RECORDS[n].gives])
def test_order_of_the_samples_does_not_matter(name):
    args = arguments(name, N=7)
    order = torch.randperm(7, generator=torch.Generator().manual_seed(3))
    sides = [s for s in RECORDS[name].sides if s.name in args and "N" in s.axes]
    moved = {s.name: args[s.name].index_select(s.axes.index("N"), order) for s in sides}
    axis = RECORDS[name].gives.split().index("N")
    want = called(name, args, reduction="none").index_select(axis, order)
    torch.testing.assert_close(called(name, {**args, **moved}, reduction="none"), want, rtol=1e-9, atol=1e-12)
