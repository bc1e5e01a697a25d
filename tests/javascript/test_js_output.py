"""The text of compiled losses: safe names, documentation, the same bytes every time; and the object that holds it."""

import functools
import json
import os
import pickle
import subprocess
import sys
import threading

import pytest
import torch
import torch.nn.functional as F

from lossbook.javascript import Compiled, compile_js, module, run_module
from lossbook.javascript.names import RESERVED, fresh, safe


def huber(input, target, *, delta=1.0):
    a = (input - target).abs()
    return torch.where(a <= delta, 0.5 * a * a, delta * (a - 0.5 * delta))


def compiled_huber(**options):
    return compile_js(huber, wrt="input", input=(), target=(), delta=(), **options)


def test_the_text_is_readable():
    value = compiled_huber().value_source
    assert value == (
        "/**\n"
        " * The loss `huber`, compiled from its PyTorch definition.\n"
        " * @param {number} input\n"
        " * @param {number} target\n"
        " * @param {number} delta\n"
        " * @returns {number} the value\n"
        " */\n"
        "function huber(input, target, delta) {\n"
        "  const abs = Math.abs(input - target);\n"
        "  return abs <= delta ? 0.5 * abs * abs : delta * (abs - 0.5 * delta);\n"
        "}\n"
    )


def test_arguments_and_results_are_documented():
    compiled = compile_js(F.cross_entropy, wrt="input", input=(3,), target="index")
    assert "@param {ArrayLike<number>} input - 3 numbers" in compiled.gradient_source
    assert "@param {number} target - an integer" in compiled.gradient_source
    assert "@returns {[number, number[]]} [value, d value / d input]" in compiled.gradient_source
    matrix = compile_js(lambda m: m.sum(), wrt="m", name="total", m=(2, 3))
    assert "2 x 3 numbers, row by row" in matrix.value_source


def test_gradients_come_in_the_order_of_wrt_and_flat(in_node):
    def product(a, b, m):
        return a * b * m.sum()

    compiled = compile_js(product, wrt=("m", "b", "a"), a=(), b=(), m=(2, 2))
    got = json.loads(run_module(compiled.esm() + "console.log(JSON.stringify(product_grad(2, 3, [1, 2, 3, 4])))"))
    assert got == [60, [6, 6, 6, 6], 20, 30]


def test_typed_arrays_and_defaults():
    compiled = compile_js(huber, wrt="input", input=(), target=())
    assert compiled.parameters == ("input", "target")
    assert run_module(compiled.esm() + "console.log(huber(3, 0))") == "2.5\n"
    total = compile_js(lambda m: (m * m).sum(), wrt="m", name="total", m=(3,))
    assert run_module(total.esm() + "console.log(total(new Float64Array([1, 2, 3])))") == "14\n"


def test_reserved_words_are_renamed():
    scope = {}
    words = ["new", "default", "delete", "function", "var", "this", "Math", "NaN", "arguments", "eval", "typeof"]
    exec(f"def switch({', '.join(words)}):\n  return {' + '.join(words)}", scope)
    compiled = compile_js(scope["switch"], wrt=("new", "Math"), **dict.fromkeys(words, ()))
    assert compiled.name == "switch_"
    numbers = ", ".join(map(str, range(len(words))))
    out = run_module(compiled.esm() + f"console.log(JSON.stringify(switch__grad({numbers})))")
    assert json.loads(out) == [sum(range(len(words))), 1, 1]
    assert "default_ (`default` in Python)" in compiled.value_source


def test_arguments_never_meet_temporaries(in_node):
    def diff(abs, diff2, diff, within):  # names that the printer likes, the function's own among them
        r = (abs - diff2) * (diff - within)
        return r * r + torch.exp(r) + (abs - diff2).abs()

    shapes = dict.fromkeys(("abs", "diff2", "diff", "within"), ())
    (got,) = in_node.call((compile_js(diff, wrt="abs", **shapes), [[1.0, 0.5, 2.0, 1.0]]))
    want = in_node.torch(diff, [1.0, 0.5, 2.0, 1.0], shapes, ("abs",))
    assert got[0] == pytest.approx(want, rel=1e-15)


