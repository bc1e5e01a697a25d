"""What every loss accepts and refuses, and in which form the answer leaves.

Arrays come in as numpy and leave as numpy, tensors stay tensors; dtype and device are kept. float16 and bfloat16 are
computed and summed in float32 and rounded once, at the end: a sum of 100,000 ones does not fit in float16, their mean
does. Nothing is broadcast: a shape that does not match is an error, because (n, 1) against (n,) is silently (n, n).
"""

import numpy as np
import torch

REDUCTIONS = ("mean", "sum", "none")
_FULL = frozenset((torch.float32, torch.float64))
_HALF = frozenset((torch.float16, torch.bfloat16))
_ARRAYS = (torch.Tensor, np.ndarray)


def check_reduction(reduction):
    """Raise ValueError unless ``reduction`` is one of mean, sum, none."""
    if not isinstance(reduction, str) or reduction not in REDUCTIONS:
        raise ValueError(f"reduction: got {reduction!r}, want 'mean', 'sum' or 'none'")


def reduce(values: torch.Tensor, reduction: str) -> torch.Tensor:
    """The mean, the sum, or the values themselves. The mean of no values is NaN, their sum 0."""
    return values.mean() if reduction == "mean" else values.sum() if reduction == "sum" else values


def to_torch(value, name: str) -> torch.Tensor:
    """A numpy array as a tensor that shares its memory where it can; a tensor as it is.

    Raises TypeError for lists, plain numbers, masked arrays and whatever else is neither an array nor a tensor.
    """
    if isinstance(value, torch.Tensor):
        return value
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name}: got a masked array, whose mask would be lost; index with the mask first")
    if not isinstance(value, (np.ndarray, np.generic)):
        plain = isinstance(value, (int, float, list, tuple)) or hasattr(value, "__array__")
        hint = "; wrap it in numpy.asarray(...) or torch.tensor(...)" if plain else ""
        raise TypeError(f"{name}: got {type(value).__name__}, want a numpy array or a torch tensor{hint}")
    array = np.asarray(value)
    if not (array.dtype.isnative and array.flags.writeable and all(step >= 0 for step in array.strides)):
        array = np.array(array, dtype=array.dtype.newbyteorder("="), order="C")
    try:
        return torch.from_numpy(array)
    except TypeError as error:
        raise TypeError(f"{name}: got an array of {array.dtype}, want a floating dtype") from error


def both(input, target, first: str = "input") -> tuple[torch.Tensor, torch.Tensor, bool]:
    """Both sides as tensors, and whether they came as numpy. Raises TypeError when one is an array and one a tensor.

    first: what the loss calls its input, here and below.
    """
    pair = to_torch(input, first), to_torch(target, "target")
    kinds = [isinstance(side, torch.Tensor) for side in (input, target)]
    if kinds[0] != kinds[1]:
        names = ["a torch tensor" if kind else "a numpy array" for kind in kinds]
        raise TypeError(f"{first} is {names[0]} and target {names[1]}; pass two of a kind")
    return *pair, not kinds[0]


def settle(hyper: dict, input: torch.Tensor, numpy_in: bool) -> bool:
    """Turn array-valued hyper-parameters into tensors beside ``input``, in place; return whether any is a tensor.

    Raises TypeError for an array among tensors or a tensor among arrays, ValueError for another device.
    """
    symbolic = False
    for name, value in hyper.items():
        if isinstance(value, _ARRAYS):
            if numpy_in == isinstance(value, torch.Tensor):
                sides = "numpy arrays" if numpy_in else "torch tensors"
                raise TypeError(f"{name}: got {type(value).__name__} while input and target are {sides}")
            hyper[name] = value = to_torch(value, name)
            if value.ndim and value.device != input.device:
                raise ValueError(f"{name} is on {value.device} and input on {input.device}; move one of them")
            symbolic = True
    return symbolic


def check_floating(tensor: torch.Tensor, name: str):
    """Raise TypeError unless the tensor has a dtype that losses compute in."""
    if tensor.dtype not in _FULL and tensor.dtype not in _HALF:
        raise TypeError(
            f"{name}: got {tensor.dtype}, want float64, float32, float16 or bfloat16; "
            f"convert it first, with .double() for a tensor or .astype(float) for an array"
        )


