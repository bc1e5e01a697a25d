"""What each tensor of a call is: numbers that move, labels, a mask; and between which values it may go."""

import math
from dataclasses import dataclass

import torch

INTEGERS = frozenset((torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8))
HALF = frozenset((torch.float16, torch.bfloat16))
MASKS = ("mask", "pad", "valid", "keep", "ignore")  # parts of a mask's name; other booleans are answers
FINE = 256  # shares in 256ths are exact in bfloat16, and add up to 1 there


@dataclass(frozen=True)
class Role:
    """One argument of a call.

    name: of the argument. kind: "real", "distribution" (shares that add up to 1 along ``axis``), "density" (see the
    sides of the registry), "labels", "signs", "yes_no", "whole" (grades, counts), "mask", "function", or "none".
    low, high: its values lie between them; open: and reach neither of them. sample: the first axis counts samples.
    free: labels that may be any integers. own: the record makes its examples by a rule of its own: a negative factor
    may leave what is legal.
    """

    name: str
    kind: str
    low: float = -math.inf
    high: float = math.inf
    open: bool = False
    sample: bool = False
    free: bool = False
    own: bool = False
    axis: int = -1

    @property
    def moves(self) -> bool:
        """Whether it holds numbers that a loss may be differentiated in."""
        return self.kind in ("real", "distribution", "density")

    @property
    def unbounded(self) -> bool:
        return self.kind == "real" and math.isinf(self.low) and math.isinf(self.high) and not self.own

    def scaled(self, x: torch.Tensor, factor: float) -> torch.Tensor | None:
        """``x`` stretched by ``factor`` from its least legal value (from 0 without one), kept legal; None if it cannot.

        Shares become more alike below 1, and more certain above; so do states, which have no factor above 1.
        """
        if self.kind == "density":
            mixed = torch.eye(x.shape[-1], dtype=x.dtype) / x.shape[-1]
            return mixed + factor * (x - mixed) if factor <= 1 else None
        if self.kind == "distribution":
            return torch.softmax(factor * x.clamp(min=1e-300).log(), self.axis)
        if math.isinf(self.low):
            y = factor * x
        else:
            if self.open and not factor:
                return None
            y = self.low + factor * (x - self.low)
        if math.isinf(self.high):
            return y
        edge = 1e-6 * (self.high - self.low) if self.open and math.isfinite(self.low) else 0.0
        return y.clamp(max=self.high - edge)

    def typed(self, x, dtype: torch.dtype):
        """``x`` in ``dtype`` where it holds floating numbers, else as it is (labels, masks, functions)."""
        if not (isinstance(x, torch.Tensor) and x.is_floating_point()):
            return x
        shares = self.kind == "distribution" and dtype in HALF
        return (_in_parts(x, self.axis) if shares else x).to(dtype, copy=True)


def _in_parts(shares: torch.Tensor, axis: int) -> torch.Tensor:
    """Shares rounded to 256ths that still add up to 1: what is missing goes to the largest."""
    parts = (shares.double() * FINE).floor()
    return parts.scatter_add(axis, parts.argmax(axis, keepdim=True), FINE - parts.sum(axis, keepdim=True)) / FINE


def _axis_of_shares(value: torch.Tensor) -> int | None:
    """The axis along which the numbers are shares that add up to 1: the last or that of classes, 1; None if neither."""
    if value.ndim < 2 or not value.numel() or value.min() < 0:
        return None
    near = 1e-6 if value.dtype is torch.float64 else 1e-3
    axes = (axis for axis in (-1, 1) if value.shape[axis] > 1)
    return next((axis for axis in axes if bool(((value.sum(axis) - 1).abs() < near).all())), None)


def role_of_side(side, value, sample: bool) -> Role:
    """The role that a side of a record states."""
    if value is None:
        return Role(side.name, "none")
    kind = side.kind
    if kind == "distribution":
        return Role(side.name, kind, 0.0, 1.0, sample=sample)
    # the bound above is never open in a record; open matters for the one below
    bounds = (side.low, side.high, side.open_low) if kind == "real" else ()
    if kind == "real" and side.example is not None and math.isinf(side.low):  # what check= wants shows in the example
        axis = _axis_of_shares(value)
        if axis is not None:
            return Role(side.name, "distribution", 0.0, 1.0, sample=sample, axis=axis)
        if value.numel() and value.min() >= 0 and value.max() <= 1:
            bounds = 0.0, 1.0
    return Role(side.name, kind, *bounds, sample=sample, free=not side.below, own=side.example is not None)


def role_of_value(name: str, value, sample: bool, first: bool) -> Role:
    """The role that an example value looks like. The first tensor is always one that moves."""
    if value is None:
        return Role(name, "none")
    if not isinstance(value, torch.Tensor):
        return Role(name, "function")
    if value.dtype is torch.bool:
        return Role(name, "mask" if any(part in name.lower() for part in MASKS) else "yes_no", sample=sample)
    if value.dtype in INTEGERS:
        return Role(name, "labels", sample=sample, free=True)
    found = set(value.unique()[:3].tolist())
    if not first and found in ({0.0, 1.0}, {-1.0, 1.0}):
        return Role(name, "yes_no" if 0.0 in found else "signs", sample=sample)
    if not first and bool((value == value.round()).all()):
        return Role(name, "whole", sample=sample)
    low, high = (float(value.min()), float(value.max())) if value.numel() else (-1.0, 1.0)
    axis = _axis_of_shares(value)
    if axis is not None:
        return Role(name, "distribution", 0.0, 1.0, sample=sample, axis=axis)
    if low > 0:
        return Role(name, "real", 0.0, 1.0 if high < 1 else math.inf, open=True, sample=sample)
    return Role(name, "real", 0.0 if low == 0 and high > 0 else -math.inf, sample=sample)
