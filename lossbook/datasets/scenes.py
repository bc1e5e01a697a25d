"""Scenes with small things to find in them: what a detector sees when it looks at every place."""

from collections.abc import Iterable

import numpy as np

from lossbook.datasets.real import digits
from lossbook.experiments.seeds import DATA, seed_list, stream

SIDE, STRIDE, WINDOW = 48, 2, 8  # pixels


def digit_scenes(
    seeds: int | Iterable[int], *, scenes: int = 20, objects: int = 3, noise: float = 3.0, held_out: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Handwritten digits pasted into noisy scenes, cut into all windows: one in 147 holds a digit exactly.

    A scene is 48 by 48 pixels of normal noise (ink has 0 to 16) with ``objects`` digits at random even places, none
    on top of another. Windows of 8 by 8 pixels are taken every 2 pixels, 441 in a scene. A window is positive where it
    lies on a digit exactly; those beside it, with parts of digits, are hard negatives; most windows are empty.

    Args:
        seeds: the seeds, or S for 0 to S - 1.
        scenes: how many scenes a seed has. objects: digits in a scene. noise: standard deviation, in units of ink.
        held_out: take other digits and other noise than for training: the last third of the 1,797 digits.

    Returns:
        X (S, 441 * scenes, 64), ink divided by 16; y (S, 441 * scenes), 1.0 where a window holds a digit.

    Raises:
        ValueError: fewer than one scene, or a number of objects that is not from 1 to 9.
    """
    if scenes < 1 or not 1 <= objects <= 9:
        raise ValueError(f"scenes, objects: got {scenes} and {objects}, want at least 1, and 1 to 9")
    images = digits().X.reshape(-1, WINDOW, WINDOW)
    images = images[1198:] if held_out else images[:1198]
    pairs = []
    for seed in seed_list(seeds):
        rng = stream(seed, DATA)
        if held_out:
            rng = np.random.default_rng(rng.integers(2**63, size=2))
        pairs.append([_windows(rng, images, objects, noise) for _ in range(scenes)])
    X = np.stack([np.concatenate([x for x, _ in own]) for own in pairs])
    return X, np.stack([np.concatenate([y for _, y in own]) for own in pairs])


def _windows(rng, images: np.ndarray, objects: int, noise: float) -> tuple[np.ndarray, np.ndarray]:
    """All windows of one new scene, (441, 64), and which of them hold a digit, (441,)."""
    scene = noise * rng.normal(size=(SIDE, SIDE))
    places = SIDE - WINDOW + 1
    hit = np.zeros((places, places))
    for cell in rng.permutation(9)[:objects]:  # nine cells of 16 pixels: a digit stays within its own
        top, left = 16 * np.array(divmod(cell, 3)) + 2 * rng.integers(0, 5, 2)
        scene[top : top + WINDOW, left : left + WINDOW] += images[rng.integers(len(images))]
        hit[top, left] = 1.0
    cut = np.lib.stride_tricks.sliding_window_view(scene, (WINDOW, WINDOW))[::STRIDE, ::STRIDE]
    return cut.reshape(-1, WINDOW * WINDOW) / 16, hit[::STRIDE, ::STRIDE].reshape(-1)
