"""Can the eight colors be read, and told apart by every reader? Computed from the hex values."""

import itertools

import numpy as np
import pytest

from lossbook.look import BACKGROUND, DASHES, NEUTRALS, PALETTE, TOKENS, Look, css, variables

CONTRAST = 4.5  # WCAG 2.2, success criterion 1.4.3: text
APART = 9.5  # CIEDE2000 units; about ten times what is just noticeable side by side

TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
# Machado, Oliveira and Fernandes (2009), severity 1.0, on linear RGB
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def linear(color):
    """sRGB hex -> linear red, green, blue in [0, 1]."""
    c = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def contrast(first, second):
    """WCAG contrast ratio of two colors."""
    dark, light = sorted(float(linear(c) @ TO_XYZ[1]) for c in (first, second))
    return (light + 0.05) / (dark + 0.05)


def lab(rgb):
    """Linear RGB -> CIE L*, a*, b* (white point D65)."""
    t = TO_XYZ @ rgb / TO_XYZ.sum(axis=1)
    f = np.where(t > (6 / 29) ** 3, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


def difference(first, second):
    """CIEDE2000 of two (L, a, b); Sharma, Wu and Dalal (2005)."""
    (l1, a1, b1), (l2, a2, b2) = first, second
    mean_c = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 1.5 - 0.5 * np.sqrt(mean_c**7 / (mean_c**7 + 25**7))
    c1, c2 = np.hypot(g * a1, b1), np.hypot(g * a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, g * a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    mean_h = (h1 + turn / 2) % 360 if c1 * c2 else h1 + h2
    mean_l, c = (l1 + l2) / 2, (c1 + c2) / 2
    cos = lambda k, shift: np.cos(np.radians(k * mean_h + shift))  # noqa: E731
    t = 1 - 0.17 * cos(1, -30) + 0.24 * cos(2, 0) + 0.32 * cos(3, 6) - 0.20 * cos(4, -63)
    dl = (l2 - l1) / (1 + 0.015 * (mean_l - 50) ** 2 / np.sqrt(20 + (mean_l - 50) ** 2))
    dc = (c2 - c1) / (1 + 0.045 * c)
    dh = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * c * t)
    rotation = -2 * np.sqrt(c**7 / (c**7 + 25**7)) * np.sin(np.radians(60 * np.exp(-(((mean_h - 275) / 25) ** 2))))
    return float(np.sqrt(dl**2 + dc**2 + dh**2 + rotation * dc * dh))


@pytest.mark.parametrize(
    ("first", "second", "published"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.49, -0.001), (50, -2.49, 0.0011), 7.2195),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((6.7747, -0.2908, -2.4247), (5.8714, -0.0985, -2.2286), 0.6377),
    ],
)
def test_the_difference_is_the_published_one(first, second, published):
    assert difference(first, second) == pytest.approx(published, abs=1e-4)


def test_contrast_is_the_published_one():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_color_can_be_read(theme):
    for name, *values in (*PALETTE, *NEUTRALS[:2]):
        assert contrast(values[theme], BACKGROUND[theme]) >= CONTRAST, name


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("vision", VISION)
def test_any_two_colors_are_apart(theme, vision):
    seen = {name: lab(np.clip(VISION[vision] @ linear(values[theme]), 0, 1)) for name, *values in PALETTE}
    closest = min(itertools.combinations(seen, 2), key=lambda pair: difference(seen[pair[0]], seen[pair[1]]))
    assert difference(seen[closest[0]], seen[closest[1]]) >= APART, closest


def test_css_and_variables_hold_every_token():
    text = css()
    light, dark = text.splitlines()
    assert light.startswith(":root {")
    assert dark.startswith(':root[data-theme="dark"], body[data-jp-theme-light="false"] {')
    for name, values in TOKENS.items():
        assert f"--lb-{name}: {values[0]};" in light
        assert f"--lb-{name}: {values[1]};" in dark
        assert variables()[values[0]] == f"var(--lb-{name})"
    assert len(variables()) == len(TOKENS) == len(PALETTE) + len(NEUTRALS)


def test_look():
    look = Look(3, "dashdot")
    assert look.hex == PALETTE[2][1]
    assert look.dasharray == DASHES["dashdot"]
    for wrong in (lambda: Look(0), lambda: Look(9), lambda: Look(1, "wavy")):
        with pytest.raises(ValueError, match="got"):
            wrong()
