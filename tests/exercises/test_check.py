"""What a reader is told: a tick, "your turn", or how the answer differs."""

import numpy as np
import pytest
from scipy import special, stats

import lossbook as lb
from lossbook.exercises import NotYet
from lossbook.exercises.registry import exercise


def right_gradient(prediction, target):
    return 2 * (prediction - target) / len(prediction)


def right_huber(input, target, delta):
    size = np.abs(input - target)
    return np.where(size <= delta, size**2 / 2, delta * size - delta**2 / 2)


def right_hinge_gradient(score, label):
    return -label * (label * score < 1) / len(score)


def right_interval(differences):
    return stats.t.interval(0.95, len(differences) - 1, differences.mean(), stats.sem(differences))


def right_quantile(input, target, q):
    return np.where(input < target, q * (target - input), (1 - q) * (input - target))


def right_focal(p, y, gamma):
    right = p * y + (1 - p) * (1 - y)
    return -((1 - right) ** gamma) * np.log(right)


def right_contrastive(x1, x2, similar, margin):
    distance = np.sqrt(((x1 - x2) ** 2).sum(axis=1))
    return np.where(similar == 1, distance**2, np.maximum(0, margin - distance) ** 2) / 2


def right_cross_entropy(logits, labels):
    return special.logsumexp(logits, axis=1) - np.take_along_axis(logits, labels[:, None], axis=1)[:, 0]


def right_neuron(w, X, y):
    guess = np.tanh(X @ w)
    return (2 * (guess - y) * (1 - guess**2)) @ X / len(y)


def right_stop(losses, patience):
    for i in range(len(losses)):
        kept = int(np.argmin(losses[: i + 1]))
        if i - kept >= patience:
            break
    return i, kept


def right_last_layer(x, W, label):
    e = np.exp(W @ x)
    slopes = e / e.sum()
    slopes[label] -= 1
    return slopes[:, None] * x


def right_descent(x, y, w, rate, rounds):
    for _ in range(rounds):
        w = w - rate * 2 * np.mean((w * x - y) * x)
    return w


RIGHT = {
    "measures-baker": (0.75, 45),
    "measures-quantile": right_quantile,
    "loop-one-round": (1.0, 9.0, -12.0, 1.1),
    "loop-descend": right_descent,
    "mse-share-of-loss": (100 / 109, 10 / 19),
    "mse-gradient": right_gradient,
    "mae-best-constants": (2.0, 21.6),
    "mae-gradient": lambda p, t: np.sign(p - t) / len(p),
    "hinge-stretch": (5, 1),
    "hinge-gradient": right_hinge_gradient,
    "huber-by-hand": (4.875, 1.5),
    "huber-in-numpy": right_huber,
    "focal-easy-ratio": (100, 977),
    "focal-in-numpy": right_focal,
    "contrastive-by-hand": (0.245, 0),
    "contrastive-in-numpy": right_contrastive,
    "update-factors": (0.5, -0.6, 0.36),
    "update-edge": lambda X: 2 / np.linalg.eigvalsh(2 * X.T @ X / len(X))[-1],
    "ce-by-hand": (0.2395, -0.2130, 0.1065),
    "ce-in-numpy": right_cross_entropy,
    "stopping-by-hand": (5, 2),
    "stopping-rule": right_stop,
    "six-which-quantile": lambda too_little, too_much: too_little / (too_little + too_much),
    "outlier-two-shifts": (10.0, 0.1397103),
    "forward-dropout-by-hand": (2, 0),
    "error-masked-mse": lambda p, t, m: np.average((p - t) ** 2, weights=m),
    "gradient-cosine": 0.7142,
    "gradient-of-a-neuron": right_neuron,
    "protocol-seven-of-seven": 2 / 128,
    "protocol-interval": right_interval,
    "table-zeros-and-pairs": (0.5, 130816),
    "table-shifted-line": 0.12,
    "cat-one-step": 0.43389,
    "cat-last-layer": right_last_layer,
}


