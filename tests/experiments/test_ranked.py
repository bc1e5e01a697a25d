"""Average precision beside scikit-learn's."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from lossbook.experiments import average_precision


@pytest.mark.parametrize("ties", [1, 7, 1000])
def test_it_is_scikit_learns(ties):
    rng = np.random.default_rng(ties)
    scores = rng.integers(0, ties, (5, 300)) / 7
    labels = (rng.random((5, 300)) < 0.1).astype(float)
    want = [average_precision_score(y, s) for y, s in zip(labels, scores, strict=True)]
    assert average_precision(scores, labels) == pytest.approx(want, abs=1e-12)
    assert average_precision(scores[0], labels[0]) == pytest.approx(want[0], abs=1e-12)


def test_the_ends():
    assert average_precision([0.1, 0.2, 0.9], [0, 0, 1]) == 1
    assert average_precision([0.5, 0.5, 0.5, 0.5], [0, 0, 1, 0]) == 0.25


@pytest.mark.parametrize(
    ("scores", "labels", "message"),
    [
        ([1.0, 2.0], [1.0], r"labels: got shape \(1,\) for scores \(2,\)"),
        (1.0, 1.0, r"want the same, \(S, n\) or \(n,\)"),
        ([np.nan, 1.0], [0, 1], "scores: got a value that is not finite"),
        ([0.0, 1.0], [0, 2], "labels: want 0 or 1 everywhere"),
        ([[0.0, 1.0], [1.0, 2.0]], [[0, 1], [0, 0]], "a row has no positive"),
    ],
)
def test_bad_values_say_what_is_wrong(scores, labels, message):
    with pytest.raises(ValueError, match=message):
        average_precision(scores, labels)
