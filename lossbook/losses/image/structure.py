"""What SSIM is made of: local means and variances of two pictures, and how unlike they are, without cancellation."""

import torch

from lossbook.losses.parameters import Parameter
from lossbook.losses.sides import Side


def _constant(name, default, meaning, symbol, slider):
    return Parameter(name, default, meaning, low=0.0, open_high=True, symbol=symbol, slider=slider)


def window_parameters():
    positive = {"low": 0.0, "open_low": True, "open_high": True}
    return [
        Parameter("window", 11, "Width of the window in pixels, odd.", low=1, integer=True),
        Parameter("sigma", 1.5, "Its standard deviation in pixels.", **positive, slider=(0.5, 3.0)),
        Parameter("data_range", 1.0, "The greatest pixel minus the least there can be.", **positive, symbol="L"),
        _constant("k1", 0.01, "Keeps dark regions from weighing too much.", "K_1", (0.001, 0.1)),
        _constant("k2", 0.03, "Keeps flat regions from weighing too much.", "K_2", (0.001, 0.1)),
    ]


def two_pictures():
    return [
        Side("x", "N C H W", "The pictures.", symbol="x"),
        Side("y", "N C H W", "What they are compared with.", symbol="y"),
    ]


def at_least(least):
    """A check that the window is odd and the pictures are at least ``least(window)`` high and wide"""

    def check(x, y, window, **_):
        if window % 2 == 0:
            raise ValueError(f"window: got {window}, want an odd number of pixels")
        size = least(window)
        if min(x.shape[-2:]) < size:
            raise ValueError(
                f"x has shape {tuple(x.shape)}; H and W must be at least {size} for a window of {window}, "
                "nothing is padded"
            )

    return check


def in_range(x, y, data_range, k1, k2):
    """(x, y, c1, c2) in units of the data range, and of the largest pixel where that is larger.

    SSIM is a ratio of squares, so a common factor changes nothing but whether the squares fit.
    """
    largest = torch.maximum(*(v.detach().abs().amax((1, 2, 3), keepdim=True) for v in (x, y)))
    factor = (largest / data_range).clamp(min=1)
    tiny = torch.finfo(x.dtype).tiny  # in place of a constant of 0: 0 / 0 in flat regions becomes 0
    constants = (((k / factor) ** 2).clamp(min=tiny) for k in (k1, k2))
    unit = data_range * factor
    return x / unit, y / unit, *constants


def moments(x, y, mean):
    """Squared local means of x + y and of x - y, and their local variances.

    With s = x + y and d = x - y, 2 (mean_x^2 + mean_y^2) = mean_s^2 + mean_d^2, and so for the variances: four averages
    do the work of five, and those of d are exactly 0 for equal pictures.
    """
    s, d = x + y, x - y
    squares = [mean(v).square() for v in (s, d)]
    variances = [(mean(v * v) - square).clamp(min=0) for v, square in zip((s, d), squares, strict=True)]
    return *squares, *variances


def luminance(of_sum, of_difference, c1):
    """1 - (2 mean_x mean_y + c1) / (mean_x^2 + mean_y^2 + c1), without cancellation"""
    return 2 * of_difference / (of_sum + of_difference + 2 * c1)


def structure(of_sum, of_difference, c2):
    """1 - (2 cov + c2) / (var_x + var_y + c2), without cancellation"""
    return 2 * of_difference / (of_sum + of_difference + 2 * c2)
