"""Random splits of one data set, one for each seed, stacked so that all seeds train in one pass."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch

from lossbook.experiments.seeds import SPLITS, seed_list, stream


@dataclass(frozen=True)
class Splits:
    """One split for each of S seeds, as tensors: ``X_...`` (S, n, ...), ``y_...`` (S, n, ...).

    Rows of the validation or test part are there only when asked for (n = 0 otherwise). ``center`` and ``spread``,
    (S, 1, ...), are what the inputs were standardized with: 0 and 1 when they were not.
    """

    X_train: torch.Tensor
    y_train: torch.Tensor
    X_validation: torch.Tensor
    y_validation: torch.Tensor
    X_test: torch.Tensor
    y_test: torch.Tensor
    center: torch.Tensor
    spread: torch.Tensor


def split_stack(
    X,
    y,
    seeds: int | Iterable[int],
    *,
    train: int,
    validation: int = 0,
    test: int | None = None,
    standardize: bool = True,
    dtype: torch.dtype = torch.float32,
) -> Splits:
    """Shuffle the rows once per seed and cut them into training, validation and test rows.

    Args:
        X: inputs, shape (N, ...). y: targets, shape (N, ...); whole numbers stay whole (class indices).
        seeds: the seeds, or S for 0 to S - 1; the split of a seed does not depend on the others.
        train, validation, test: numbers of rows; ``test=None`` takes all that are left.
        standardize: subtract the mean and divide by the standard deviation of the *training* rows, feature by
            feature; a feature that is constant there is only centered.
        dtype: of the inputs, and of targets that are not whole numbers.

    Raises:
        ValueError: more rows asked for than there are, or X and y of different length.
    """
    X, y = np.asarray(X), np.asarray(y)
    if X.ndim < 1 or y.ndim < 1 or len(X) != len(y):
        raise ValueError(f"y: got shape {y.shape}, want one target for each of the rows of X, which has {X.shape}")
    left = len(X) - train - validation
    test = left if test is None else test
    if train < 1 or validation < 0 or not 0 <= test <= left:
        raise ValueError(
            f"train, validation, test: got {train}, {validation} and {test} rows, want at most {len(X)} in all"
        )
    orders = np.stack([stream(seed, SPLITS).permutation(len(X)) for seed in seed_list(seeds)])
    cuts = np.cumsum([train, validation, test])[:-1]
    rows = np.split(orders[:, : train + validation + test], cuts, axis=1)
    inputs = X.astype(float)
    center, spread = np.zeros((len(orders), 1)), np.ones((len(orders), 1))
    if standardize:
        first = inputs[rows[0]]
        center, spread = first.mean(axis=1, keepdims=True), first.std(axis=1, keepdims=True)
        spread = np.where(spread > 1e-12 * (1 + np.abs(center)), spread, 1.0)
    else:
        shape = (len(orders), 1) + (1,) * (X.ndim - 1)
        center, spread = center.reshape(shape), spread.reshape(shape)
    targets = torch.as_tensor(y, dtype=torch.int64 if y.dtype.kind in "iub" else dtype)
    parts = []
    for chosen in rows:
        parts += [torch.as_tensor((inputs[chosen] - center) / spread, dtype=dtype), targets[torch.as_tensor(chosen)]]
    return Splits(*parts, center=torch.as_tensor(center, dtype=dtype), spread=torch.as_tensor(spread, dtype=dtype))


def take(values: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """From each of S stacked data sets its own rows: values (S, N, ...), rows (S, B) -> (S, B, ...)."""
    if rows.ndim != 2 or len(rows) != len(values):
        raise ValueError(f"rows: got shape {tuple(rows.shape)}, want ({len(values)}, B)")
    which = torch.arange(len(values))[:, None]
    if values.is_contiguous() and rows.numel() and rows.min() >= 0 and rows.max() < values.shape[1]:
        flat = (rows + which * values.shape[1]).flatten()  # whole rows of one array are copied several times as fast
        return values.flatten(0, 1).index_select(0, flat).unflatten(0, rows.shape)
    return values[which, rows]
