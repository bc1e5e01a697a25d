"""Density matrices at the door: the states of quantum systems, real or complex."""

import torch

from lossbook.losses import door

_COMPLEX = (torch.complex64, torch.complex128)
_OFF = 0.01  # how far they may be off: so far they come when they were rounded to half precision


def check_dtype(value, name: str):
    """Raise TypeError unless the dtype is floating, complex64 or complex128."""
    if value.is_complex():
        if value.dtype not in _COMPLEX:
            raise TypeError(f"{name}: got {value.dtype}, want complex64 or complex128")
    else:
        door.check_floating(value, name)


def check_states(value, name: str):
    """Raise ValueError unless the matrices are finite, Hermitian, of trace 1, and have no negative eigenvalue."""
    value = value.to(torch.promote_types(value.dtype, torch.float32))
    skew = (value - value.mH).abs().max().item()  # NaN or infinite if one of the values is
    if not skew <= _OFF:
        if not bool(value.isfinite().all()):
            raise ValueError(
                f"{name}: holds values that are infinite or NaN, which have no eigenvalues; want finite ones"
            )
        raise ValueError(f"{name}: differs from its conjugate transpose by up to {skew:.3g}; want Hermitian matrices")
    off = (value.diagonal(dim1=-2, dim2=-1).real.sum(-1) - 1).abs().max().item()
    if off > _OFF:
        raise ValueError(f"{name}: traces are off 1 by up to {off:.3g}; want density matrices, of trace 1")
    # a Cholesky factorization exists if no eigenvalue is below -_OFF, and takes a tenth of the time of eigenvalues
    shifted = value.clone()
    shifted.diagonal(dim1=-2, dim2=-1).add_(_OFF)
    if torch.linalg.cholesky_ex(shifted).info.any():
        least = torch.linalg.eigvalsh(value).min().item()
        raise ValueError(f"{name}: has the eigenvalue {least:.3g}; want none below 0")
