"""Every statement of a record that can be checked is checked: the formula, convexity, constants, what it elicits."""

import inspect
import pathlib
import re

import pytest
import torch
from loss_cases import BINARY_CASES, RESIDUAL_CASES, case_id, derivatives, public
from loss_latex import evaluate

from lossbook import losses

ROOT = pathlib.Path(__file__).parents[2]
RECORDS = {r.name: r for r in losses.records()}
LETTERS = {"pos_weight": "w"}  # LaTeX names that differ from the argument's
CASES = [c for c in RESIDUAL_CASES if abs(c[1].get("alpha", 1)) < 100]
WRITTEN = [c for c in CASES if c[1].get("alpha", 1) != 2 and abs(c[1].get("alpha", 1)) > 1e-9]  # no limit is needed


@pytest.mark.parametrize("case", WRITTEN, ids=case_id)
def test_formula_says_what_the_code_computes(case):
    name, hyper = case
    r = torch.linspace(-3.1, 3.1, 63, dtype=torch.float64)
    letters = {LETTERS.get(k, k): v for k, v in hyper.items()}
    said = [evaluate(RECORDS[name].formula, r=x, **letters) for x in r.tolist()]
    torch.testing.assert_close(
        public(name, hyper)(r, torch.zeros_like(r)), torch.tensor(said, dtype=r.dtype), rtol=1e-7, atol=1e-12
    )


def test_formula_of_binary_cross_entropy():
    for x in (-3.0, -0.2, 0.0, 5.0):
        for t in (0.0, 0.3, 1.0):
            said = evaluate(RECORDS["binary_cross_entropy_with_logits"].formula, x=x, t=t)
            got = losses.binary_cross_entropy_with_logits(*torch.tensor([[x], [t]], dtype=torch.float64))
            assert got.item() == pytest.approx(said, rel=1e-13)


def test_formula_of_cross_entropy():
    x = [0.3, -1.2, 2.0, 0.7]
    for y in (1, 2, 3, 4):
        said = evaluate(RECORDS["cross_entropy"].formula, x=x, y=y, C=4)
        got = losses.cross_entropy(torch.tensor(x, dtype=torch.float64), torch.tensor(y - 1))
        assert got.item() == pytest.approx(said, rel=1e-13)


def test_the_reader_of_formulas_tells_formulas_apart():
    assert evaluate(r"\ell(r) = \tfrac{1}{2} r^2", r=3.0) == 4.5
    assert evaluate(r"\begin{cases} r & r < 1 \\ 2 r & r \ge 1 \end{cases}", r=1.0) == 2.0
    with pytest.raises(SyntaxError):
        evaluate(r"\tfrac{1}{2} r )", r=1.0)
    with pytest.raises(KeyError):
        evaluate(r"\gamma r", r=1.0)