def test_an_argument_named_like_another_renamed_one():
    scope = {}
    exec("def f(var, var_):\n  return var - var_", scope)
    compiled = compile_js(scope["f"], wrt="var", var=(), var_=())
    assert run_module(compiled.esm() + "console.log(f(5, 2))") == "3\n"


def test_safe_and_fresh_names():
    assert safe("in") == "in_"
    assert safe("in", {"in_"}) == "in__"
    assert safe("delta") == "delta"
    taken = {"abs"}
    assert [fresh("abs", taken), fresh("abs", taken), fresh("new", taken)] == ["abs2", "abs3", "new2"]
    assert {"await", "enum", "yield", "let", "static", "null"} <= RESERVED


def test_names_of_functions_without_one():
    assert compile_js(lambda x: x * x, wrt="x", x=()).name == "loss"
    assert compile_js(functools.partial(F.huber_loss, delta=2.0), wrt="input", input=(), target=()).name == "huber_loss"
    assert compile_js(torch.nn.HuberLoss(), wrt="input", input=(), target=()).name == "huberloss"
    assert compile_js(torch.func.grad(huber), wrt="input", input=(), target=()).name == "huber"
    assert compiled_huber(name="bent").gradient_source.count("function bent_grad(") == 1


PROGRAM = """
import torch, torch.nn.functional as F
from lossbook.javascript import compile_js
print(compile_js(F.triplet_margin_loss, wrt="anchor", anchor=(3,), positive=(3,), negative=(3,)).esm())
print(compile_js(lambda x: torch.lgamma(x) * torch.erf(x), wrt="x", name="special", x=()).esm())
"""


def test_the_same_bytes_in_every_process():
    texts = set()
    for seed in ("0", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "LOSSBOOK_CACHE": "off"}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True, check=True
        )
        texts.add(done.stdout)
    assert len(texts) == 1
    assert "triplet_margin_loss_grad" in texts.pop()


def test_threads_compile_beside_each_other():
    alone = compiled_huber()
    entropy = compile_js(F.cross_entropy, wrt="input", input=(4,), target="index")
    results = {}

    def work(k):
        results[k] = compiled_huber() if k % 2 else compile_js(F.cross_entropy, wrt="input", input=(4,), target="index")

    threads = [threading.Thread(target=work, args=(k,)) for k in range(6)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert all(results[k] == (alone if k % 2 else entropy) for k in range(6))


def test_it_pickles_and_goes_through_json():
    compiled = compile_js(F.cross_entropy, wrt="input", input=(3,), target="index")
    assert pickle.loads(pickle.dumps(compiled)) == compiled
    assert Compiled.from_dict(json.loads(json.dumps(compiled.as_dict()))) == compiled
    assert compiled._repr_markdown_().startswith("```js\n")
    with pytest.raises(TypeError, match="dict"):
        Compiled.from_dict("text")
    with pytest.raises(TypeError):
        Compiled.from_dict({"name": "x"})


def test_one_module_for_several_losses():
    one = compile_js(lambda x: torch.erf(x), wrt="x", name="one", x=())
    two = compile_js(lambda x: torch.erf(2 * x), wrt="x", name="two", x=())
    text = module(one, two)
    assert text.count("function $erf(") == 1
    assert [line.split("(")[0] for line in text.splitlines() if line.startswith("export")] == [
        f"export function {name}" for name in ("one", "one_grad", "two", "two_grad")
    ]
    with pytest.raises(ValueError, match="'one'"):
        module(one, one)


def test_a_module_that_fails_says_so():
    with pytest.raises(RuntimeError, match="ReferenceError"):
        run_module("missing()")
