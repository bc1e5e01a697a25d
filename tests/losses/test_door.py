"""What every loss accepts, refuses and returns."""

import inspect
import re

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from loss_cases import CLASSES, PLAIN, fitting, fitting_input

from lossbook import losses

PROFILE = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
DTYPES = [torch.float64, torch.float32, torch.float16, torch.bfloat16]


@st.composite
def batches(draw):
    shape = tuple(draw(st.lists(st.integers(0, 4), max_size=4)))
    dtype = draw(st.sampled_from(DTYPES))
    gen = torch.Generator().manual_seed(draw(st.integers(0, 999)))
    x, t = (torch.rand(shape, generator=gen) for _ in range(2))
    return (4 * x - 2).to(dtype), t.to(dtype)


@pytest.mark.parametrize("name", PLAIN)
@PROFILE
@given(batch=batches())
def test_shapes_dtypes_and_reductions(name, batch):
    fn, (x, t) = losses.get(name), batch
    x, t = fitting_input(name, x), fitting(name, t)
    none = fn(x, t, reduction="none")
    assert none.shape == x.shape
    assert none.dtype == x.dtype
    wide = fn(x.double(), t.double(), reduction="none")
    tolerance = {"rtol": 8 * torch.finfo(x.dtype).eps, "atol": 8 * torch.finfo(x.dtype).tiny}
    torch.testing.assert_close(none.double(), wide, **tolerance)
    for reduction in ("mean", "sum"):
        got = fn(x, t, reduction=reduction)
        assert got.shape == ()
        assert got.dtype == x.dtype
        want = getattr(wide, reduction)()
        torch.testing.assert_close(got.double(), want, equal_nan=True, **tolerance)


@pytest.mark.parametrize("name", PLAIN)
@PROFILE
@given(batch=batches(), reduction=st.sampled_from(["mean", "sum", "none"]))
def test_numpy_and_torch_twins_agree(name, batch, reduction):
    fn, (x, t) = losses.get(name), batch
    x, t = fitting_input(name, x), fitting(name, t)
    if x.dtype == torch.bfloat16:
        x, t = x.float(), t.float()  # numpy has no bfloat16
    got, want = fn(x.numpy(), t.numpy(), reduction=reduction), fn(x, t, reduction=reduction).numpy()
    assert isinstance(got, (np.ndarray, np.floating))
    assert got.dtype == want.dtype
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("name", PLAIN)
def test_permutation_and_batch_split(name):
    gen = torch.Generator().manual_seed(2)
    x, t = torch.rand(2, 60, generator=gen, dtype=torch.float64)
    fn, order = losses.get(name), torch.randperm(60, generator=gen)
    x, t = fitting_input(name, x), fitting(name, t)
    whole = fn(x, t, reduction="none")
    torch.testing.assert_close(fn(x[order], t[order], reduction="none"), whole[order], rtol=1e-14, atol=0)
    parts = [fn(a, b, reduction="sum") for a, b in zip(x.split(7), t.split(7), strict=True)]
    torch.testing.assert_close(sum(parts), fn(x, t, reduction="sum"))
    torch.testing.assert_close(fn(x.reshape(3, 4, 5), t.reshape(3, 4, 5)), whole.mean())


@pytest.mark.parametrize("name", PLAIN)
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_sums_do_not_overflow(name, dtype):
    n = 200_000
    x = torch.full((n,), 3.0, dtype=dtype).requires_grad_()
    t = fitting(name, torch.zeros_like(x))
    mean = losses.get(name)(x, t)
    assert mean.dtype == dtype
    one = losses.get(name)(x[:1].double(), t[:1].double())
    assert mean.item() == pytest.approx(one.item(), rel=2 * torch.finfo(dtype).eps)
    mean.backward()
    assert x.grad.dtype == dtype
    # 300 squared does not fit in float16; the mean over mostly zeros does
    if name == "mse" and dtype == torch.float16:
        x = torch.zeros(100, dtype=dtype)
        x[0] = 300
        assert losses.mse(x, torch.zeros_like(x)).item() == 900.0


