"""Random losses, put together from torch operations: all compile, and agree with torch in value and gradient."""

import numpy as np
import torch
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from lossbook.javascript import compile_js

SHAPES = {"x": (), "y": (), "z": (3,)}

# operations with a bounded slope, so that a difference in the last digit stays one
ONE = {
    "abs": torch.abs,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "softplus": torch.nn.functional.softplus,
    "logsigmoid": torch.nn.functional.logsigmoid,
    "log1p": lambda a: torch.log1p(a * a),
    "root": lambda a: torch.sqrt(1 + a * a),
    "relu": torch.relu,
    "clamp": lambda a: torch.clamp(a, -1.0, 0.5),
    "erf": torch.erf,
    "sin": torch.sin,
    "cube": lambda a: torch.clamp(a, -2, 2) ** 3,
}
TWO = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": lambda a, b: torch.tanh(a) * b,
    "max": torch.maximum,
    "min": torch.minimum,
    "where": lambda a, b: torch.where(a < b, a, 0.5 * b),
    "ratio": lambda a, b: a / (1 + b.abs()),
    "logaddexp": torch.logaddexp,
}
FOLD = {
    "sum": lambda a: a.sum(),
    "mean": lambda a: a.mean(),
    "amax": lambda a: a.amax(),
    "logsumexp": lambda a: torch.logsumexp(a, 0),
    "last": lambda a: torch.log_softmax(a, 0)[2],
    "norm": lambda a: torch.linalg.vector_norm(a + 3),
}

vectors = st.recursive(
    st.just("z"),
    lambda inner: st.one_of(st.tuples(st.sampled_from(list(ONE)), inner), st.tuples(st.just("mul"), inner, inner)),
    max_leaves=3,
)
numbers = st.recursive(
    st.one_of(st.sampled_from(["x", "y"]), st.tuples(st.sampled_from(list(FOLD)), vectors)),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(list(ONE)), inner), st.tuples(st.sampled_from(list(TWO)), inner, inner)
    ),
    max_leaves=6,
)


def build(tree):
    def value(t, values):
        if isinstance(t, str):
            return values[t]
        fn = {1: {**ONE, **FOLD}, 2: TWO}[len(t) - 1][t[0]]
        return fn(*(value(part, values) for part in t[1:]))

    return lambda x, y, z: value(tree, {"x": x, "y": y, "z": z})


@settings(max_examples=4, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate], derandomize=True)
@given(st.lists(numbers, min_size=12, max_size=12), st.integers(0, 2**32 - 1))
def test_random_losses_compile_and_agree(in_node, trees, seed):
    draw = np.random.default_rng(seed)
    rows = [[float(v[0]), float(v[1]), v[2:].tolist()] for v in 2 * draw.standard_normal((20, 5))]
    jobs = [(compile_js(build(tree), wrt=("x", "z"), name=f"loss{k}", **SHAPES), rows) for k, tree in enumerate(trees)]
    for tree, got in zip(trees, in_node.call(*jobs), strict=True):
        for row, ours in zip(rows, got, strict=True):
            theirs = in_node.torch(build(tree), row, SHAPES, ("x", "z"))
            np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-13, err_msg=str(tree))
