"""Photographs that ship inside scikit-image, and small crops of them to train on."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lossbook.experiments.seeds import DATA, seed_list, stream

SIZE, SMALL = 96, 24  # a crop is a square of 96 pixels, averaged down to 24
HALVES = ("left", "right")
_CREDITS = {
    "cat": ("chelsea", "Stefan van der Walt", "CC0"),
    "astronaut": ("astronaut", "NASA; Eileen Collins is portrayed", "public domain"),
    "coffee": ("coffee", "Rachel Michetti, Pikolo Espresso Bar", "CC0"),
    "rocket": ("rocket", "SpaceX", "public domain"),
}


@dataclass(frozen=True)
class Photograph:
    """A photograph: its ``name``, its ``pixels`` (height, width, 3) of uint8, who made it, and its ``license``."""

    name: str
    pixels: np.ndarray
    photographer: str
    license: str


def photographs() -> tuple[Photograph, ...]:
    """A cat, an astronaut, a cup of coffee and a rocket, in color, 300 to 512 pixels high.

    They come with scikit-image (BSD-3-Clause). Cat: Stefan van der Walt, CC0. Astronaut Eileen Collins: NASA, public
    domain. Coffee: Rachel Michetti, courtesy of Pikolo Espresso Bar, CC0. Rocket (Falcon 9): SpaceX, public domain.
    """
    from skimage import data

    return tuple(
        Photograph(name, getattr(data, item)(), photographer, license)
        for name, (item, photographer, license) in _CREDITS.items()
    )


def photo_crops(seeds: int | Iterable[int], half: str, each: int = 100) -> tuple[np.ndarray, np.ndarray]:
    """Random square crops of one half of each photograph, for each seed; the two halves share no pixel.

    A crop is 96 pixels wide, averaged down to 24; each photograph gives ``each`` of them. half: "left" or "right".

    Returns:
        X of shape (S, 4 * each, 3, 24, 24), float32 from 0 to 1, and y (4 * each,), int64: the number of the photograph
        in :func:`photographs`.

    Raises:
        ValueError: another half, or fewer than one crop.
    """
    if half not in HALVES:
        raise ValueError(f"half: got {half!r}, want one of {', '.join(HALVES)}")
    if each < 1:
        raise ValueError(f"each: got {each}, want 1 or more")
    images = [photo.pixels for photo in photographs()]
    stacks = []
    for seed in seed_list(seeds):
        rng = stream(seed, DATA)
        drawn = {side: [[_corner(image, side, rng) for _ in range(each)] for image in images] for side in HALVES}
        stacks.append([_shrink(image, *at) for image, places in zip(images, drawn[half], strict=True) for at in places])
    return np.array(stacks, dtype=np.float32), np.repeat(np.arange(len(images)), each)


def _corner(image, half, rng):
    """Top and left of a crop that stays in its half."""
    height, width = image.shape[:2]
    start = 0 if half == "left" else width - width // 2
    return rng.integers(height - SIZE + 1), start + rng.integers(width // 2 - SIZE + 1)


def _shrink(image, top, left):
    crop = image[top : top + SIZE, left : left + SIZE].astype(np.float32) / 255
    by = SIZE // SMALL
    return crop.reshape(SMALL, by, SMALL, by, 3).mean(axis=(1, 3)).transpose(2, 0, 1)
