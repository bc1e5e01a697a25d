"""The Lovász extension of the Jaccard loss: from the errors of single pixels to the loss of a region."""

import torch

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
        order = errors.detach().argsort(dim=-1, descending=True, stable=True)
        right = region.gather(-1, order)
        missed = right.cumsum(-1, dtype=torch.float64)  # float32 counts up to 16 million only
        excess = torch.arange(1, errors.shape[-1] + 1, dtype=missed.dtype, device=missed.device) - missed
        added = _added(right, missed, excess, missed[..., -1:]).to(errors.dtype)
        weights = torch.zeros_like(errors).scatter(-1, order, added)
    return (errors * weights).sum(-1)
