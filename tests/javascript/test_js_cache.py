"""The disk cache: what is found again, what must not be, and that damage is harmless."""

import json
import subprocess
import sys
import types

import numpy as np
import pytest
import torch

from lossbook.javascript import cache, compile_js
from lossbook.javascript.fingerprint import Unknown, fingerprint

SCALE = 2.0
TABLE = torch.tensor([1.0, 2.0])


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LOSSBOOK_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def entries(home):
    return sorted(home.glob("*.json")) if home.exists() else []


def square(input, target):
    return SCALE * (input - target) ** 2


def through_helper(input, target):
    return square(input, target) + TABLE.sum()


def of(fn, **options):
    return compile_js(fn, **{"wrt": "input", "input": (), "target": (), **options})


@pytest.fixture
def compilations(monkeypatch):
    """How many times the compiler really ran."""
    from lossbook.javascript import compile as front

    runs, real = [], front._compile
    monkeypatch.setattr(front, "_compile", lambda *a: runs.append(a[1]) or real(*a))
    return runs


def test_the_second_time_is_read_from_disk(home, compilations):
    first, second = of(square), of(square)
    assert first == second
    assert compilations == ["square"]
    assert len(entries(home)) == 1
    assert [p.suffix for p in home.iterdir()] == [".json"]


def test_another_name_shape_or_wrt_is_another_entry(home, compilations):
    of(square)
    of(square, name="other")
    of(square, wrt="target")
    of(lambda input, target: ((input - target) ** 2).sum(), name="square", input=(2,), target=(2,))
    assert len(compilations) == len(entries(home)) == 4


def make(scale, helper=None, table=None):
    def loss(input, target):
        r = input - target if helper is None else helper(input, target)
        return scale * r * r * (1.0 if table is None else table.sum())

    return loss


def test_a_closed_over_value_that_changes_misses(home, compilations):
    assert of(make(2.0)) != of(make(3.0))
    assert of(make(2.0)) == of(make(2.0))
    assert of(make(0.0)).value_source != of(make(-1.0)).value_source
    of(make(2.0, table=torch.tensor([1.0])))
    of(make(2.0, table=torch.tensor([2.0])))
    of(make(2.0, helper=lambda a, b: a - b))
    of(make(2.0, helper=lambda a, b: a + b))
    assert len(compilations) == 8


def test_a_global_that_changes_misses(home, compilations, monkeypatch):
    before = of(through_helper)
    monkeypatch.setattr(sys.modules[__name__], "SCALE", 5.0)
    after = of(through_helper)
    assert len(compilations) == 2
    assert "5 *" in after.value_source
    assert "5 *" not in before.value_source


def test_defaults_and_attributes_count():
    def loss(input, target, *, delta=1.0):
        return delta * (input - target)

    prints = {fingerprint(loss)}
    loss.__kwdefaults__ = {"delta": 2.0}
    prints.add(fingerprint(loss))
    loss.note = "x"
    prints.add(fingerprint(loss))
    assert len(prints) == 3


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, 1.0), (1, True), (0.0, -0.0), ((1, 2), [1, 2]), ({"a": 1}, {"a": 2}), ({1, 2}, {1, 3}), ("a", b"a")],
)
def test_values_that_are_equal_but_not_the_same(one, other):
    assert fingerprint(make(one)) != fingerprint(make(other))
    assert fingerprint(make(one)) == fingerprint(make(one))


def test_numpy_numbers_count_as_numbers():
    assert fingerprint(make(np.float64(2.0))) == fingerprint(make(np.float64(2.0)))
    assert fingerprint(make(np.float64(2.0))) != fingerprint(make(np.float64(3.0)))


def test_lambdas_on_one_line_are_apart():
    one, other = (lambda input, target: input - target), (lambda input, target: target - input)
    assert fingerprint(one) != fingerprint(other)


def test_derivatives_follow_their_function():
    assert fingerprint(torch.func.grad(make(2.0))) != fingerprint(torch.func.grad(make(3.0)))
    assert fingerprint(torch.func.grad(make(2.0))) != fingerprint(make(2.0))


def test_recursion_ends():
    def loss(input, target, depth=2):
        return input - target if depth == 0 else loss(input, target, depth - 1)

    assert fingerprint(loss) == fingerprint(loss)


class Settings:
    delta = 1.0


SETTINGS = Settings()
OWN_MODULE = types.ModuleType("settings_of_mine")
OWN_MODULE.delta = 1.0


@pytest.mark.parametrize(
    "loss",
    [
        lambda input, target: SETTINGS.delta * (input - target),
        lambda input, target: Settings.delta * (input - target),
        lambda input, target: OWN_MODULE.delta * (input - target),
        lambda input, target: globals()["SCALE"] * (input - target),
        lambda input, target: eval("SCALE") * (input - target),
        lambda input, target: __import__("json") and input - target,
        torch.nn.HuberLoss(),
    ],
)
def test_what_cannot_be_told_is_compiled_every_time(loss, home, compilations):
    with pytest.raises(Unknown):
        fingerprint(loss)
    of(loss)
    of(loss)
    assert len(compilations) == 2
    assert entries(home) == []


@pytest.mark.parametrize("damage", ["", "{", "[]", "null", '{"digest": "x", "compiled": {}}', "cut", "changed"])
def test_a_damaged_entry_is_ignored_and_replaced(damage, home, compilations):
    whole = of(square)
    (entry,) = entries(home)
    text = entry.read_text()
    entry.write_text(
        {"cut": text[:-30], "changed": text.replace("Math", "Meth").replace("input", "inputs")}.get(damage, damage)
    )
    assert of(square) == whole
    assert len(compilations) == 2
    assert entry.read_text() == text


def test_it_can_be_switched_off(monkeypatch, tmp_path, compilations):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("LOSSBOOK_CACHE", "off")
    of(square)
    of(square)
    assert len(compilations) == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="the folder of Linux")
def test_the_users_cache_folder(monkeypatch, tmp_path):
    monkeypatch.delenv("LOSSBOOK_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    of(square)
    assert len(entries(tmp_path / "lossbook" / "javascript")) == 1


def test_a_folder_that_cannot_be_written_is_no_error(monkeypatch, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    monkeypatch.setenv("LOSSBOOK_CACHE", str(blocked / "cache"))
    assert of(square).name == "square"


def test_the_oldest_entries_go(home, monkeypatch):
    monkeypatch.setattr(cache, "MAX_ENTRIES", 4)
    for k in range(5):
        of(square, name=f"loss{k}")
    assert len(entries(home)) == 2


def test_a_warm_compilation_does_not_load_the_recorder(home):
    program = (
        "import sys, torch\n"
        "from lossbook.javascript import compile_js\n"
        "compile_js(torch.nn.functional.huber_loss, wrt='input', input=(), target=())\n"
        "print('lossbook.javascript.trace' in sys.modules)"
    )
    said = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout for _ in "ab"
    ]
    assert said == ["True\n", "False\n"]


def test_entries_are_plain_json(home):
    compiled = of(square)
    stored = json.loads(entries(home)[0].read_text())
    assert stored["compiled"]["value_source"] == compiled.value_source


def test_the_compiler_and_torch_are_part_of_the_key(monkeypatch):
    shapes = {"input": (), "target": ()}
    keys = {cache.key(square, "square", ("input",), shapes)}
    monkeypatch.setattr(cache, "_compiler", lambda: "another version")
    keys.add(cache.key(square, "square", ("input",), shapes))
    monkeypatch.setattr(cache, "_torch", lambda: "another torch")
    keys.add(cache.key(square, "square", ("input",), shapes))
    assert len(keys) == 3