def test_every_exercise_is_tested():
    assert set(RIGHT) == set(lb.exercises.names())


@pytest.mark.parametrize("name", RIGHT)
def test_right_answer(name, capsys):
    outcome = lb.check(name, RIGHT[name])
    assert outcome
    assert outcome == True  # noqa: E712  (it stands in for True)
    assert capsys.readouterr().out == "✓ Right.\n"
    assert outcome._ipython_display_() is None


def returns_ellipsis(*arguments):
    return ...


def returns_nothing(input, target, delta): ...


def returns_two_ellipses(differences):
    low, high = ..., ...
    return low, high


@pytest.mark.parametrize("name", RIGHT)
def test_untouched_answer_runs_through(name, capsys):
    assert not lb.check(name, ...)
    assert capsys.readouterr().out.startswith("Your turn")


def test_untouched_tuple_and_functions(capsys):
    assert not lb.check("huber-by-hand", (..., ...))
    assert not lb.check("huber-by-hand", (4.875, ...))
    assert not lb.check("huber-in-numpy", returns_ellipsis)
    assert not lb.check("huber-in-numpy", returns_nothing)
    assert not lb.check("protocol-interval", returns_two_ellipses)
    assert capsys.readouterr().out.count("Your turn") == 5


def test_unknown_exercise():
    with pytest.raises(LookupError, match="did you mean huber-by-hand"):
        lb.check("huber-hand", 1)


def test_an_id_is_registered_once():
    with pytest.raises(ValueError, match="there is an exercise 'huber-by-hand' already"):
        exercise("huber-by-hand")(lambda answer: None)


NUMBERS = [
    ("mse-share-of-loss", (100 / 9, 10 / 19), "share of the squared errors: got 11.11. The whole includes the outlier"),
    ("mse-share-of-loss", (0.917, 0.1), "share of the absolute errors: got 0.1. That is its share of the count"),
    ("mse-share-of-loss", (0.917, 0.53), r"absolute errors: got 0.53, which is too large\."),
    ("mse-share-of-loss", 0.917, "want 2 numbers"),
    ("mse-share-of-loss", ("most", 0.5), "got 'most', want a number"),
    ("huber-by-hand", (8.0, 1.5), "loss: got 8. That is the square branch"),
    ("huber-by-hand", (4.875, float("nan")), "gradient: got nan, want a finite number"),
    ("focal-easy-ratio", (0.01, 977), "ratio at 0.9: got 0.01. That is focal loss divided by cross-entropy"),
    ("focal-easy-ratio", (100, 31.25), "ratio at 0.968: got 31.25. That is for gamma = 1"),
    ("ce-by-hand", (0.3456, -0.213, 0.1065), "loss: got 0.3456. That is in bits"),
    ("ce-by-hand", (0.2395, 0.213, 0.1065), "slope by the first logit: got 0.213. The sign"),
    ("ce-by-hand", (0.2395, -0.213, 0), "slope by the second logit: got 0. The label's probability falls"),
    ("protocol-seven-of-seven", 1 / 128, "one side"),
    ("protocol-seven-of-seven", 0, "never 0"),
]


@pytest.mark.parametrize(("name", "answer", "message"), NUMBERS)
def test_wrong_numbers(name, answer, message):
    with pytest.raises(NotYet, match=message):
        lb.check(name, answer)


def naive_cross_entropy(logits, labels):
    with np.errstate(all="ignore"):
        p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        return -np.log(p[np.arange(len(labels)), labels])


