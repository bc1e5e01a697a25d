import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linprog, minimize
from sklearn.linear_model import HuberRegressor

from lossbook.datasets import line_with_outlier
from lossbook.experiments import irls, predict, robust_fit, slope_of


def square(input, target):
    return (input - target) ** 2


def absolute(input, target):
    return (input - target).abs()


def huber(input, target, *, delta=1.0):
    r = (input - target).abs()
    return torch.where(r <= delta, 0.5 * r**2, delta * (r - 0.5 * delta))


def pinball(input, target, *, tau=0.5):
    r = target - input
    return torch.maximum(tau * r, (tau - 1) * r)


def cauchy(input, target, *, scale=1.0):
    return torch.log1p(0.5 * ((input - target) / scale) ** 2)


def data(seed=0, n=40, d=1):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    y = 1 + X @ np.arange(2, 2 + d) + 0.5 * rng.normal(size=n)
    y[:3] += 20
    return X, y


def test_squared_loss_is_least_squares():
    X, y = data(d=3)
    want = np.linalg.lstsq(np.column_stack([np.ones(len(y)), X]), y, rcond=None)[0]
    fit = irls(X, y, square)
    np.testing.assert_allclose(fit.coefficients, want, rtol=1e-10)
    assert fit.converged
    assert fit.steps == 1


def quantile_fit(X, y, tau):
    """The exact minimum, by linear programming: y = A b + above - below."""
    n, A = len(y), np.column_stack([np.ones(len(y)), X])
    cost = np.concatenate([np.zeros(A.shape[1]), np.full(n, tau), np.full(n, 1 - tau)])
    bounds = [(None, None)] * A.shape[1] + [(0, None)] * (2 * n)
    return linprog(cost, A_eq=np.hstack([A, np.eye(n), -np.eye(n)]), b_eq=y, bounds=bounds).x[: A.shape[1]]


@pytest.mark.parametrize("tau", [0.2, 0.5, 0.9])
def test_quantile_loss_reaches_the_linear_program(tau):
    X, y = data(n=41, d=2)
    np.testing.assert_allclose(robust_fit(X, y, pinball, tau=tau), quantile_fit(X, y, tau), atol=2e-3)


@pytest.mark.parametrize("moved", [{"up": 50}, {"sideways": 50}], ids=str)
def test_absolute_loss_comes_near_the_smallest_sum_even_where_it_creeps(moved):
    x, y = line_with_outlier(20, **moved)
    reached = np.abs(predict(robust_fit(x, y, absolute), x) - y).sum(axis=1)
    best = [np.abs(predict(quantile_fit(x[k], y[k], 0.5), x[k]) - y[k]).sum() for k in range(20)]
    assert (reached >= np.array(best) * (1 - 1e-9)).all()
    assert (reached <= np.array(best) * 1.002).all()


def test_huber_is_scikit_learns_at_its_scale():
    X, y = data(n=60, d=2)
    reference = HuberRegressor(epsilon=1.35, alpha=0.0, tol=1e-10, max_iter=1000).fit(X, y)
    got = robust_fit(X, y, huber, delta=1.35 * reference.scale_)
    np.testing.assert_allclose(got, np.r_[reference.intercept_, reference.coef_], atol=1e-4)


def test_cauchy_is_a_minimum():
    X, y = data()

    def total(b):
        return np.log1p(0.5 * (b[0] + b[1] * X[:, 0] - y) ** 2).sum()

    best = minimize(total, [1.0, 2.0], method="BFGS", options={"gtol": 1e-9})
    np.testing.assert_allclose(robust_fit(X, y, cauchy), best.x, atol=1e-5)


def test_location_alone():
    y = np.array([1.0, 2.0, 2.0, 3.0, 100.0])
    assert robust_fit(None, y, square) == pytest.approx([21.6])
    assert robust_fit(None, y, absolute) == pytest.approx([2.0], abs=1e-5)


