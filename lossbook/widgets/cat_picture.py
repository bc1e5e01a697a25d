"""CatLogits' pictures: the images as PNG for the page, and the still picture of a step."""

import base64
import io

import numpy as np

from lossbook import look

_START = "data:image/png;base64,"


def as_images(given, n: int) -> list[str]:
    """The pictures as PNG in data addresses; such addresses are taken as they are.

    Raises ValueError unless there are none, or ``n`` of shape (height, width, 3) with values from 0 to 1.
    """
    images = list(given)
    if images and len(images) != n:
        raise ValueError(f"images: got {len(images)} of them, want {n}, one for each row of logits, or none")
    return [_address(image) for image in images]


def _address(image) -> str:
    if isinstance(image, str) and image.startswith(_START):
        return image
    from PIL import Image

    pixels = np.asarray(image, dtype=float) if not isinstance(image, str) else np.empty(0)
    if pixels.ndim != 3 or pixels.shape[2] != 3 or not ((pixels >= 0) & (pixels <= 1)).all():
        raise ValueError(f"images: got one of shape {pixels.shape}, want (height, width, 3) with values from 0 to 1")
    file = io.BytesIO()
    Image.fromarray(np.round(255 * pixels).astype(np.uint8)).save(file, "PNG")
    return _START + base64.b64encode(file.getvalue()).decode("ascii")


def _pixels(address: str) -> np.ndarray:
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address[len(_START) :]))))


def draw(figure, images, told, own, after, active: int) -> None:
    """told, own, after: for each image its label, and the probability of that label before and after the step."""
    accent, muted, line = look.PALETTE[0][1], look.TOKENS["muted"][0], look.TOKENS["line"][0]
    n = len(told)
    axes = figure.subplots()
    axes.bar(np.arange(n) - 0.2, own, 0.36, color=muted, label="before the step")
    axes.bar(np.arange(n) + 0.2, after, 0.36, color=accent, hatch="//", edgecolor=line, label="after")
    for j, (a, b) in enumerate(zip(own, after, strict=True)):
        axes.annotate(f"{100 * a:.0f}→{100 * b:.0f}%", (j, max(a, b)), (0, 3), textcoords="offset points", ha="center")
    axes.set(xlim=(-0.6, n - 0.4), ylim=(0, 1.75 if images else 1.35), ylabel="probability of its own label")
    axes.set_yticks([0, 0.5, 1])
    axes.set_xticks(range(n), [f"{name}\n(the step)" if j == active else name for j, name in enumerate(told)])
    axes.tick_params(axis="x", length=0)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    for j, address in enumerate(images):
        place = axes.inset_axes((j - 0.3, 1.25, 0.6, 0.45), transform=axes.transData)
        place.imshow(_pixels(address), interpolation="nearest")
        place.set_axis_off()
