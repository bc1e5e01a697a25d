"""What cannot be compiled is refused, with the cause, the place and the rewrite."""

import math
import random

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from lossbook.javascript import CannotCompile, compile_js


def branching(input, target):
    if input > target:
        return input - target
    return target - input


def looping(input, target):
    while (input - target).abs() > 1:
        input = input / 2
    return input


def either(input, target):
    return (input > 0 and target) * input


def outside_numpy(input, target):
    return torch.as_tensor(np.abs(input.detach().numpy() - 1.0)) * target


def in_place_list(input, target):
    return torch.tensor(input.tolist()) * target


def randomly(input, target):
    return (input - target) * torch.rand(())


def randomly_in_python(input, target):
    return (input - target) * random.random()


def with_state(input, target, seen=[]):  # noqa: B006
    seen.append(1)
    return (input - target) * len(seen)


REFUSED = {
    "if": (branching, ["torch.where", "if input > target:", "line"]),
    "while": (looping, ["torch.where", "while"]),
    "and": (either, ["torch.where"]),
    "max": (lambda input, target: max(input, target), ["torch.maximum", "max(input, target)"]),
    "item": (lambda input, target: input * target.item(), [".item()", "keep it a tensor"]),
    "float": (lambda input, target: input * float(target), ["float(target)", "keep it a tensor"]),
    "math": (lambda input, target: input * math.log(target), ["torch.log", "math.log(target)"]),
    "numpy function": (lambda input, target: np.abs(input - target), ["NumPy", "torch function of the same name"]),
    "numpy inside": (outside_numpy, ["out of torch", "stay in torch"]),
    "list": (in_place_list, ["stay in torch"]),
    "random": (randomly, ["random numbers", "aten.rand", "argument"]),
    "random in Python": (randomly_in_python, ["does not reproduce", "random"]),
    "state": (with_state, ["keep state"]),
    "sort": (lambda input, target: torch.stack([input, target]).sort().values[0], ["aten.sort", "torch.maximum"]),
    "median": (lambda input, target: torch.stack([input, target]).median(), ["aten.median", "simpler"]),
    "mask": (lambda input, target: input.reshape(1)[input.reshape(1) > 0].sum(), ["torch.gather"]),
    "complex": (lambda input, target: torch.complex(input, target).abs(), ["complex"]),
    "half": (lambda input, target: (input - target).half().float().double(), ["float16", "float64"]),
    "float result": (lambda input, target: 1.0, ["a float, not a tensor"]),
    "no result": (lambda input, target: None, ["NoneType", "return one number"]),
    "vector result": (lambda input, target: torch.stack([input, target]), ["(2,)", ".mean() or .sum()"]),
    "integer result": (lambda input, target: (input > target).long(), ["torch.int64", "floating-point"]),
    "error inside": (lambda input, target: input @ target, ["RuntimeError", "input @ target"]),
}


@pytest.mark.parametrize("case", REFUSED)
def test_the_refusal_names_cause_and_cure(case):
    fn, says = REFUSED[case]
    with pytest.raises(CannotCompile) as caught:
        compile_js(fn, wrt="input", name="sample", input=(), target=())
    message = str(caught.value)
    assert message.startswith("sample cannot be compiled to JavaScript: ")
    for words in says:
        assert words in message.replace("do not reproduce", "does not reproduce"), message
    assert "\n" not in message
    assert message.endswith(".")
    assert not message.endswith("..")


def huber(input, target, *, delta=1.0):
    a = (input - target).abs()
    return torch.where(a <= delta, 0.5 * a * a, delta * (a - 0.5 * delta))


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"wrt": "input", "input": (), "target": (), "tau": ()}, ["'tau' is not an argument", "input, target, delta"]),
        ({"wrt": "input", "input": ()}, ["'target' has no shape", "target=()"]),
        ({"wrt": "delta", "input": (), "target": ()}, ["wrt names 'delta'", "input, target"]),
        ({"wrt": ("input", "input"), "input": (), "target": ()}, ["twice"]),
        ({"wrt": "target", "input": (), "target": "index"}, ["integer", "no derivative"]),
        ({"wrt": "input", "input": "scalar", "target": ()}, ["shape of input", "'scalar'", '"index"']),
        ({"wrt": "input", "input": (0,), "target": ()}, ["shape of input", "(0,)"]),
        ({"wrt": "input", "input": (2.0,), "target": ()}, ["shape of input"]),
        ({"wrt": "input", "input": (20, 20), "target": ()}, ["400 numbers", "limit is 256", "loop in JavaScript"]),
        ({"wrt": "input"}, ["shape of each argument"]),
    ],
)
def test_wrong_arguments_are_named(options, says):
    with pytest.raises(CannotCompile) as caught:
        compile_js(huber, **options)
    for words in says:
        assert words in str(caught.value)


def test_too_many_operations():
    def product(x):
        return ((x @ x) @ (x @ x)).logsumexp(0).sum()

    with pytest.raises(CannotCompile, match="20,000 scalar operations"):
        compile_js(product, wrt="x", x=(16, 16))


def test_what_is_no_function_and_what_is_no_name():
    with pytest.raises(TypeError, match="fn must be a function, got str"):
        compile_js("huber", wrt="input", input=())
    with pytest.raises(ValueError, match="JavaScript identifier"):
        compile_js(huber, wrt="input", name="my loss", input=(), target=())


def test_options_that_torch_wants_as_numbers():
    with pytest.raises(CannotCompile, match=r"functools\.partial"):
        compile_js(F.huber_loss, wrt="input", input=(), target=(), delta=())


def test_refusals_are_value_errors_and_keep_torchs_own():
    with pytest.raises(ValueError, match=r"torch\.where") as caught:
        compile_js(branching, wrt="input", input=(), target=())
    assert isinstance(caught.value.__cause__, RuntimeError)


def checked(input, delta):
    if delta <= 0:
        raise ValueError("delta must be positive")
    if not torch.all(delta > 0):
        raise ValueError("delta must be positive")
    assert delta > 0
    return delta * input


def test_checks_that_raise_are_taken_as_passed(in_node):
    (got,) = in_node.call((compile_js(checked, wrt="input", input=(), delta=()), [[3.0, 2.0]]))
    assert got.tolist() == [[6.0, 2.0]]


def one_sided(input, target):
    if not input > 0:
        return input * 2
    return input * target


def test_an_if_that_does_not_raise_is_no_check():
    with pytest.raises(CannotCompile, match=r"torch\.where"):
        compile_js(one_sided, wrt="input", input=(), target=())