def test_a_stack_is_each_fit_alone():
    sets = [data(seed, d=2) for seed in range(4)]
    X, y = np.stack([s[0] for s in sets]), np.stack([s[1] for s in sets])
    together = irls(X, y, huber, scale="mad", delta=1.345)
    for k in range(4):
        alone = irls(X[k], y[k], huber, scale="mad", delta=1.345)
        np.testing.assert_allclose(together.coefficients[k], alone.coefficients, rtol=1e-12)
        np.testing.assert_allclose(together.weights[k], alone.weights, rtol=1e-12)
        assert together.steps[k] == alone.steps
    line = robust_fit(X[..., 0], y, huber)
    np.testing.assert_allclose(line, robust_fit(X[..., :1], y, huber), rtol=0)


def test_mad_scale_does_not_care_about_units():
    X, y = data()
    small, large = (robust_fit(X, y * unit, huber, scale="mad", delta=1.345) for unit in (1.0, 1000.0))
    np.testing.assert_allclose(large, small * 1000, rtol=1e-7)
    clean = np.random.default_rng(0).normal(scale=3.0, size=20_000)
    assert irls(None, clean, huber, scale="mad", delta=1.345).scale == pytest.approx(3.0, rel=0.03)


@given(shift=st.floats(-50, 50), tilt=st.floats(-5, 5))
def test_fits_move_with_the_data(shift, tilt):
    X, y = data()
    base = robust_fit(X, y, huber, delta=0.7)
    moved = robust_fit(X, y + shift + tilt * X[:, 0], huber, delta=0.7)
    np.testing.assert_allclose(moved, base + np.array([shift, tilt]), atol=1e-6)


def test_points_on_the_line_do_not_divide_by_zero():
    x = np.arange(10.0)
    np.testing.assert_allclose(robust_fit(x, 3 - 2 * x, absolute), [3, -2], atol=1e-12)
    np.testing.assert_allclose(robust_fit(np.ones(4), [1.0, 2, 3, 6], square), [3, 0])  # all x alike: no slope


def test_slope_is_the_loss_own():
    np.testing.assert_allclose(slope_of(huber, delta=2.0)(np.array([[-5.0, 1.0], [0.0, 3.0]])), [[-2, 1], [0, 2]])


def test_predict_shapes():
    X = np.random.default_rng(0).normal(size=(5, 7, 2))
    b = np.arange(15.0).reshape(5, 3)
    want = np.stack([b[s, 0] + X[s] @ b[s, 1:] for s in range(5)])
    np.testing.assert_allclose(predict(b, X), want)
    np.testing.assert_allclose(predict(b[1], X[1]), want[1])
    np.testing.assert_allclose(predict([1.0, 2.0], [0.0, 3.0]), [1, 7])
    np.testing.assert_allclose(predict(b[:, :2], X[..., 0])[2], b[2, 0] + b[2, 1] * X[2, :, 0])
    with pytest.raises(ValueError, match="X: got shape"):
        predict([1.0, 2.0], X[0])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: robust_fit(np.ones(3), np.ones(4), square), ValueError, r"X: got shape \(3,\)"),
        (lambda: robust_fit(np.ones(3), [1, 2, math.nan], square), ValueError, "y: got a value that is not finite"),
        (lambda: robust_fit(None, [], square), ValueError, r"y: got shape \(0,\)"),
        (lambda: robust_fit(None, [1.0, 2.0], square, scale="std"), ValueError, "scale: got 'std'"),
        (lambda: robust_fit(None, [1.0, 2.0], huber, detla=2), TypeError, "detla: not a hyper-parameter.*has delta"),
        (lambda: robust_fit(None, [1.0, 2.0], huber, input=2), TypeError, "input: not a hyper-parameter"),
        (lambda: robust_fit(None, [1.0, 2.0], 3), TypeError, "loss: got 3"),
        (lambda: robust_fit(None, [1.0, 2.0], lambda i, t: -((i - t) ** 2)), ValueError, "loss: its slope"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