def check_shapes(input: torch.Tensor, target: torch.Tensor, first: str = "input"):
    """Raise ValueError unless both sides have the same shape."""
    if input.shape != target.shape:
        raise ValueError(
            f"{first} has shape {tuple(input.shape)} and target {tuple(target.shape)}; "
            f"they must be equal, nothing is broadcast"
        )


def check_device(input: torch.Tensor, target: torch.Tensor, first: str = "input"):
    """Raise ValueError when the two sides live on different devices."""
    if input.device != target.device:
        raise ValueError(f"{first} is on {input.device} and target on {target.device}; move one of them")


def least(values):
    """The least value as a number; None if there is none to see."""
    if isinstance(values, torch.Tensor):
        if not values.is_floating_point() or not values.numel() or values.is_meta or torch.compiler.is_compiling():
            return None
        try:
            return values.detach().amin().item()
        except RuntimeError:  # a tensor without a value of its own
            return None
    if isinstance(values, (np.ndarray, np.generic)) and values.dtype.kind == "f" and values.size:
        return float(values.min())
    return None


def dtypes(input: torch.Tensor, target: torch.Tensor) -> tuple[torch.dtype, torch.dtype]:
    """(dtype of the answer, dtype to compute in): the wider of the two sides, and at least float32 to compute in."""
    dtype = input.dtype if input.dtype is target.dtype else torch.promote_types(input.dtype, target.dtype)
    return dtype, working(dtype)


def working(dtype: torch.dtype) -> torch.dtype:
    """The dtype to compute in: at least float32."""
    return torch.float32 if dtype in _HALF else dtype


def leave(out: torch.Tensor, dtype: torch.dtype, numpy_in: bool):
    """The answer in the dtype and the kind that came in; a 0-d answer to numpy is a numpy number."""
    if out.dtype is not dtype:
        out = out.to(dtype)
    return out.numpy()[()] if numpy_in else out


def elementwise(entry, input, target, reduction: str, given: dict):
    """Call a loss that has one value for each pair of elements, then reduce.

    entry: the loss (``fill``, ``defaults``, ``definition``, ``fused``). The fused kernel is used where there is one
    and every hyper-parameter is a plain number; else the definition, which takes tensors as well.
    """
    hyper = entry.fill(given) if given else entry.defaults
    if _plain(input, target, reduction) and entry.fused and not any(isinstance(v, _ARRAYS) for v in given.values()):
        return entry.fused(input, target, reduction, **hyper)
    input, target, numpy_in = both(input, target, entry.first)
    check_reduction(reduction)
    check_shapes(input, target, entry.first)
    check_floating(input, entry.first)
    check_floating(target, "target")
    check_device(input, target, entry.first)
    symbolic = settle(hyper, input, numpy_in) if given else False
    dtype, work = dtypes(input, target)
    input, target = input.to(work), target.to(work)
    if symbolic or entry.fused is None:
        check_broadcast(hyper, input)
        out = reduce(entry.definition(input, target, **hyper), reduction)
    else:
        out = entry.fused(input, target, reduction, **hyper)
    return leave(out, dtype, numpy_in)


def _plain(input, target, reduction) -> bool:
    """Whether there is nothing to refuse and nothing to convert: one look, for the calls of a training loop."""
    return (
        isinstance(input, torch.Tensor)
        and isinstance(target, torch.Tensor)
        and input.dtype is target.dtype
        and input.dtype in _FULL
        and input.shape == target.shape
        and input.device == target.device
        and type(reduction) is str
        and reduction in REDUCTIONS
    )


def check_broadcast(hyper: dict, input: torch.Tensor):
    """Raise ValueError when a weight does not fit the last axes of ``input``."""
    for name, value in hyper.items():
        if isinstance(value, torch.Tensor) and value.ndim:
            fits = value.ndim <= input.ndim and all(
                a in (1, b) for a, b in zip(value.shape[::-1], input.shape[::-1], strict=False)
            )
            if not fits:
                raise ValueError(
                    f"{name} has shape {tuple(value.shape)}, which does not fit the last axes of input, "
                    f"{tuple(input.shape)}"
                )
