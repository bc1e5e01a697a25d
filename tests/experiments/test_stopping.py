"""Rules that end a run."""

import pytest

from lossbook.experiments import stop_at_plateau, stop_below, stop_by_patience

LOSSES = [1.0, 0.8, 0.7, 0.72, 0.71, 0.73, 0.69]


@pytest.mark.parametrize(("patience", "wanted"), [(1, (3, 2)), (3, (5, 2)), (4, (6, 6)), (99, (6, 6))])
def test_patience(patience, wanted):
    assert stop_by_patience(LOSSES, patience) == wanted
    assert stop_by_patience([-v for v in LOSSES], patience, larger=True) == wanted


def test_a_tie_is_no_new_best():
    assert stop_by_patience([1.0, 1.0, 1.0], 2) == (2, 0)


def test_plateau_and_level():
    assert stop_at_plateau([1.0, 0.5, 0.4995, 0.3], 1) == (2, 2)
    assert stop_at_plateau([1.0, 0.5, 0.4, 0.3], 2) == (3, 3)
    assert stop_at_plateau([1.0, 0.9, 0.8, 0.75], 1, least=0.08) == (3, 3)
    assert stop_below([1.0, 0.5, 0.1, 0.05], 0.5) == (2, 2)
    assert stop_below([1.0, 0.5], 0.1) == (1, 1)


@pytest.mark.parametrize("rule", [lambda v: stop_by_patience(v, 2), lambda v: stop_at_plateau(v, 2)])
@pytest.mark.parametrize("values", [[], [1.0, float("nan")]])
def test_what_was_not_recorded(rule, values):
    with pytest.raises(ValueError, match="values: got"):
        rule(values)


@pytest.mark.parametrize("rule", [stop_by_patience, stop_at_plateau])
def test_no_patience(rule):
    with pytest.raises(ValueError, match="patience: got 0"):
        rule(LOSSES, 0)
