import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.text import Text

from lossbook import figures
from lossbook.figures.labels import apart


def boxes(ax, annotations):
    ax.figure.draw_without_rendering()
    return [Text.get_window_extent(a) for a in annotations]  # without the thread to the line's end


def overlaps(first, second):
    return (
        min(first.x1, second.x1) - max(first.x0, second.x0) > 1
        and min(first.y1, second.y1) - max(first.y0, second.y0) > 1
    )


blocks = st.lists(st.tuples(st.floats(-0.5, 1.5), st.floats(0.01, 0.12)), min_size=1, max_size=8)


@given(blocks)
def test_blocks_do_not_overlap_keep_their_order_and_stay_inside(pairs):
    centers, sizes = zip(*pairs, strict=True)
    placed = apart(list(centers), list(sizes), 0.0, 1.0)
    order = np.argsort(centers, kind="stable")
    for a, b in itertools.pairwise(order):
        assert placed[b] - placed[a] >= (sizes[a] + sizes[b]) / 2 - 1e-9
    assert min(p - s / 2 for p, s in zip(placed, sizes, strict=True)) >= -1e-9
    assert max(p + s / 2 for p, s in zip(placed, sizes, strict=True)) <= max(1, sum(sizes)) + 1e-9


def test_blocks_with_room_stay_and_a_pair_parts_evenly():
    assert apart([0.2, 0.8], [0.1, 0.1], 0, 1) == pytest.approx([0.2, 0.8])
    assert apart([0.5, 0.5], [0.1, 0.1], 0, 1) == pytest.approx([0.45, 0.55])
    assert apart([0.98, 0.99, 1.0], [0.1, 0.1, 0.1], 0, 1) == pytest.approx([0.75, 0.85, 0.95])
    assert apart([], [], 0, 1) == []


def test_names_of_lines_that_end_together_do_not_overlap_and_stay_on_the_drawing():
    fig, ax = figures.new()
    x = np.linspace(0, 1, 50)
    for k in range(6):
        ax.plot(x, 1 + 0.001 * k * x, label=f"line {k}")
    ax.plot(x, 0 * x, label="_hidden")
    made = figures.label(ax)
    found = boxes(ax, made)
    assert [a.get_text() for a in made] == [f"line {k}" for k in range(6)]
    assert not any(overlaps(a, b) for a, b in itertools.combinations(found, 2))
    assert all(
        fig.bbox.x0 <= b.x0 and b.x1 <= fig.bbox.x1 and fig.bbox.y0 <= b.y0 and b.y1 <= fig.bbox.y1 for b in found
    )
    assert all(b.x0 >= ax.get_window_extent().x1 for b in found)
    assert [b.y0 for b in found] == sorted(b.y0 for b in found)


def test_a_line_that_leaves_through_the_top_is_named_above_that_place():
    _, ax = figures.new()
    x = np.linspace(0, 10, 101)
    ax.plot(x, x**2, label="steep")
    ax.plot(x, x, label="flat")
    ax.set(xlim=(0, 10), ylim=(0, 25))
    steep, flat = boxes(ax, figures.label(ax))
    box = ax.get_window_extent()
    assert steep.y0 >= box.y1
    assert (steep.x0 + steep.x1) / 2 == pytest.approx(box.x0 + 0.5 * box.width, abs=2)
    assert flat.x0 > box.x1
    assert (flat.y0 + flat.y1) / 2 == pytest.approx(box.y0 + 0.4 * box.height, abs=3)


def test_a_line_that_ends_inside_is_named_beside_its_end():
    _, ax = figures.new()
    ax.plot([0, 1], [0, 1], label="long")
    short = ax.plot([0, 0.5], [0, 0.2], label="short")
    ax.set(xlim=(0, 1), ylim=(0, 1))
    (made,) = figures.label(ax, *short)
    (found,) = boxes(ax, [made])
    end = ax.transData.transform((0.5, 0.2))
    assert 0 < found.x0 - end[0] < 20
    assert made.get_color() == short[0].get_color()


def test_long_names_are_wrapped_and_names_can_be_given():
    _, ax = figures.new()
    lines = ax.plot([0, 1], [0, 1]) + ax.plot([0, 1], [0, 0.9])
    made = figures.label(ax, *lines, names=["Huber, without the giants", "b"])
    assert made[0].get_text() == "Huber, without\nthe giants"
    assert not overlaps(*boxes(ax, made))
    assert ax.get_window_extent().width > 0.45 * ax.figure.bbox.width


def test_bad_names():
    _, ax = figures.new()
    lines = ax.plot([0, 1], [0, 1], label="a")
    with pytest.raises(ValueError, match="names: got 2"):
        figures.label(ax, *lines, names=["a", "b"])
    ax.set_xlim(5, 6)
    with pytest.raises(ValueError, match="'a' has no point inside"):
        figures.label(ax)
