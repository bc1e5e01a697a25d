import numpy as np
import pytest

from lossbook import datasets
from lossbook.datasets import photos as module


def test_the_photographs_are_what_they_were():
    photos = datasets.photographs()
    assert [p.name for p in photos] == ["cat", "astronaut", "coffee", "rocket"]
    assert [p.pixels.shape for p in photos] == [(300, 451, 3), (512, 512, 3), (400, 600, 3), (427, 640, 3)]
    for photo in photos:
        assert photo.pixels.dtype == np.uint8
        assert photo.photographer
        assert photo.license in ("CC0", "public domain")


def test_crops_are_small_named_and_the_same_beside_other_seeds():
    X, y = datasets.photo_crops([3, 1], "left", each=5)
    assert X.shape == (2, 20, 3, 24, 24)
    assert X.dtype == np.float32
    assert 0 <= X.min() < X.max() <= 1
    assert y.tolist() == [k for k in range(4) for _ in range(5)]
    alone, _ = datasets.photo_crops([1], "left", each=5)
    assert (alone[0] == X[1]).all()
    assert not np.array_equal(X[0], X[1])


def test_the_halves_share_no_pixel(monkeypatch):
    wide = module.Photograph("ramp", np.zeros((120, 301, 3), np.uint8), "", "")
    wide.pixels[:] = (np.arange(301) >= 151)[None, :, None] * 200  # the column in the middle is in neither half
    wide.pixels[:, 150] = 100
    monkeypatch.setattr(module, "photographs", lambda: (wide,))
    left, right = (datasets.photo_crops(4, half, each=50)[0] for half in ("left", "right"))
    assert left.max() == 0
    assert right.min() == pytest.approx(200 / 255)


def test_a_crop_is_the_mean_of_its_pixels(monkeypatch):
    pixels = np.random.default_rng(0).integers(0, 256, (96, 192, 3)).astype(np.uint8)
    monkeypatch.setattr(module, "photographs", lambda: (module.Photograph("noise", pixels, "", ""),))
    X, _ = datasets.photo_crops(1, "right", each=1)
    assert X[0, 0, 1, 2, 3] == pytest.approx(pixels[8:12, 108:112, 1].mean() / 255, rel=1e-5)


@pytest.mark.parametrize(("arguments", "message"), [((1, "top"), "half: got 'top'"), ((1, "left", 0), "each: got 0")])
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        datasets.photo_crops(*arguments)
