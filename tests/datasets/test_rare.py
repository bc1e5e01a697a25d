"""A rare class, and scenes with digits in them."""

import numpy as np
import pytest

from lossbook.datasets import digit_scenes, rare_class


def test_the_rare_class_is_where_it_should_be():
    X, y, truth = rare_class(3, share=0.2, n=20_000)
    assert X.shape == (3, 20_000, 10)
    assert np.array_equal(y, truth)
    assert y.mean() == pytest.approx(0.2, abs=0.01)
    assert X[y == 0].mean(axis=0) == pytest.approx(np.zeros(10), abs=0.03)
    rare = X[y == 1]
    assert np.abs(rare[:, 0]).mean() > 1.5
    assert rare.mean(axis=0) == pytest.approx([0, 1.6] + [0] * 8, abs=0.06)


def test_flipping_labels_changes_nothing_else():
    X, y, truth = rare_class([4], share=0.1)
    same, noisy, true = rare_class([4], share=0.1, flipped=0.2)
    assert np.array_equal(X, same)
    assert np.array_equal(truth, true)
    assert (noisy != y).mean() == pytest.approx(0.2, abs=0.02)


def test_a_seed_is_the_same_beside_others():
    assert np.array_equal(rare_class([2])[0][0], rare_class(3)[0][2])
    assert np.array_equal(digit_scenes([2], scenes=1)[0][0], digit_scenes(3, scenes=1)[0][2])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"share": 1.5}, "share: got 1.5"), ({"flipped": -1}, "flipped: got -1"), ({"d": 2}, "d: got 2")],
)
def test_rare_class_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError, match=message):
        rare_class(1, **arguments)


def test_windows_that_hold_a_digit():
    X, y = digit_scenes(2, scenes=5, noise=0.0)
    assert X.shape == (2, 441 * 5, 64)
    assert y.sum(axis=1).tolist() == [15, 15]
    ink = X.sum(axis=2)
    assert ink[y == 1].min() > 10  # a whole digit
    assert (X.max(axis=2) == 0).mean() > 0.5  # most windows are empty
    assert ((y == 0) & (ink > 1)).sum() > 30  # others hold parts


def test_held_out_scenes_are_others():
    X, _ = digit_scenes(1, scenes=2)
    other, y = digit_scenes(1, scenes=2, held_out=True)
    assert not np.isclose(X, other).any()
    assert y.sum() == 6


@pytest.mark.parametrize("arguments", [{"scenes": 0}, {"objects": 0}, {"objects": 10}])
def test_scenes_say_what_is_wrong(arguments):
    with pytest.raises(ValueError, match="scenes, objects: got"):
        digit_scenes(1, **arguments)