@pytest.mark.parametrize("name", PLAIN)
def test_empty_batch(name):
    for empty in (torch.zeros(0, requires_grad=True), torch.zeros(3, 0, requires_grad=True)):
        assert losses.get(name)(empty, torch.zeros_like(empty), reduction="none").shape == empty.shape
        assert losses.get(name)(empty, torch.zeros_like(empty), reduction="sum") == 0
        mean = losses.get(name)(empty, torch.zeros_like(empty))
        assert torch.isnan(mean)
        mean.backward()
        assert empty.grad.shape == empty.shape


@pytest.mark.parametrize("name", PLAIN)
def test_wider_dtype_wins(name):
    x, t = fitting_input(name, torch.rand(5)), fitting(name, torch.rand(5, dtype=torch.float64))
    assert losses.get(name)(x, t).dtype == torch.float64
    assert losses.get(name)(x, t.half()).dtype == torch.float32
    assert losses.get(name)(x, t).item() == pytest.approx(losses.get(name)(x.double(), t).item(), rel=1e-12)


@pytest.mark.parametrize("name", PLAIN)
def test_odd_arrays(name):
    fn = losses.get(name)
    x = fitting_input(name, torch.linspace(-1, 1, 12, dtype=torch.float64)).numpy()
    t = fitting(name, torch.linspace(0, 1, 12, dtype=torch.float64)).numpy()
    want = fn(x, t)
    frozen = x.copy()
    frozen.flags.writeable = False
    assert fn(frozen, t) == want
    assert fn(x[::-1], t[::-1]) == pytest.approx(want, rel=1e-14)
    assert fn(x.astype(">f8"), t) == want
    assert fn(np.asfortranarray(x.reshape(3, 4)), t.reshape(3, 4)) == pytest.approx(want, rel=1e-14)
    assert fn(x[0], t[0]) == fn(x[:1], t[:1])  # a numpy number is a 0-d array
    assert fn(torch.from_numpy(x).reshape(3, 4).T, torch.from_numpy(t).reshape(3, 4).T).item() == pytest.approx(want)


def test_parameters_and_modules_pass():
    layer = torch.nn.Linear(3, 1)
    loss = losses.huber(layer(torch.ones(4, 3)), torch.zeros(4, 1))
    loss.backward()
    assert layer.weight.grad.abs().sum() > 0
    assert losses.mse(torch.nn.Parameter(torch.ones(2)), torch.zeros(2)).item() == 1.0


A, B = torch.rand(4), torch.rand(4)
REFUSED = {
    "lists": (TypeError, r"input: got list, want a numpy array or a torch tensor; wrap", [1.0, 2.0], [0.0, 1.0], {}),
    "numbers": (TypeError, r"input: got float.*wrap it", 1.0, 2.0, {}),
    "a list as target": (TypeError, r"target: got list", A, [1.0], {}),
    "None": (TypeError, r"target: got NoneType, want a numpy array", A, None, {}),
    "mixed": (TypeError, r"input is a torch tensor and target a numpy array", A, B.numpy(), {}),
    "mixed the other way": (TypeError, r"input is a numpy array and target a torch tensor", A.numpy(), B, {}),
    "integers": (TypeError, r"input: got torch.int64, want float64", A.long(), B, {}),
    "integer target": (TypeError, r"target: got torch.int32", A, B.int(), {}),
    "integer arrays": (TypeError, r"input: got torch.int64", np.arange(4), np.arange(4), {}),
    "booleans": (TypeError, r"target: got torch.bool", A, B > 0.5, {}),
    "complex": (TypeError, r"input: got torch.complex64", A + 0j, B, {}),
    "strings": (TypeError, r"input: got an array of <U1", np.array(["a"] * 4), B.numpy(), {}),
    "masked arrays": (TypeError, r"input: got a masked array", np.ma.masked_less(A.numpy(), 0.5), B.numpy(), {}),
    "broadcast": (ValueError, r"input has shape \(4, 1\) and target \(4,\)", A[:, None], B, {}),
    "lengths": (ValueError, r"input has shape \(4,\) and target \(3,\)", A, B[:3], {}),
    "a device": (ValueError, r"input is on cpu and target on meta", A, B.to("meta"), {}),
    "reduction": (ValueError, r"reduction: got 'avg', want 'mean', 'sum' or 'none'", A, B, {"reduction": "avg"}),
    "no reduction": (ValueError, r"reduction: got None", A, B, {"reduction": None}),
    "a misspelt argument": (TypeError, r"has no argument 'reducton'", A, B, {"reducton": "sum"}),
}


