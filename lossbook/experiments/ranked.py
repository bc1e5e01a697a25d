"""How well scores rank the examples of a rare class, for many seeds at once."""

import numpy as np


def average_precision(scores, labels) -> np.ndarray:
    """Average precision of each row: the mean, over the positives, of the precision at the score of that positive.

    A useless score has the share of positives as its average precision, a perfect one has 1. Examples with equal
    scores count as one step, so that the order of the rows does not matter.

    Args:
        scores: shape (S, n) or (n,), larger for "more likely positive"; finite.
        labels: the same shape, 1 for positive and 0 for negative; at least one positive in each row.

    Returns:
        shape (S,), or () for one row.

    Raises:
        ValueError: other shapes, a score that is not finite, a label that is neither 0 nor 1, a row without positives.

    Source: scikit-learn's ``average_precision_score`` gives the same numbers, one row at a time.
    """
    s, y = np.asarray(scores, dtype=float), np.asarray(labels, dtype=float)
    if s.shape != y.shape or s.ndim not in (1, 2):
        raise ValueError(f"labels: got shape {y.shape} for scores {s.shape}, want the same, (S, n) or (n,)")
    if not np.isfinite(s).all():
        raise ValueError("scores: got a value that is not finite")
    if not np.isin(y, (0.0, 1.0)).all():
        raise ValueError("labels: want 0 or 1 everywhere")
    order = np.argsort(-s, axis=-1, kind="stable")
    s, y = np.take_along_axis(s, order, -1), np.take_along_axis(y, order, -1)
    found = np.cumsum(y, axis=-1)
    if not (found[..., -1] > 0).all():
        raise ValueError("labels: a row has no positive, so nothing can be found in it")
    precision = found / np.arange(1, s.shape[-1] + 1)
    last = np.ones(s.shape, dtype=bool)  # the last of equal scores tells for all of them
    last[..., :-1] = s[..., :-1] != s[..., 1:]
    later = np.where(last, np.arange(s.shape[-1]), s.shape[-1])
    step = np.minimum.accumulate(later[..., ::-1], axis=-1)[..., ::-1]
    return np.sum(y * np.take_along_axis(precision, step, -1), axis=-1) / found[..., -1]
