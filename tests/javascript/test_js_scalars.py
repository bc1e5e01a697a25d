"""The identities of the scalar algebra hold for every double; the printer writes what was meant."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lossbook.javascript import run_module
from lossbook.javascript.evaluate import evaluate
from lossbook.javascript.prelude import needed
from lossbook.javascript.printer import body, literal
from lossbook.javascript.scalars import Graph, reachable
from lossbook.javascript.vocabulary import LOGICAL, OPERATORS, compute
from lossbook.javascript.zeros import forget_zero_signs

SPECIALS = [0.0, -0.0, 1.0, -1.0, 2.0, -2.5, 0.5, math.inf, -math.inf, math.nan, 1e300, -1e-300, 5e-324]
ARITHMETIC = ["+", "-", "*", "/", "max", "min", "pow", "fmod"]
UNARY = ["neg", "abs", "sign", "sqrt", "exp", "log", "log1p", "expm1", "floor", "round", "tanh"]


def same(a, b, zero_signs=True):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    bits = (a == b) & (~((a == 0) & zero_signs) | (np.signbit(a) == np.signbit(b)))
    return bits | (np.isnan(a) & np.isnan(b))


trees = st.recursive(
    st.one_of(st.sampled_from(["x", "y"]), st.sampled_from(SPECIALS)),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(ARITHMETIC), inner, inner),
        st.tuples(st.sampled_from(UNARY), inner),
        st.tuples(st.just("?"), st.tuples(st.sampled_from(["<", "<=", "==", "!="]), inner, inner), inner, inner),
    ),
    max_leaves=10,
)


def build(g, tree):
    if isinstance(tree, tuple):
        return g.apply(tree[0], *(build(g, t) for t in tree[1:]))
    return g.input(tree, None) if isinstance(tree, str) else g.const(tree)


def plainly(tree, x, y):
    """The same tree without a graph: every operator as NumPy has it."""
    if isinstance(tree, tuple):
        return compute(tree[0], *(plainly(t, x, y) for t in tree[1:]))
    return {"x": x, "y": y}[tree] if isinstance(tree, str) else np.float64(tree)


GRID = np.array(list(itertools.product(SPECIALS, SPECIALS)))
COLUMNS = {("x", None): GRID[:, 0], ("y", None): GRID[:, 1]}


@settings(max_examples=150, deadline=None)
@given(trees)
def test_simplification_keeps_every_bit(tree):
    got = evaluate([build(Graph(), tree)], COLUMNS)[:, 0]
    want = np.broadcast_to(plainly(tree, GRID[:, 0], GRID[:, 1]), got.shape)
    assert same(got, want).all()


@settings(max_examples=150, deadline=None)
@given(trees)
def test_forgetting_zero_signs_changes_only_the_sign_of_a_zero_result(tree):
    root = build(Graph(), tree)
    (loose,) = forget_zero_signs([root])
    assert same(evaluate([loose], COLUMNS), evaluate([root], COLUMNS), zero_signs=False).all()


def test_a_zero_is_dropped_unless_its_sign_is_seen():
    g = Graph()
    x = g.input("x", None)
    total = g.apply("+", x, 0.0)
    assert total is not x
    assert forget_zero_signs([total]) == [x]
    assert forget_zero_signs([g.apply("exp", total)]) == [g.apply("exp", x)]
    inverse = g.apply("/", 1.0, total)
    assert forget_zero_signs([inverse]) == [inverse]


def test_zero_times_something_is_kept():
    g = Graph()
    x = g.input("x", None)
    assert g.apply("*", 0.0, x).op == "*"
    assert g.apply("-", x, x).op == "-"
    assert g.apply("/", x, x).op == "/"


def test_equal_expressions_are_one_object_and_graphs_are_apart():
    g, other = Graph(), Graph()
    x, y = g.input("x", None), g.input("y", None)
    assert g.apply("+", x, y) is g.apply("+", y, x)
    assert g.apply("-", x, y) is not g.apply("-", y, x)
    assert g.const(0.0) is not g.const(-0.0)
    assert g.const(1.0) is not g.const(True)
    assert other.input("x", None) is not x


def test_arguments_come_before_their_users():
    g = Graph()
    x = g.input("x", None)
    root = g.apply("*", g.apply("exp", x), g.apply("+", g.apply("exp", x), 1.0))
    order = reachable([root])
    assert [e.op for e in order].count("exp") == 1
    assert all(order.index(a) < order.index(e) for e in order if e.op not in ("const", "input") for a in e.args)


# operators whose results are correctly rounded in both languages: the comparison can be exact
exact_trees = st.recursive(
    st.one_of(st.sampled_from(["x", "y"]), st.sampled_from(SPECIALS)),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["+", "-", "*", "/", "fmod"]), inner, inner),
        st.tuples(st.sampled_from(["neg", "abs", "sqrt", "floor", "sign", "round"]), inner),
        st.tuples(st.just("?"), st.tuples(st.sampled_from(["<", "<=", "==", "!="]), inner, inner), inner, inner),
    ),
    max_leaves=10,
)


@settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.lists(exact_trees, min_size=40, max_size=40))
def test_the_printed_text_means_the_tree(many):
    """Brackets, precedence and literals: Node computes from the text, bit for bit, what NumPy does from the tree."""
    g = Graph()
    roots = [build(g, t) for t in many]
    source = f"function f(x, y) {{\n{body([roots], {'x': 'x', 'y': 'y'}, {'x', 'y', 'f'})}\n}}\n"
    rows = ", ".join(f"[{literal(float(x))}, {literal(float(y))}]" for x, y in GRID)
    text = "(v) => (Object.is(v, -0) ? '-0' : String(v))"
    source = "".join(needed(source)) + source
    out = run_module(source + f"console.log([{rows}].map((r) => f(...r).map({text}).join()).join(';'))")
    got = np.array([[float(v) for v in line.split(",")] for line in out.strip().split(";")])
    assert same(got, evaluate(roots, COLUMNS)).all()


@pytest.mark.parametrize(
    "v", [0.1, -0.1, 1e-5, 1e300, 5e-324, 123456789.0, 1e15, 1e16, -0.0, math.pi, math.log(2), -math.e]
)
def test_literals_come_back_bit_for_bit(v):
    assert float(run_module(f"const v = {literal(v)}; console.log(Object.is(v, -0) ? '-0' : String(v))")) == v


def test_sums_are_not_regrouped():
    g = Graph()
    x, y, z = (g.input(n, None) for n in "xyz")
    right = g.apply("+", x, g.apply("+", y, z))
    assert body([right], {n: n for n in "xyz"}, set("xyz")) == "  return x + (y + z);"
    left = g.apply("-", g.apply("-", x, y), g.const(-2.0))
    assert body([left], {n: n for n in "xyz"}, set("xyz")) == "  return x - y - (-2);"


def test_every_operator_means_the_same_in_both_languages():
    arguments = {1: [0.3], 2: [2.0, 3.0], 3: [True, 1.0, 2.0]}
    calls, want = [], []
    for name, operator in OPERATORS.items():
        values = [True, False, True][: operator.arity] if name in LOGICAL else arguments[operator.arity]
        calls.append(operator.js.format(*(f"({literal(v)})" for v in values)))
        want.append(float(compute(name, *values)))
    source = "".join(needed(" ".join(calls))) + f"console.log([{', '.join(calls)}].map(Number).join())"
    np.testing.assert_allclose([float(v) for v in run_module(source).split(",")], want, rtol=1e-13)
