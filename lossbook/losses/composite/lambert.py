"""Lambert's W function: the w of at least -1 that w e^w = x, with as many derivatives as are asked for."""

import math

import torch

BRANCH = -1 / math.e  # where W starts, at -1, with an infinite slope
# 1/e = near + rest, near a number of the dtype: x + near is exact close to the branch point
_NEAR = {
    torch.float64: (0.36787944117144233, -1.2428753672788363e-17),
    torch.float32: (0.3678794503211975, -9.149755188170102e-09),
}


def lambert_w(x):
    """W(x) of a float32 or float64 tensor; x of at least -1/e, where W is -1. NaN below.

    To a few units in the last place of 1 + |W|, and near x = 0 of W itself. Corless and others (1996), On the Lambert W
    Function, Advances in Computational Mathematics 5.
    """
    return _LambertW.apply(x)


class _LambertW(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x):
        return _solved(x)

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(output)
        ctx.save_for_forward(output)

    @staticmethod
    def backward(ctx, grad):
        return grad * _slope(*ctx.saved_tensors)

    @staticmethod
    def jvp(ctx, tangent):
        return tangent * _slope(*ctx.saved_tensors)


def _slope(w):
    return torch.exp(-w) / (1 + w)  # from (1 + w) e^w dw = dx


def _solved(x):
    # In u = 1 + w and z = x + 1/e the equation is  r(u) = (u + expm1(-u)) - z e^(1 - u) = 0.  Close to the branch point
    # z has all of its digits, and no difference of large numbers is left.
    near, rest = _NEAR[x.dtype]
    z = (x + near) + rest
    u = _start(x, z)
    for _ in range(2):
        # Halley's step for w e^w - x, with numerator and denominator over e^w: an error d becomes about d^3 / 10
        r = (u + torch.expm1(-u)) - z * torch.exp(1 - u)
        u = u - r / (u - 0.5 * (u + 1) * r / torch.where(u == 0, 1.0, u))
    w = u - 1
    return torch.where(x.abs() < 0.05, x * torch.exp(-w), w)  # one more turn of w = x e^(-w), for small ones


def _start(x, z):
    """1 + W, to 0.08: the first terms of the series in p = sqrt(2 e z), and away from it, of logarithms."""
    p = torch.sqrt(2 * math.e * z)
    close = p * (1 + p * (-1 / 3 + p * (11 / 72 - p * 43 / 540)))
    log = torch.log1p(torch.where(x < -0.25, 0.0, x))
    far = 1 + log * (1 - torch.log1p(log) / (2 + log))
    return torch.where(x < -0.25, close, far)
