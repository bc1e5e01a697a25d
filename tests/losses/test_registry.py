"""The registry, the docstrings and the displayed definition; and that importing the package stays cheap."""

import doctest
import importlib
import inspect
import pickle
import pkgutil
import subprocess
import sys

import pytest

import lossbook as lb
from lossbook import losses
from lossbook.losses import Parameter
from lossbook.losses.registry import source_of

MODULES = [m.name for m in pkgutil.walk_packages(losses.__path__, "lossbook.losses.")]


def test_names_and_families():
    assert losses.names()[:2] == ["mse", "huber"]
    assert losses.names("classification")[:2] == ["cross_entropy", "binary_cross_entropy_with_logits"]
    families = dict.fromkeys(r.family for r in losses.records())
    assert [name for family in families for name in losses.names(family)] == losses.names()
    assert [r.name for r in losses.records()] == losses.names()
    for name in losses.names():
        assert losses.get(name) is getattr(lb.losses, name)


@pytest.mark.parametrize(
    ("name", "near"),
    [("hubber", "huber"), ("Huber", "huber"), ("logcosh", "log_cosh"), ("crossentropy", "cross_entropy")],
)
def test_an_unknown_loss_lists_near_names(name, near):
    with pytest.raises(LookupError, match=f"no loss is called '{name}'; did you mean .*{near}"):
        losses.get(name)
    with pytest.raises(LookupError, match=near):
        lb.definition(name)
    with pytest.raises(AttributeError, match=f"has no '{name}'; did you mean .*{near}"):
        getattr(losses, name)


def test_an_unknown_loss_near_to_none_lists_all():
    with pytest.raises(LookupError, match="there are mse, huber"):
        losses.get("zzz")
    with pytest.raises(LookupError, match="no family is called 'regresion'; did you mean regression"):
        losses.names("regresion")


def test_displayed_definition_is_the_text_in_the_file():
    shown = lb.definition("quantile")
    bundle = shown._repr_mimebundle_()
    assert str(shown) == bundle["text/plain"] == losses.quantile.record.source
    assert bundle["text/markdown"] == f"```python\n{shown}```\n"
    assert str(shown).splitlines() == [
        "def quantile(input, target, *, q=0.5):",
        "    return q * F.relu(target - input) + (1 - q) * F.relu(input - target)",
    ]
    for name in losses.names():
        compile(str(lb.definition(name)), name, "exec")
        for line in str(lb.definition(name)).splitlines():
            assert line in inspect.getsource(inspect.getmodule(losses.get(name).definition))


def test_source_of_a_function_without_a_docstring():
    def plain(a):
        # a comment stays
        return a

    assert source_of(plain) == "def plain(a):\n    # a comment stays\n    return a\n"


@pytest.mark.parametrize("name", losses.names())
def test_public_function(name):
    fn = losses.get(name)
    parameters = inspect.signature(fn).parameters
    first = list(inspect.signature(fn.definition).parameters)
    sides = [side.name for side in fn.record.sides] or [first[0], "target"]
    reduction = [] if fn.record.sides and not fn.record.gives else ["reduction"]
    assert first[: len(sides)] == sides
    assert list(parameters) == [*sides, *(p.name for p in fn.record.parameters), *reduction]
    assert not reduction or parameters["reduction"].default == "mean"
    positional = [p.name for p in parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    of_function = bool(fn.record.sides) and fn.record.sides[0].kind == "function"  # two tensors follow it
    assert positional == sides[: 3 if of_function else 2]
    assert all(p.kind is p.KEYWORD_ONLY for p in parameters.values() if p.name not in positional)
    defaults = {p.name: p.default for p in inspect.signature(fn.definition).parameters.values()}
    for p in fn.record.parameters:
        assert parameters[p.name].default == p.default == defaults[p.name]
    assert pickle.loads(pickle.dumps(fn)) is fn
    for part in ("Shapes:", "Parameters:", "Raises:", "Mind:", "Source:", ">>>", ".. math::"):
        assert part in fn.__doc__
    assert fn.__doc__.splitlines()[0] == inspect.cleandoc(fn.definition.__doc__).splitlines()[0]


@pytest.mark.parametrize("module", ["lossbook.losses", *MODULES])
def test_examples_in_docstrings_run(module):
    results = doctest.testmod(importlib.import_module(module))
    assert results.failed == 0


def test_every_loss_has_an_example_that_runs():
    for name in losses.names():
        finder = doctest.DocTestFinder(recurse=False)
        (case,) = finder.find(losses.get(name), name, globs=vars(losses).copy())
        assert case.examples
        assert doctest.DocTestRunner(verbose=False).run(case).failed == 0


def test_a_record_answers_for_given_hyper_parameters():
    record = losses.general_robust.record
    assert record.at("convex") is True
    assert record.at("convex", alpha=0.5) is False
    assert record.at("lipschitz", alpha=1.0, c=0.5) == 2.0
    assert record.at("lipschitz", alpha=1.5) == float("inf")
    assert losses.mse.record.at("lipschitz") is None
    with pytest.raises(AttributeError):
        losses.mse.record.name = "other"


def test_ranges_in_words():
    assert Parameter("a", 1.0, "x.", low=0.0, open_low=True, open_high=True).range == "(0, inf)"
    assert Parameter("a", 1.0, "x.", low=0.0, high=1.0).range == "[0, 1]"
    assert Parameter("a", None, "x.", low=0.0).range == "None, or [0, inf]"
    assert Parameter("a", 3, "x.", integer=True).range == "any integer"


def test_importing_the_package_loads_no_torch():
    code = "import sys, lossbook; assert not {'torch', 'numpy', 'matplotlib'} & set(sys.modules); lossbook.__version__"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stderr == ""
    code = "import sys, lossbook as lb; lb.losses; assert 'torch' in sys.modules; print(len(lb.losses.names()))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert found.stdout.strip() == str(len(losses.names()))
