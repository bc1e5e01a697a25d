"""Numbers rounded to what is known, so that they read well and reproduce on another processor.

The half width of the interval keeps two significant digits and the mean gets the same decimals. A number without
spread keeps four significant digits. What is smaller than a thousandth of a tiny threshold (or than 1e-12) is
rounding noise and is shown as 0.
"""

import math

NOISE = 1e-12
EXACT_DIGITS = 4
MOST_DIGITS = 8


def rounded(mean: float, low: float, high: float, threshold=None) -> tuple[str, str, str]:
    """Texts of mean, low and high with common decimals, none of which contradicts the side of the threshold."""
    unit = _unit(mean, low, high)
    marks = threshold.marks if threshold else ()
    noise = max([NOISE, *(abs(mark) / 1000 for mark in marks if 0 < abs(mark) <= 1e-4)])
    values = tuple(0.0 if abs(value) < noise else value for value in (mean, low, high))
    unit = max(unit, 10.0 ** math.floor(math.log10(noise)))
    finest = 10.0 ** (math.floor(math.log10(max(*map(abs, values), 1e-300))) - MOST_DIGITS)
    texts = _texts(values, unit)
    while threshold and unit > finest and _contradicts(texts, values, threshold):
        unit /= 10
        texts = _texts(values, unit)
    return texts


def spread_text(mean: str, low: str, high: str) -> str:
    """``28.8 [26.8, 30.8]``; without brackets where there is no spread."""
    return mean if mean == low == high else f"{mean} [{low}, {high}]"


def _unit(mean, low, high) -> float:
    """The power of ten to round to."""
    half, size = (high - low) / 2, max(abs(mean), abs(low), abs(high))
    if size == 0:
        return 1.0
    finest = math.floor(math.log10(size)) - (EXACT_DIGITS - 1)
    if half <= 0:
        return 10.0**finest
    return 10.0 ** max(finest, math.floor(math.log10(half)) - 1)


def _contradicts(texts, values, threshold) -> bool:
    return any(
        threshold.contains(float(text)) != threshold.contains(value) for text, value in zip(texts, values, strict=True)
    )


def _text(value: float, unit: float, power: bool) -> str:
    """``value`` rounded to ``unit``, with a power of ten if asked."""
    if round(value / unit) == 0:
        return "0"
    exponent = round(math.log10(unit))
    if power:
        return f"{value:.{max(0, math.floor(math.log10(abs(value))) - exponent)}e}"
    if exponent >= 0:
        value = round(value / unit) * unit
    return f"{value:.{max(0, -exponent)}f}"


def _texts(values, unit) -> tuple[str, str, str]:
    """All three in one notation: with a power of ten where the largest is 1e7 or more, or less than 1e-4."""
    size = float(f"{max(map(abs, values)):.{EXACT_DIGITS}g}")  # rounded, so that noise does not change the notation
    power = size >= 1e7 or 0 < size < 1e-4
    return tuple(_text(value, unit, power) for value in values)