def _grid(case):
    width = max([1.0, *(v for k, v in case[1].items() if k in ("delta", "beta", "c", "epsilon"))])
    r = torch.cat([torch.linspace(-40, 40, 4001, dtype=torch.float64), 10.0 ** torch.linspace(-6, 6, 200).double()])
    return (width * torch.cat([r, -r])).sort().values


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_convexity_lipschitz_constant_and_bounded_gradient(case):
    name, hyper = case
    record, r = RECORDS[name], _grid(case)
    slope = derivatives(lambda x: public(name, hyper)(x, torch.zeros_like(x)), r)[1]
    # convex exactly when the slope never falls
    assert record.at("convex", **hyper) == bool((slope.diff() >= -1e-9 * slope.abs().max()).all())
    if record.lipschitz is None:
        assert slope.abs().max() > 1e5
    else:
        constant = record.at("lipschitz", **hyper)
        assert slope.abs().max() <= constant * (1 + 1e-9)
        reached = name != "general_robust" or hyper["alpha"] == 1
        if reached:
            assert slope.abs().max() >= 0.999 * constant, "a smaller constant would do"
    bounded = record.at("bounded_gradient", **hyper)
    far, near = slope.abs()[r.abs() > 1e5].max(), slope.abs()[r.abs() <= 1e3].max()
    assert bounded == bool(far <= 1.01 * near)


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_smoothness(case):
    name, hyper = case
    if case == ("expectile", {"q": 0.5}):
        return  # the one level at which the curvature does not jump
    kink = next((hyper[k] for k in ("delta", "beta", "epsilon", "c") if k in hyper), 0.0)
    gaps = []
    for order in (1, 2):
        either = [kink * (1 - 1e-9) - 1e-12, kink * (1 + 1e-9) + 1e-12]
        got = derivatives(
            lambda x: public(name, hyper)(x, torch.zeros_like(x)), torch.tensor(either, dtype=torch.float64)
        )[order]
        gaps.append(float((got[1] - got[0]).abs()))
    smooth = RECORDS[name].smoothness
    assert (gaps[0] > 1e-3) == (smooth == "C0")
    assert (gaps[1] > 1e-4) == (smooth == "C1")
    if smooth in ("C2", "Cinf"):  # the third derivative, from differences of the curvature on either side
        sides = kink + 1e-4 * max(kink, 0.1) * torch.tensor([-1.0, -0.1, 0.1, 1.0], dtype=torch.float64)
        curvature = derivatives(lambda x: public(name, hyper)(x, torch.zeros_like(x)), sides)[2]
        below, _, above = (curvature.diff() / sides.diff()).tolist()
        assert (abs(above - below) > 0.5 * max(abs(above), abs(below), 0.1)) == (smooth == "C2")


def _best_constant(name, hyper, y, weights):
    """The constant with the least expected loss over a discrete distribution, by a grid refined three times."""
    low, high = y.min(), y.max()
    for _ in range(4):
        grid = torch.linspace(float(low), float(high), 2001, dtype=torch.float64)
        left, right = torch.broadcast_tensors(grid[:, None], y)
        cost = public(name, hyper)(left.contiguous(), right.contiguous()) @ weights
        best = int(cost.argmin())
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, 2000)]
    return float(grid[best])


SKEWED = torch.tensor([0.0, 1.0, 2.0, 4.0, 9.0, 20.0], dtype=torch.float64)
WEIGHTS = torch.tensor([0.15, 0.2, 0.22, 0.2, 0.13, 0.1], dtype=torch.float64)
MEAN = float(SKEWED @ WEIGHTS)
MEDIAN = 2.0  # the cumulative weights are 0.15, 0.35, 0.57


@pytest.mark.parametrize(
    ("name", "hyper", "want"),
    [
        ("mse", {}, MEAN),
        ("mae", {}, MEDIAN),
        ("quantile", {"q": 0.1}, 0.0),
        ("quantile", {"q": 0.5}, MEDIAN),
        ("quantile", {"q": 0.85}, 9.0),
        ("quantile", {"q": 0.95}, 20.0),
        ("huber", {"delta": 1e-4}, MEDIAN),
        ("huber", {"delta": 1e3}, MEAN),
        ("smooth_l1", {"beta": 1e-4}, MEDIAN),
        ("smooth_l1", {"beta": 1e3}, MEAN),
        ("charbonnier", {"epsilon": 1e-4}, MEDIAN),
        ("charbonnier", {"epsilon": 1e4}, MEAN),
        ("general_robust", {"alpha": 2.0, "c": 1.0}, MEAN),
        ("expectile", {"q": 0.5}, MEAN),
        ("epsilon_insensitive", {"epsilon": 0.0}, MEDIAN),
    ],
)
def test_the_best_constant_is_what_the_record_says(name, hyper, want):
    said = RECORDS[name].elicits
    kind = {MEAN: "mean", MEDIAN: "median"}.get(want, "quantile") if name != "quantile" else "quantile"
    assert kind in said
    assert _best_constant(name, hyper, SKEWED, WEIGHTS) == pytest.approx(want, abs=2e-3)


@pytest.mark.parametrize("case", [c for c in CASES if c[1].get("q", 0.5) == 0.5], ids=case_id)
def test_the_best_constant_of_a_symmetric_unimodal_distribution_is_its_center(case):
    name, hyper = case
    y = torch.linspace(-6, 6, 241, dtype=torch.float64) + 1.5
    weights = torch.exp(-((y - 1.5) ** 2) / 2)
    assert _best_constant(name, hyper, y, weights / weights.sum()) == pytest.approx(1.5, abs=0.051)


