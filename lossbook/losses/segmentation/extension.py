"""The Lovász extension of the Jaccard loss: from the errors of single pixels to the loss of a region."""

import torch

from lossbook.losses.chunks import wrapped

_LONG = 32768  # from where torch sorts integers by their digits
_GROUP = 65536  # pixels of short rows that are worked on together

# The errors of a region's pixels in falling order are weighed by what each adds to the Jaccard loss if that pixel and
# all before it are wrong. With P pixels in the region, of which m are wrong, and n wrong pixels beside it, the Jaccard
# loss is 1 - (P - m) / (P + n), so that
#     one more pixel of the region adds     1 / (P + n),
#     one more of the others adds           (P - m) / ((P + n - 1) (P + n)),   n counting it; 1 for P = 0 and n = 1.
# Differences of the Jaccard loss itself cancel: of a million pixels in float32, half are off by 3 percent and more.


def _added(region, missed, excess, size):
    """What a pixel adds, by whether it is in the region, m and n with itself counted, and P."""
    union = size + excess
    other = torch.where(union == 1, 1.0, (size - missed) / (union * torch.where(union == 1, 1.0, union - 1)))
    return torch.where(region > 0, 1 / union, other)


def extension(errors, region):
    """sum of errors times what they add, over the last axis: every pixel is compared with every other."""
    above, here = errors.detach().unsqueeze(-2), errors.detach().unsqueeze(-1)
    count = errors.shape[-1]
    earlier = torch.ones(count, count, dtype=torch.bool, device=errors.device).tril()
    before = (above > here) | ((above == here) & earlier)  # itself too
    missed = (before * region.unsqueeze(-2)).sum(-1)
    excess = (before * (1 - region).unsqueeze(-2)).sum(-1)
    return (errors * _added(region, missed, excess, region.sum(-1, keepdim=True))).sum(-1)


def sorted_extension(errors, region):
    """The same in n log n steps: the weights are constant, so no sort is differentiated."""
    with torch.no_grad():
        weights = _weights(errors.detach(), region)
    return (errors * weights).sum(-1)


def _weights(errors, region):
    """What each pixel adds."""
    order = falling(errors)
    right = region.gather(-1, order)
    counts = torch.float64 if errors.shape[-1] > 2**24 else errors.dtype  # float32 counts no further
    missed = right.cumsum(-1, dtype=counts)
    union = torch.arange(1, errors.shape[-1] + 1, dtype=counts, device=errors.device) - missed + missed[..., -1:]
    # as above, but for 1 / union: 1 for the region, (P - m) / (union - 1) for the others, 1 for the first
    share = (missed[..., -1:] - missed) / (union - 1).clamp(min=1) * (1 - right) + right
    share[..., :1] = 1.0
    return torch.zeros_like(errors).scatter(-1, order, (share / union).to(errors.dtype))


def extension_of(errors, scores, region, corner=False):
    """sorted_extension(errors(scores, region), region), some regions at a time; only the slope in the scores is kept.

    region: booleans. errors: a function whose slope in the scores is -1 for pixels of the region and 1 for the others,
    or 0 where the error is 0, if there is a corner.
    """
    if wrapped(scores, region) or not scores.numel():
        return _plain(errors, scores, region)
    return _Extension.apply(scores, region, errors, corner)


def _plain(errors, scores, region):
    region = region.to(scores.dtype)
    return sorted_extension(errors(scores, region), region)


class _Extension(torch.autograd.Function):
    @staticmethod
    def forward(ctx, scores, region, errors, corner):
        values, slopes = [], torch.empty_like(scores)
        for x, inside, slope in zip(*(_groups(v) for v in (scores, region, slopes)), strict=True):
            inside = inside.to(x.dtype)
            off = errors(x, inside)
            weights = _weights(off, inside)
            values.append((off * weights).sum(-1))
            torch.mul(weights, 1 - 2 * inside, out=slope)
            if corner:
                slope.mul_(off.sign())
        ctx.errors = errors
        ctx.save_for_backward(scores, region, slopes)
        return torch.cat(values).reshape(scores.shape[:-1])

    @staticmethod
    def backward(ctx, grad):
        scores, region, slopes = ctx.saved_tensors
        if torch.is_grad_enabled():
            _, pull = torch.func.vjp(lambda v: _plain(ctx.errors, v, region), scores)
            return *pull(grad), None, None, None
        return slopes * grad.unsqueeze(-1), None, None, None


def _groups(values):
    """The rows, some at a time."""
    rows = values.reshape(-1, values.shape[-1])
    return rows.split(max(1, _GROUP // rows.shape[1]))


def falling(errors):
    """The places of the errors, which are not negative, in falling order; of equal ones the earlier first.

    Read as integers, the bits of such numbers are in the same order, and torch sorts long rows of integers by their
    digits, in a fraction of the time. Shorter rows are put one after the other into one long row, with the number of
    the row as the leading digits.
    """
    count = errors.shape[-1]
    if not errors.is_cpu or errors.numel() < _LONG or (count < _LONG and errors.dtype is torch.float64):
        return errors.argsort(dim=-1, descending=True, stable=True)
    keys = -(errors + 0.0).view({torch.float32: torch.int32, torch.float64: torch.int64}[errors.dtype])  # no -0
    if count >= _LONG:
        places = [row.sort(stable=True).indices for row in keys.reshape(-1, count)]
        return torch.stack(places).reshape(errors.shape)
    places = []
    for group in _groups(keys):
        number = torch.arange(len(group)).unsqueeze(1)
        place = ((number << 32) + group).reshape(-1).sort(stable=True).indices
        places.append(place.reshape(group.shape) - count * number)
    return torch.cat(places).reshape(errors.shape)
