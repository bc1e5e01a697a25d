"""The linear classifier: known answers, stacks, and what it refuses."""

import numpy as np
import pytest

from lossbook.experiments import linear_classifier


def two_classes(seed, n=60):
    rng = np.random.default_rng(seed)
    y = np.where(np.arange(n) < n // 2, 1.0, -1.0)
    X = rng.normal(size=(n, 2))
    X[:, 0] += 1.5 * y
    return X, y


def test_squared_error_is_ridge_regression_on_the_labels():
    X, y = two_classes(0)
    A = np.column_stack([np.ones(len(y)), X])
    want = np.linalg.solve(2 * A.T @ A / len(y) + 0.01 * np.eye(3), 2 * A.T @ y / len(y))
    assert linear_classifier(X, y, "mse") == pytest.approx(want, rel=1e-9)


def test_cross_entropy_is_penalized_logistic_regression():
    from sklearn.linear_model import LogisticRegression

    X, y = two_classes(1)
    A = np.column_stack([np.ones(len(y)), X])
    model = LogisticRegression(C=1 / (0.01 * len(y)), fit_intercept=False, tol=1e-12, max_iter=10_000).fit(A, y)
    got = linear_classifier(X, y, "binary_cross_entropy_with_logits")
    assert got == pytest.approx(model.coef_[0], abs=1e-5)


def test_hinge_is_the_support_vector_machine():
    from sklearn.svm import SVC

    X, y = two_classes(2)
    A = np.column_stack([np.ones(len(y)), X])  # a column of ones, whose weight is penalized as the others
    model = SVC(kernel="linear", C=1 / (0.01 * len(y)), tol=1e-8).fit(A, y)
    b = linear_classifier(X, y, "hinge")
    assert b @ A.T == pytest.approx(model.decision_function(A) - model.intercept_[0], abs=0.2)
    cost = np.maximum(0, 1 - y * (A @ b)).mean() + 0.005 * b @ b
    other = np.r_[model.coef_[0][0] + model.intercept_[0], model.coef_[0][1:]]
    assert cost <= np.maximum(0, 1 - y * (A @ other)).mean() + 0.005 * other @ other + 1e-5


def test_each_of_a_stack_is_fitted_as_if_alone():
    X, y = (np.stack(part) for part in zip(*(two_classes(s) for s in range(3)), strict=True))
    for loss in ("mae", "hinge", "focal"):
        stack = linear_classifier(X, y, loss)
        assert stack.shape == (3, 3)
        for k in range(3):
            assert stack[k] == pytest.approx(linear_classifier(X[k], y[k], loss), rel=1e-7, abs=1e-9)


@pytest.mark.parametrize(
    ("X", "y", "options", "message"),
    [
        (np.zeros((3, 2)), np.ones(4), {}, "X: got shape"),
        (np.full((3, 2), np.nan), np.ones(3), {}, "not finite"),
        (np.zeros((3, 2)), np.array([0.0, 1.0, 1.0]), {}, "labels -1 and \\+1"),
        (np.zeros((3, 2)), np.ones(3), {"penalty": 0}, "penalty"),
    ],
)
def test_refuses(X, y, options, message):
    with pytest.raises(ValueError, match=message):
        linear_classifier(X, y, "mse", **options)