@pytest.mark.parametrize("why", REFUSED)
@pytest.mark.parametrize("name", PLAIN)
def test_refused(name, why):
    error, message, x, t, options = REFUSED[why]
    first = next(iter(inspect.signature(losses.get(name)).parameters))
    with pytest.raises(error, match=re.sub(r"\binput\b", first, message)):
        losses.get(name)(x, t, **options)


SCALARS = [(n, p) for n in PLAIN + CLASSES for p in losses.get(n).record.parameters if p.default is not None]


@pytest.mark.parametrize(("name", "parameter"), SCALARS, ids=lambda v: getattr(v, "name", v))
def test_hyper_parameters_out_of_range(name, parameter):
    x, t = (torch.rand(2, 3), torch.tensor([0, 2])) if name in CLASSES else (A, B)

    def call(value):
        return losses.get(name)(x, t, **{parameter.name: value})

    def refused(error, value):
        with pytest.raises(error, match=re.escape(f"{parameter.name}: got")):
            call(value)

    for value in ("1", True, [1.0], 1j, None):
        refused(TypeError, value)
    if parameter.integer:
        refused(TypeError, 1.5)
        return
    refused(ValueError, float("nan"))
    refused(ValueError, torch.ones(2))
    refused(TypeError, torch.tensor(1))
    for bound, is_open in ((parameter.low, parameter.open_low), (parameter.high, parameter.open_high)):
        outside = bound + (-1 if bound == parameter.low else 1)
        if is_open:
            refused(ValueError, bound)
        else:
            assert torch.isfinite(call(bound)) or abs(bound) == float("inf")
        if abs(bound) != float("inf"):
            refused(ValueError, outside)
    assert call(np.float32(parameter.slider[1])) == call(float(np.float32(parameter.slider[1])))
    assert call(np.array(parameter.slider[1])) == call(parameter.slider[1])


def test_a_number_too_large_for_the_range_of_the_answer_is_not_refused():
    assert losses.mse(torch.tensor([3e38]), torch.tensor([-3e38])) == float("inf")


def test_hyper_parameters_of_another_kind_are_refused():
    with pytest.raises(TypeError, match="delta: got Tensor while input and target are numpy arrays"):
        losses.huber(A.numpy(), B.numpy(), delta=torch.tensor(1.0))
    with pytest.raises(TypeError, match="pos_weight: got ndarray while input and target are torch tensors"):
        losses.binary_cross_entropy_with_logits(A, B, pos_weight=np.ones(4))


def test_pos_weight_takes_a_number_or_one_for_each_column():
    x, t = torch.rand(5, 3, dtype=torch.float64), torch.rand(5, 3, dtype=torch.float64)
    weight, fn = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64), losses.binary_cross_entropy_with_logits
    want = torch.nn.functional.binary_cross_entropy_with_logits(x, t, pos_weight=weight)
    torch.testing.assert_close(fn(x, t, pos_weight=weight), want)
    assert fn(x.numpy(), t.numpy(), pos_weight=weight.numpy()) == pytest.approx(want.item())
    torch.testing.assert_close(fn(x, t, pos_weight=2.0), fn(x, t, pos_weight=torch.tensor(2.0).double()))
    assert fn(x.float(), t.float(), pos_weight=weight).dtype == torch.float32
    with pytest.raises(ValueError, match=r"pos_weight has shape \(4,\)"):
        fn(x, t, pos_weight=torch.ones(4))
    with pytest.raises(ValueError, match="pos_weight: got -1"):
        fn(x, t, pos_weight=-1.0)
    with pytest.raises(ValueError, match="pos_weight: got"):
        fn(x.numpy(), t.numpy(), pos_weight=np.array([1.0, -2.0, 1.0]))