@pytest.mark.parametrize("p", [0.02, 0.3, 0.5, 0.9])
def test_binary_cross_entropy_elicits_the_probability_and_pos_weight_moves_it(p):
    x = torch.linspace(-8, 8, 16001, dtype=torch.float64)
    name = "binary_cross_entropy_with_logits"
    for case in BINARY_CASES:
        cost = sum(q * public(name, case[1])(x, torch.full_like(x, t)) for q, t in ((p, 1.0), (1 - p, 0.0)))
        best = torch.sigmoid(x[cost.argmin()]).item()
        assert (abs(best - p) < 1e-3) == RECORDS[name].at("proper", **case[1])
        slope = derivatives(lambda v, h=case[1]: public(name, h)(v, torch.ones_like(v)), 30 * x)[1]
        assert slope.abs().max() == pytest.approx(RECORDS[name].at("lipschitz", **case[1]))


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_cross_entropy_is_proper_without_smoothing_only(smoothing):
    p = torch.tensor([0.6, 0.3, 0.1], dtype=torch.float64)
    x = torch.zeros(1, 3, dtype=torch.float64, requires_grad=True)
    step = torch.optim.LBFGS(
        [x], max_iter=200, tolerance_grad=1e-12, tolerance_change=1e-15, line_search_fn="strong_wolfe"
    )

    def expected():
        step.zero_grad()
        labels = torch.arange(3)
        value = losses.cross_entropy(x.expand(3, 3), labels, label_smoothing=smoothing, reduction="none") @ p
        value.backward()
        return value

    step.step(expected)
    found = torch.softmax(x.detach(), 1)[0]
    want = (1 - smoothing) * p + smoothing / 3
    torch.testing.assert_close(found, want, rtol=1e-6, atol=1e-7)
    assert torch.allclose(found, p, atol=1e-3) == RECORDS["cross_entropy"].at("proper", label_smoothing=smoothing)


@pytest.mark.parametrize("record", RECORDS.values(), ids=lambda r: r.name)
def test_record_is_complete(record):
    assert record.axis in ("residual", "margin", None)
    assert record.smoothness in ("jumps", "C0", "C1", "C2", "Cinf")
    assert record.axis or record.path
    assert len(record.title) > 2
    assert record.traps
    assert record.primary.endswith(".")
    assert record.elsewhere or record.sides
    first = next(iter(inspect.signature(losses.get(record.name)).parameters))
    assert record.source.startswith(f"def {record.name}({first}")
    assert '"""' not in record.source
    assert losses.get(record.name).record is record
    # every letter of the formula is explained, by the symbols or by a parameter
    explained = " ".join([*record.symbols, *(p.symbol for p in (*record.sides, *record.parameters))])
    letters = set(
        re.findall(r"\\(?:alpha|beta|gamma|delta|epsilon|eta)|(?<![\\a-zA-Z{])[a-zA-Z](?![a-zA-Z}])", record.formula)
    )
    assert {s for s in letters if s not in explained} <= {"e", "k", "C"}
    assert all(side.meaning.endswith(".") for side in record.sides)
    for p in record.parameters:
        assert p.meaning.endswith(".")
        assert p.check(p.default) == p.default
        if p.slider:
            assert p.slider[0] < p.slider[1]
            assert all(p.check(v) == v for v in p.slider)
            assert not p.log or p.slider[0] > 0


def test_short_names_are_distinct_and_looks_too():
    shorts = [r.short for r in RECORDS.values()]
    assert len(set(shorts)) == len(shorts)
    drawn = [r.look for r in RECORDS.values() if r.axis]
    assert len(set(drawn)) == len(drawn)


def test_citations_are_in_the_bibliography():
    known = set(re.findall(r"^@\w+\{([^,]+),", (ROOT / "references.bib").read_text(), re.M))
    missing = {r.name: [key for key in r.cite if key not in known] for r in RECORDS.values()}
    assert not {name: keys for name, keys in missing.items() if keys}
