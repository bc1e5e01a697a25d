"""Compiled losses agree with torch in Node: every registered loss, torch's own losses, and single operations."""

import functools
import inspect

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import lossbook as lb
from lossbook.javascript import CannotCompile, compile_js
from lossbook.javascript.selfcheck import EXTREMES, KINKS, ORDINARY, sample

RELATIVE = 1e-12  # of the value; beside it what double precision loses when terms as large as the inputs cancel
VECTOR = (4,)


def registered():
    for record in lb.losses.records():
        if record.sides:
            continue  # test_js_paths.py
        definition = lb.losses.get(record.name).definition
        first = next(iter(inspect.signature(definition).parameters))
        classes = record.axis is None and record.family in ("classification", "margin")
        shapes = {first: (5,), "target": "index"} if classes else {first: (), "target": ()}
        shapes |= {p.name: () for p in record.parameters if isinstance(p.default, float)}
        yield record.name, definition, shapes, (first,)


def slopes():
    for name, fn, shapes, wrt in registered():
        if shapes[wrt[0]] == ():
            yield f"{name}_slope", torch.func.grad(fn), shapes, wrt


def _pair(kind=VECTOR):
    return {"input": kind, "target": kind}


TORCH_LOSSES = [
    (F.mse_loss, _pair(), ("input",)),
    (F.l1_loss, _pair(), ("input",)),
    (F.huber_loss, _pair(), ("input",)),
    (F.smooth_l1_loss, _pair(), ("input",)),
    (F.binary_cross_entropy, _pair(), ("input",)),
    (F.binary_cross_entropy_with_logits, _pair(), ("input",)),
    (F.soft_margin_loss, _pair(), ("input",)),
    (F.hinge_embedding_loss, _pair(), ("input",)),
    (F.multilabel_soft_margin_loss, _pair(), ("input",)),
    (F.kl_div, _pair(), ("input", "target")),
    (F.poisson_nll_loss, _pair(), ("input",)),
    (F.gaussian_nll_loss, {**_pair(), "var": VECTOR}, ("input", "var")),
    (F.cosine_embedding_loss, {"input1": VECTOR, "input2": VECTOR, "target": ()}, ("input1", "input2")),
    (F.margin_ranking_loss, {"input1": VECTOR, "input2": VECTOR, "target": VECTOR}, ("input1",)),
    (F.triplet_margin_loss, {"anchor": VECTOR, "positive": VECTOR, "negative": VECTOR}, ("anchor", "positive")),
    (F.cross_entropy, {"input": (5,), "target": "index"}, ("input",)),
    (F.nll_loss, {"input": (5,), "target": "index"}, ("input",)),
    (F.multi_margin_loss, {"input": (5,), "target": "index"}, ("input",)),
]


def _gather(z, k):
    return torch.log_softmax(z, 0).gather(0, k.unsqueeze(0)).squeeze(0)


def _writes(x):
    y = x.clone()
    y[0] = x[1] * 2
    y[1:3] += x[0]
    return y.mul_(3).sum()


def _pairs(a, b):
    near = F.cosine_similarity(a, b).sum() + F.pairwise_distance(a, b).sum() + torch.cdist(a, b, p=1.0).sum()
    return near + torch.cdist(a, b).sum()


def _info_nce(x, y, tau):
    s = F.normalize(x, dim=-1) @ F.normalize(y, dim=-1).T / tau
    return (torch.logsumexp(s, -1) - s.diagonal()).mean()


def _weighted(x):
    return (x * torch.tensor([0.1, 0.2, 0.3, 0.4])).sum() + torch.tensor(0.1).log()  # float32 numbers inside


OPERATIONS = [
    ("tails", lambda x: F.softplus(x) + F.logsigmoid(x) + torch.sigmoid(x) + torch.tanh(x), {"x": ()}),
    ("small", lambda x: torch.log1p(x.abs()) + torch.expm1(-x.abs()) + torch.log2(1 + x * x), {"x": ()}),
    ("error", lambda x: torch.erf(x) + torch.special.log_ndtr(x) + torch.special.ndtr(x), {"x": ()}),
    ("gamma", lambda x: torch.lgamma(x.abs() + 0.5), {"x": ()}),
    ("products", lambda x, y: torch.xlogy(x, y) + torch.special.xlog1py(x, y), {"x": (), "y": ()}),
    ("powers", lambda x, y: torch.pow(x, y) + x**1.5 + x**3 + x**-2, {"x": (), "y": ()}),
    (
        "rounding",
        lambda x, y: x * torch.round(y) + torch.remainder(x, 3) + torch.floor(y) + x.frac(),
        {"x": (), "y": ()},
    ),
    ("angles", lambda x, y: torch.atan2(x, y) + torch.hypot(x, y) + torch.copysign(x, y), {"x": (), "y": ()}),
    ("softmaxes", lambda z: torch.softmax(z, 0).square().sum() + torch.logsumexp(z, 0), {"z": VECTOR}),
    (
        "activations",
        lambda z: (F.gelu(z) + F.elu(z) + F.silu(z) + F.leaky_relu(z) + F.softsign(z)).sum(),
        {"z": VECTOR},
    ),
    ("moments", lambda z: z.var() + z.std() + z.mean() + torch.linalg.norm(z) + z.cumsum(0)[2], {"z": VECTOR}),
    ("extremes", lambda z: z.max(0).values * z.min() + torch.logaddexp(z[0], z[1]) + z.amax(), {"z": VECTOR}),
    ("gathered", _gather, {"z": (5,), "k": "index"}),
    ("written", _writes, {"x": VECTOR}),
    ("pairs", _pairs, {"a": (2, 3), "b": (2, 3)}),
    ("info_nce", _info_nce, {"x": (3, 2), "y": (3, 2), "tau": ()}),
    ("weighted", _weighted, {"x": VECTOR}),
    (
        "matrices",
        lambda a, b: torch.einsum("ij,kj->ik", a, b).logsumexp(1).mean() + (a @ b).trace(),
        {"a": (2, 2), "b": (2, 2)},
    ),
    ("partial", functools.partial(F.huber_loss, reduction="sum", delta=0.7), _pair()),
    ("constant", lambda x, y: y * 2, {"x": (), "y": ()}),
]

