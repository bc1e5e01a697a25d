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
    texts = tuple(_text(value, unit) for value in values)
    while threshold and unit > finest and _contradicts(texts, values, threshold):
        unit /= 10
        texts = tuple(_text(value, unit) for value in values)
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


def _text(value: float, unit: float) -> str:
    if value == 0:
        return "0"
    exponent, size = round(math.log10(unit)), abs(value)
    if size >= 1e7 or (size < 1e-4 and unit < 1e-5):
        digits = max(0, math.floor(math.log10(size)) - exponent)
        return f"{value:.{digits}e}"
    if exponent >= 0:
        value = round(value / unit) * unit
    text = f"{value:.{max(0, -exponent)}f}"
    return text.removeprefix("-") if float(text) == 0 else text
