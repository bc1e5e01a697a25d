"""What a data set is made of: numbers, names, units, and where they come from."""

from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Data:
    """A table to learn from.

    Attributes:
        name: short name. description: one or two sentences.
        X: inputs, shape (n, d), float64. y: targets, shape (n,), float64, or int64 for classes.
        features: names of the d inputs. target: name of y.
        units: name -> unit, for the target and for the inputs that have one.
        license: terms of the table. source: where it was first published.
        classes: names of classes 0, 1, ..., empty for a regression.
    """

    name: str
    description: str
    X: np.ndarray
    y: np.ndarray
    features: tuple[str, ...]
    target: str
    units: dict[str, str]
    license: str
    source: str
    classes: tuple[str, ...] = ()

    @property
    def x(self) -> np.ndarray:
        """The only input, shape (n,); raises ValueError where there are several."""
        if self.X.shape[1] != 1:
            raise ValueError(f"x: {self.name} has {self.X.shape[1]} inputs, use X")
        return self.X[:, 0]

    @property
    def frame(self) -> pd.DataFrame:
        """Inputs and target as a table with named columns."""
        return pd.DataFrame(self.X, columns=list(self.features)).assign(**{self.target: self.y})

    def label(self, name: str) -> str:
        """``name`` with its unit, for an axis: "calls (10 millions)"."""
        if name != self.target and name not in self.features:
            raise ValueError(f"name: got {name!r}, want one of {', '.join((*self.features, self.target))}")
        return f"{name} ({self.units[name]})" if name in self.units else name

    def __repr__(self) -> str:
        n, d = self.X.shape
        return f"{self.name}: {n} rows, {d} input{'s' * (d > 1)}, target {self.label(self.target)}; {self.source}"
