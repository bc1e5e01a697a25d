"""The door of margin losses: scores against labels that are -1 or +1 and nothing else.

A label of 0 would make every margin 0, and its example would cost the same whatever the score: no error, no learning.
"""

import torch

from lossbook.losses import door

MARGIN = {"m": "margin, the label (-1 or +1) times the score"}
_CHUNK = 1 << 18  # labels looked at in one go


def signs(entry, input, target, reduction: str, given: dict):
    """Call an element-wise loss whose targets are labels of -1 or +1.

    Beyond what door.elementwise refuses, raises ValueError naming the first other label. On an accelerator the look
    at the labels waits for the device.
    """
    out = door.elementwise(entry, input, target, reduction, given)  # first: it refuses what is no array of numbers
    check_signs(door.to_torch(target, "target"))
    return out


def check_signs(target: torch.Tensor):
    """Raise ValueError naming the first element that is neither -1 nor +1. Tensors without data pass."""
    target = target.detach()
    try:
        good = target.is_meta or all(map(_are_signs, _pieces(target)))
    except RuntimeError as error:
        if "vmap" not in str(error):
            raise
        _Whole.apply(target)
        return
    if not good:
        bad = target[target.abs() != 1].flatten()[0].item()
        raise ValueError(f"target holds {bad:g}, want -1 or +1 only; labels y of 0 and 1 become 2 * y - 1")


def _pieces(target):
    return [target] if target.numel() <= _CHUNK or not target.is_contiguous() else target.view(-1).split(_CHUNK)


def _are_signs(target) -> bool:
    # t^2 - 1 is 0 or at least one unit of the last place, whose square does not underflow; NaN and inf are not 0
    off = torch.addcmul(-target.new_ones(()), target, target).reshape(-1)
    return torch.dot(off, off).item() == 0


class _Whole(torch.autograd.Function):
    """The look at the labels under vmap, where no single example may be looked at: its rule is given all of them."""

    @staticmethod
    def forward(target):
        check_signs(target)
        return target.new_zeros(())

    @staticmethod
    def setup_context(ctx, inputs, output):
        pass

    @staticmethod
    def vmap(info, in_dims, target):
        return _Whole.apply(target), None
