import re

import matplotlib as mpl
import nbformat
import numpy as np
import pytest
from matplotlib import pyplot as plt
from nbclient import NotebookClient

from lossbook import figures, look

COLUMN = 358  # px, the text column of a phone 390 px wide


def gallery():
    rng = np.random.default_rng(0)
    fig, axes = figures.new(rows=3, height=9)
    for name in ("mse", "mae", "huber", "cauchy", "log_cosh"):
        figures.curve(axes[0], name)
    axes[0].set(xlabel="residual (units of y)", ylabel="loss", ylim=(0, 4), title="five losses")
    figures.label(axes[0])
    for name in ("mse", "mae"):
        figures.spread(axes[1], [1, 10, 1000], rng.uniform(1, 2, (5, 3)) * [1, 5, 90], loss=name)
    axes[1].set(xscale="log", yscale="log", xlabel="size", ylabel="shift")
    figures.strip(axes[2], {"mse": rng.normal(size=6), "other": rng.normal(size=6)})
    return fig


def test_the_same_figure_is_the_same_text():
    first = figures.to_svg(gallery(), "five losses")
    plt.close("all")
    assert figures.to_svg(gallery(), "five losses") == first
    assert "<title>five losses</title>" in first
    assert "dc:date" not in first
    assert len(first) < 120_000


def test_text_is_text_and_large_enough_on_a_phone():
    svg = figures.to_svg(gallery(), "x")
    width = float(re.search(r'viewBox="0 0 ([\d.]+)', svg)[1])
    assert width == pytest.approx(5.2 * 72)
    sizes = [float(s) for s in re.findall(r"font-size: ([\d.]+)px", svg)]
    assert len(sizes) > 20
    assert min(sizes) * COLUMN / width >= 12
    for word in ("residual (units of y)", "log-cosh", "five losses"):
        assert f">{word}</text>" in svg


def test_every_color_follows_the_theme():
    svg = figures.to_svg(gallery(), "x")
    used = set(re.findall(r"#[0-9a-fA-F]{6}\b", svg))
    assert used <= set(look.variables())
    assert len(used) > 6


def test_nothing_is_painted_behind_the_drawing():
    fig = gallery()
    assert fig.get_facecolor()[3] == 0
    assert all(ax.get_facecolor()[3] == 0 for ax in fig.axes)


def test_new():
    fig, _ = figures.new()
    assert fig.get_size_inches() == pytest.approx([5.2, 5.2 * 0.62])
    fig, axes = figures.new(rows=2, sharex=True)
    assert fig.get_size_inches()[1] == pytest.approx(2 * 5.2 * 0.62)
    assert len(axes) == 2
    assert figures.new(columns=2, height=3)[0].get_size_inches()[1] == 3


def test_a_picture_needs_words():
    with pytest.raises(ValueError, match="title: got nothing"):
        figures.to_svg(figures.new()[0], " ")
    assert "<title>a &lt; b</title>" in figures.to_svg(figures.new()[0], "a < b")


def test_style_does_not_depend_on_what_was_set_before():
    mpl.rcParams["axes.labelsize"] = 3
    figures.use_style()
    assert mpl.rcParams["axes.labelsize"] == mpl.rcParams["font.size"] == 12.6


def test_a_notebook_shows_svg_of_the_full_width(monkeypatch):
    code = """
import lossbook as lb
from matplotlib import pyplot as plt
lb.figures.use_style()
fig, ax = lb.figures.new()
ax.plot([1, 2])
plt.show()
"""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    monkeypatch.setenv("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    (output,) = (o for o in notebook.cells[0].outputs if o.output_type == "display_data")
    svg = output.data["image/svg+xml"]
    assert "image/png" not in output.data
    assert 'width="374.4pt"' in svg
    assert "dc:date" not in svg