CASES = {
    **{name: (fn, shapes, wrt) for name, fn, shapes, wrt in (*registered(), *slopes())},
    **{f"torch_{fn.__name__}": (fn, shapes, wrt) for fn, shapes, wrt in TORCH_LOSSES},
    **{name: (fn, shapes, (next(iter(shapes)),)) for name, fn, shapes in OPERATIONS},
}


def _rows(name, shapes):
    rows = [[v.item() if v.ndim == 0 else v.reshape(-1).tolist() for v in row.values()] for row in sample(shapes)]
    parameters = {
        p.name: p.default for r in lb.losses.records() if r.name == name for p in r.parameters if p.name in shapes
    }
    at = list(shapes)
    for row in rows[: ORDINARY // 2]:  # half the ordinary rows at the hyper-parameters that readers meet first
        for parameter, value in parameters.items():
            row[at.index(parameter)] = float(value)
    return rows


@pytest.fixture(scope="module")
def sweep(in_node):
    """name -> (rows, what Node computed), all of them in one process; or the reason why it does not compile."""
    jobs, results = {}, {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOSSBOOK_CACHE", "off")
        for name, (fn, shapes, wrt) in CASES.items():
            try:
                jobs[name] = compile_js(fn, name=name, wrt=wrt, **shapes), _rows(name, shapes)
            except CannotCompile as refusal:
                results[name] = refusal
    for (name, (_, rows)), got in zip(jobs.items(), in_node.call(*jobs.values()), strict=True):
        results[name] = rows, got
    return results


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")
@pytest.mark.parametrize("name", CASES)
def test_value_and_gradient_agree_with_torch(name, sweep, in_node):
    fn, shapes, wrt = CASES[name]
    assert not isinstance(sweep[name], CannotCompile), sweep[name]
    rows, got = sweep[name]
    compared = 0
    for k, (row, ours) in enumerate(zip(rows, got, strict=True)):
        try:
            theirs = in_node.torch(fn, row, shapes, wrt)
        except (RuntimeError, ValueError):  # arguments that torch itself refuses, such as a negative variance
            continue
        finite = np.isfinite(theirs)
        sort = "ordinary" if k < ORDINARY else "kink" if k < ORDINARY + KINKS else "extreme"
        scale = max(1.0, max(np.abs(np.asarray(v, dtype=float)).max() for v in row))
        slack = RELATIVE * np.abs(theirs) + 16 * np.finfo(float).eps * scale
        with np.errstate(invalid="ignore"):
            wrong = finite & ~(np.abs(ours - theirs) <= slack)
        assert not wrong.any(), f"{sort} row {row}: torch {theirs}, JavaScript {ours}"
        compared += bool(finite.all())
    assert compared >= 8, f"torch gave a finite result for {compared} rows only"


def test_every_sort_of_row_is_in_the_sample():
    rows = sample({"x": (), "y": ()})
    assert len(rows) == ORDINARY + KINKS + EXTREMES
    assert any(r["x"] == r["y"] for r in rows)  # a residual of zero
    assert any(abs(r["x"]) > 1e200 for r in rows)
    assert any(0 < abs(r["x"]) < 1e-200 for r in rows)


@pytest.mark.parametrize(
    ("fn", "at"),
    [(lambda x: torch.lgamma(x), 2.5), (lambda x: torch.erf(x), 0.3), (lambda x: x**3 * torch.exp(x), 0.7)],
    ids=["lgamma", "erf", "cubic"],
)
def test_third_derivatives_compile(fn, at, in_node):
    second = torch.func.grad(torch.func.grad(fn))
    (got,) = in_node.call((compile_js(second, wrt="x", name="second", x=()), [[at]]))
    x = torch.tensor(at, dtype=torch.float64)
    want = [second(x).item(), torch.func.grad(second)(x).item()]
    np.testing.assert_allclose(got[0], want, rtol=1e-9)  # torch's own trigamma is good to 1e-9 only
