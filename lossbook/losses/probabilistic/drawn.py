"""How the losses of a predicted center are drawn: it moves, the target stays at 0, and the rest of the prediction."""

import torch

from lossbook.losses.paths import Path


def beside(*rest: float, center: str = "mean", held: str) -> Path:
    """The predicted center from -5 to 5, the target at 0, then the other sides at the given numbers.

    held: what they are, in words.
    """
    return Path(
        f"predicted {center} (target 0, {held})",
        -5.0,
        5.0,
        lambda s: (s, torch.zeros_like(s), *(torch.full_like(s, value) for value in rest)),
        f"The predicted {center} moves past a target at 0; {held} stays.",
        1.5,
    )