FUNCTIONS = [
    ("mse-gradient", lambda p, t: (p - t) / p.size, "The factor 2 from the square is missing"),
    ("mse-gradient", lambda p, t: 2 * (p - t), "divides by the number of errors"),
    ("mse-gradient", lambda p, t: 2 * (t - p) / p.size, "sign is turned around"),
    ("mse-gradient", lambda p, t: np.mean((p - t) ** 2), r"returns shape \(\), want shape \(1,\)"),
    ("mse-gradient", lambda p: p, r"must take 2 arguments; it has \(p\)"),
    ("mse-gradient", lambda p, t: p - unknown, "raises NameError"),  # noqa: F821
    ("mse-gradient", lambda p, t: ["a"] * len(p), "want numbers"),
    ("mse-gradient", 3.0, "want a function"),
    ("huber-in-numpy", lambda i, t, d: (i - t) ** 2 / 2, "square everywhere"),
    ("huber-in-numpy", lambda i, t, d: d * (np.abs(i - t) - d / 2), "line everywhere"),
    ("huber-in-numpy", lambda i, t, d: np.where(abs(i - t) <= d, (i - t) ** 2, d * (abs(i - t) - d / 2)), "factor 1/2"),
    (
        "huber-in-numpy",
        lambda i, t, d: np.where(i - t <= d, (i - t) ** 2 / 2, d * (i - t - d / 2)),
        r"Compare \|r\| with",
    ),
    ("huber-in-numpy", lambda i, t, d: right_huber(i, t, d) / d, "Smooth L1"),
    ("huber-in-numpy", lambda i, t, d: right_huber(i, t, d).mean(), r"want shape \(4,\)\. That is the mean"),
    ("huber-in-numpy", lambda i, t, d: right_huber(i, t, d) + 0.1, r"returns 0\.1 at position 0, want 0\."),
    ("focal-in-numpy", lambda p, y, g: right_focal(p, y, 0), r"the factor \(1 - p_t\) \*\* gamma is missing"),
    ("focal-in-numpy", lambda p, y, g: -((1 - p) ** g) * np.log(p), "right where y is 1"),
    ("focal-in-numpy", lambda p, y, g: right_focal(p, y, g).mean(), "every example keeps its own loss"),
    ("ce-in-numpy", naive_cross_entropy, "exponential of 1000 is infinite"),
    ("ce-in-numpy", lambda z, k: right_cross_entropy(z, k).mean(), "every row keeps its own loss"),
    ("ce-in-numpy", lambda z, k: right_cross_entropy(z, z.argmax(axis=1)), "asks for the label"),
    ("protocol-interval", lambda d: stats.norm.interval(0.95, d.mean(), stats.sem(d)), r"uses 1\.96"),
    ("protocol-interval", lambda d: stats.t.interval(0.95, len(d), d.mean(), stats.sem(d)), "leave n - 1"),
    ("protocol-interval", lambda d: stats.t.interval(0.95, len(d) - 1, d.mean(), stats.sem(d, ddof=0)), "ddof=1"),
    ("protocol-interval", lambda d: stats.t.interval(0.90, len(d) - 1, d.mean(), stats.sem(d)), "0.95 quantile"),
    ("protocol-interval", lambda d: stats.t.interval(0.95, len(d) - 1, d.mean(), d.std(ddof=1)), "divide sd by"),
    ("protocol-interval", lambda d: right_interval(d)[::-1], "low first"),
    ("protocol-interval", lambda d: right_interval(d)[0], r"returns shape \(\), want shape \(2,\)"),
]


@pytest.mark.parametrize(("name", "answer", "message"), FUNCTIONS)
def test_wrong_functions(name, answer, message):
    with pytest.raises(NotYet, match=message):
        lb.check(name, answer)


def test_the_input_is_shown_and_kept():
    def in_place(input, target, delta):
        input *= 0
        return input

    with pytest.raises(NotYet, match="changes its input in place"):
        lb.check("huber-in-numpy", in_place)
    with pytest.raises(NotYet, match=r"For input = \[.*\], target = \[.*\], delta = 1.0 your function returns"):
        lb.check("huber-in-numpy", lambda input, target, delta: input - target + 7)
    assert lb.check("huber-in-numpy", right_huber)


def test_nothing_after_the_first_input_is_an_error():
    def half_done(input, target, delta):
        return right_huber(input, target, delta) if delta == 1.0 else None

    with pytest.raises(NotYet, match="returns nothing"):
        lb.check("huber-in-numpy", half_done)
