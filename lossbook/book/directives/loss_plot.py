"""The small picture of a loss: its value and its gradient as two inline SVG panels that follow the page's theme."""

import html

import numpy as np

WIDTH, HEIGHT = 300, 180
LEFT, RIGHT, TOP, BOTTOM = 34, 8, 20, 36  # room for the numbers, in the same units
REACH = 4.0
POINTS = 401
LABELS = {"residual": "residual (input − target)", "margin": "logit, when the answer is yes"}


def curves(loss) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(x, value, gradient), each of shape (401,), at the default hyper-parameters."""
    import torch

    record = loss.record
    half = POINTS // 2  # whole steps, so that 0 and the corners are met exactly
    x = (torch.arange(-half, half + 1, dtype=torch.float64) * REACH / half).requires_grad_()
    target = torch.zeros_like(x) if record.axis == "residual" else torch.ones_like(x)
    value = loss.definition(x, target, **{p.name: p.default for p in record.parameters})
    (gradient,) = torch.autograd.grad(value.sum(), x)
    return x.detach().numpy(), value.detach().numpy(), gradient.numpy()


def panels(loss) -> str:
    """Both panels side by side, below each other on a narrow page."""
    x, value, gradient = curves(loss)
    record = loss.record
    given = ", ".join(f"{p.name} = {p.default:g}" for p in record.parameters if p.default is not None)
    name = f"{record.title}{f' at {given}' if given else ''}"
    axis = record.axis
    told = "; ".join(f"{_number(value[i])} at {_number(x[i])}" for i in _stations(x))
    least, most = _number(gradient.min()), _number(gradient.max())
    value_alt = f"{name} over the {axis}: {told}."
    slope_alt = f"Gradient of the {name}: from {least} to {most} between a {axis} of {_number(-REACH)} and {REACH:g}."
    return (
        '<div class="lb-loss__plots">'
        f"{_panel(x, value, 'Value', value_alt, record, floor=True)}"
        f"{_panel(x, gradient, 'Gradient', slope_alt, record, floor=False)}</div>"
    )


def _stations(x):
    """Where the alternative text reads the curve: at -3, -1, 0, 1 and 3."""
    return [int(np.abs(x - at).argmin()) for at in (-3, -1, 0, 1, 3)]


def _number(value: float) -> str:
    text = f"{value:.2g}" if abs(value) < 100 else f"{value:.0f}"
    return "0" if float(text) == 0 else text.replace("-", "−")


def _panel(x, y, title: str, alt: str, record, floor: bool) -> str:
    low, high = (0.0, float(y.max())) if floor else (min(float(y.min()), 0.0), max(float(y.max()), 0.0))
    high = high if high > low else low + 1
    room = 0.06 * (high - low)
    bottom, top = low - (0 if floor else room), high + room

    def across(value):
        return LEFT + (value + REACH) / (2 * REACH) * (WIDTH - LEFT - RIGHT)

    def up(value):
        return HEIGHT - BOTTOM - (value - bottom) / (top - bottom) * (HEIGHT - TOP - BOTTOM)

    line = "M" + "L".join(f"{across(a):.1f} {up(b):.1f}" for a, b in zip(x[::4], y[::4], strict=True))
    ticks = "".join(
        f'<text x="{across(at):.1f}" y="{HEIGHT - BOTTOM + 13}" text-anchor="middle">{_number(at)}</text>'
        for at in (-4, -2, 0, 2, 4)
    )
    heights = sorted({low, 0.0, high})
    ticks += "".join(
        f'<text x="{LEFT - 5}" y="{up(at) + 3.5:.1f}" text-anchor="end">{_number(at)}</text>' for at in heights
    )
    axes = f"M{LEFT} {up(0):.1f}H{WIDTH - RIGHT}M{across(0):.1f} {TOP - 4}V{HEIGHT - BOTTOM}"
    dash = f' stroke-dasharray="{record.look.dasharray}"' if record.look.dasharray else ""
    return (
        f'<svg class="lb-loss__plot" role="img" aria-label="{html.escape(alt)}" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'<path class="lb-loss__axis" d="{axes}"/>'
        f'<path class="lb-loss__curve" style="stroke:var(--lb-{record.look.color})"{dash} d="{line}"/>'
        f'<text class="lb-loss__name" x="{LEFT}" y="10">{title}</text>{ticks}'
        f'<text class="lb-loss__axis-name" x="{WIDTH - RIGHT}" y="{HEIGHT - 4}" text-anchor="end">'
        f"{LABELS[record.axis]}</text></svg>"
    )
