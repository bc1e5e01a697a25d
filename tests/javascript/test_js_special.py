"""The special functions of the prelude against 30-digit references."""

import json
import re

import mpmath
import numpy as np
import pytest

from lossbook.javascript import run_module
from lossbook.javascript.prelude import helpers, needed


@pytest.fixture(autouse=True)
def _digits():
    with mpmath.workdps(30):
        yield


def _spread(low, high, count=60):
    """Points from `low` to `high`, evenly by magnitude."""
    return list(np.geomspace(low, high, count))


AROUND = [float(x) for x in np.linspace(-5.9, 27, 180)]
POSITIVE = [*_spread(1e-300, 1e-3, 40), *[float(x) for x in np.linspace(0.01, 12, 150)], *_spread(12, 1e250, 40)]
NEGATIVE = [float(x) for x in np.linspace(-7.9, -0.01, 80) if abs(x - round(x)) > 0.02]


def _erfcx(x):
    x = mpmath.mpf(x)
    if x > 1e12:
        return 1 / (x * mpmath.sqrt(mpmath.pi))  # the next term is smaller by x^-2
    return mpmath.exp(x * x) * mpmath.erfc(x)


EXACT = {
    "$erf": (mpmath.erf, [*AROUND, *_spread(1e-300, 1e-2)], 1e-15, 0),
    "$erfc": (mpmath.erfc, [x for x in AROUND if x < 26], 1e-14, 0),
    "$erfcx": (_erfcx, [*AROUND, *_spread(27, 1e300, 20)], 1e-14, 0),
    "$lgamma": (mpmath.loggamma, POSITIVE, 1e-14, 0),
    "$digamma": (mpmath.digamma, POSITIVE, 1e-14, 1e-15),
}


@pytest.fixture(scope="module")
def in_javascript():
    def call(name, rows):
        text = "(k, v) => (typeof v === 'number' && !Number.isFinite(v) ? String(v) : v)"
        source = (
            "".join(needed(name)) + f"console.log(JSON.stringify({json.dumps(rows)}.map((r) => {name}(...r)), {text}))"
        )
        return [float(v) for v in json.loads(run_module(source))]

    return call


@pytest.mark.parametrize("name", EXACT)
def test_accuracy(name, in_javascript):
    exact, points, relative, absolute = EXACT[name]
    for x, got in zip(points, in_javascript(name, [[x] for x in points]), strict=True):
        want = exact(mpmath.mpf(x))
        assert abs(got - want) <= relative * abs(want) + absolute, (x, got, want)


def test_log_gamma_and_its_derivative_left_of_zero(in_javascript):
    points = [*NEGATIVE, -1e-300, -1e-8, -0.25]
    for x, got in zip(points, in_javascript("$lgamma", [[x] for x in points]), strict=True):
        want = mpmath.log(abs(mpmath.gamma(mpmath.mpf(x))))
        assert abs(got - want) <= 1e-14 * max(1, abs(want)), (x, got, want)
    for x, got in zip(points, in_javascript("$digamma", [[x] for x in points]), strict=True):
        want = mpmath.digamma(mpmath.mpf(x))
        assert abs(got - want) <= 1e-13 * max(1, abs(want)), (x, got, want)


@pytest.mark.parametrize("order", [1, 2, 3, 6])
def test_polygamma(order, in_javascript):
    points = [1e-8, 1e-3, *[float(x) for x in np.linspace(0.05, 30, 60)], 1e3, 1e8]
    for x, got in zip(points, in_javascript("$polygamma", [[order, x] for x in points]), strict=True):
        want = mpmath.polygamma(order, mpmath.mpf(x))
        assert abs(got - want) <= 1e-13 * abs(want), (x, got, want)
    for x, got in zip(NEGATIVE, in_javascript("$polygamma", [[order, x] for x in NEGATIVE]), strict=True):
        part = mpmath.mpf(x) - mpmath.floor(x)
        scale = mpmath.factorial(order) * (part ** (-order - 1) + (1 - part) ** (-order - 1))
        assert abs(got - mpmath.polygamma(order, mpmath.mpf(x))) <= 1e-12 * scale, (x, got)


ENDS_AND_POLES = [
    (("$lgamma", 0), "Infinity"),
    (("$lgamma", -3), "Infinity"),
    (("$lgamma", 1), 0),
    (("$lgamma", 2), 0),
    (("$lgamma", 1e306), "Infinity"),
    (("$lgamma", "Infinity"), "Infinity"),
    (("$lgamma", "NaN"), "NaN"),
    (("$digamma", 0), "-Infinity"),
    (("$digamma", "-0"), "Infinity"),
    (("$digamma", -2), "NaN"),
    (("$digamma", "Infinity"), "Infinity"),
    (("$polygamma", 1, 0), "Infinity"),
    (("$polygamma", 2, -1), "-Infinity"),
    (("$erf", "Infinity"), 1),
    (("$erf", "-Infinity"), -1),
    (("$erf", "NaN"), "NaN"),
    (("$erfc", "Infinity"), 0),
    (("$erfc", "-Infinity"), 2),
    (("$erfc", "NaN"), "NaN"),
    (("$erfcx", "Infinity"), 0),
    (("$erfcx", -30), "Infinity"),
    (("$erfcx", "NaN"), "NaN"),
    (("$pow", 1, "NaN"), 1),
    (("$pow", 1, "Infinity"), 1),
    (("$pow", -1, "-Infinity"), 1),
    (("$pow", 2, "NaN"), "NaN"),
    (("$pow", 2, 10), 1024),
    (("$round", 0.5), 0),
    (("$round", 1.5), 2),
    (("$round", -2.5), -2),
    (("$round", 2.4), 2),
    (("$round", "-Infinity"), "-Infinity"),
    (("$round", 4503599627370497.5), 4503599627370498),
    (("$copysign", 3, "-0"), -3),
    (("$copysign", -3, 0), 3),
]


def test_ends_and_poles():
    helpers_needed = "".join(needed(" ".join(call[0] for call, _ in ENDS_AND_POLES)))
    calls = ", ".join(f"{name}({', '.join(map(str, arguments))})" for (name, *arguments), _ in ENDS_AND_POLES)
    got = json.loads(run_module(f"{helpers_needed}\nconsole.log(JSON.stringify([{calls}].map(String)))"))
    for (call, want), result in zip(ENDS_AND_POLES, got, strict=True):
        assert float(result) == pytest.approx(float(want), nan_ok=True, abs=0), call


def test_only_what_is_called_is_emitted():
    assert needed("function f(x) { return x; }") == ()
    names = [re.search(r"(\$\w+)", text).group(1) for text in needed("$erfc(x)")]
    assert set(names) <= set(helpers())
    assert "$gaussian" in "".join(needed("$erfc(x)"))
    assert "$lgamma" not in "".join(needed("$erfc(x)"))
