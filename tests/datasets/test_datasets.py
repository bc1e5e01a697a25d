import socket

import numpy as np
import pytest

from lossbook import datasets

REAL = {
    # rows, inputs, sum of inputs, sum of targets, first target, last target
    "telephone_calls": (24, 1, 47_076.0, 119.98, 0.44, 2.9),
    "stars": (47, 1, 202.57, 235.57, 5.23, 4.5),
    "motorcycle": (133, 1, 3348.8, -3397.6, 0.0, 10.7),
    "stackloss": (21, 3, 3524.0, 368.0, 42.0, 15.0),
    "engel": (235, 1, 230_881.1653, 146_675.2762, 255.839425, 750.320163),
    "ames": (2930, 8, 50_188_893.0, 529_732_456.0, 215_000.0, 188_000.0),
    "diabetes": (442, 10, 276_404.2336, 67_243.0, 151.0, 57.0),
    "digits": (1797, 64, 561_718.0, 8070.0, 0, 8),
    "breast_cancer": (569, 30, 1_056_474.4596, 212.0, 1, 0),
}


@pytest.fixture(autouse=True)
def _no_network(monkeypatch):
    def refuse(*arguments, **settings):
        raise AssertionError("a data set reached for the network")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


@pytest.mark.parametrize("name", REAL)
def test_real_data_are_what_they_were(name):
    n, d, inputs, targets, first, last = REAL[name]
    data = getattr(datasets, name)()
    assert data.X.shape == (n, d)
    assert data.y.shape == (n,)
    assert data.X.dtype == np.float64
    assert len(data.features) == d
    assert data.X.sum() == pytest.approx(inputs, abs=1e-3)
    assert data.y.sum() == pytest.approx(targets, abs=1e-3)
    assert (data.y[0], data.y[-1]) == pytest.approx((first, last), abs=1e-5)
    assert np.isfinite(data.X).all()
    assert data.license
    assert data.source
    assert set(data.units) <= {*data.features, data.target}
    assert list(data.frame.columns) == [*data.features, data.target]
    assert data.frame.shape == (n, d + 1)
    if data.classes:
        assert data.y.dtype == np.int64
        assert set(np.unique(data.y)) == set(range(len(data.classes)))
    assert f"{n} rows" in repr(data)


def test_every_data_set_is_in_the_table_above():
    makers = {name for name in datasets.__all__ if name[0].islower()}
    simulated = {"line_with_outlier", "contaminated_location", "noisy_line", "rare_class"}
    others = {"r_table", "digit_scenes", "photographs", "photo_crops"}  # digit_scenes and photographs: images
    assert makers == set(REAL) | simulated | others


def test_what_the_descriptions_say_is_so():
    calls, stars, crash = datasets.telephone_calls(), datasets.stars(), datasets.motorcycle()
    assert np.flatnonzero(calls.y > 10).tolist() == list(range(14, 20))  # 1964 to 1969
    assert calls.x[[14, 19]].tolist() == [1964, 1969]
    assert set(np.argsort(stars.x)[:4]) == {10, 19, 29, 33}
    assert crash.y[crash.x < 14].std() == pytest.approx(1.5, abs=0.1)
    assert crash.y[crash.x > 25].std() == pytest.approx(35, abs=0.5)
    assert datasets.breast_cancer().classes[1] == "malignant"
    assert datasets.breast_cancer().y.sum() == 212
    assert datasets.digits().X.max() == 16


def test_names_and_labels():
    ames = datasets.ames()
    assert ames.label("price") == "price (US dollars)"
    assert ames.label("bathrooms") == "bathrooms"
    with pytest.raises(ValueError, match="name: got 'rooms'"):
        ames.label("rooms")
    with pytest.raises(ValueError, match="x: ames has 8 inputs"):
        _ = ames.x


def test_a_copy_is_handed_out():
    datasets.digits().y[:] = 0
    assert datasets.digits().y.sum() == 8070


@pytest.mark.parametrize(
    ("package", "item", "message"),
    [("robustbse", "telef", "package: got 'robustbse'.*robustbase"), ("MASS", "mcycl", "item: got 'mcycl'.*mcycle")],
)
def test_a_wrong_table_is_an_error_with_near_names(package, item, message):
    with pytest.raises(LookupError, match=message):
        datasets.r_table(package, item)


def test_r_table_drops_row_names():
    assert list(datasets.r_table("MASS", "mcycle").columns) == ["times", "accel"]


def test_line_and_its_spoiled_twin_differ_in_one_point():
    x, y = datasets.line_with_outlier([3, 7])
    x2, y2 = datasets.line_with_outlier([3, 7], up=50, sideways=10)
    assert x.shape == y.shape == (2, 50)
    assert (np.diff(x, axis=1) >= 0).all()
    np.testing.assert_array_equal(x[:, :-1], x2[:, :-1])
    np.testing.assert_array_equal(y[:, :-1], y2[:, :-1])
    np.testing.assert_allclose([x2[:, -1] - x[:, -1], y2[:, -1] - y[:, -1]], [[10, 10], [50, 50]])
    np.testing.assert_array_equal(datasets.line_with_outlier([7])[1][0], y[1])
    many_x, many_y = datasets.line_with_outlier(400, noise=0.3)
    residuals = many_y - 1 - 2 * many_x
    assert residuals.std() == pytest.approx(0.3, rel=0.02)
    assert abs(residuals.mean()) < 0.01


def test_contaminated_location():
    y = datasets.contaminated_location(500, share=0.1)
    clean = datasets.contaminated_location(500, share=0)
    assert y.shape == (500, 200)
    np.testing.assert_allclose(y[:, :20], clean[:, :20] + 10)
    np.testing.assert_array_equal(y[:, 20:], clean[:, 20:])
    assert y.mean() == pytest.approx(1.0, abs=0.01)
    with pytest.raises(ValueError, match="share: got 2"):
        datasets.contaminated_location(1, share=2)


MOMENTS = {  # interquartile range and share beyond 3, of the law itself
    "normal": (1.349, 0.0027),
    "Laplace": (2 * np.log(2) / np.sqrt(2), np.exp(-3 * np.sqrt(2))),
    "Student t, 2 df": (2 * 0.8165, 0.0955),
    "10 % contaminated": (1.51, 0.0789),
    "skewed (gamma)": (np.log(3), np.exp(-4)),
    "uniform": (np.sqrt(3), 0.0),
}


@pytest.mark.parametrize("law", datasets.NOISE_LAWS)
def test_noise_laws(law):
    x, y = datasets.noisy_line(law, 1000)
    noise = (y - 1 - 2 * x).ravel()
    spread, beyond = MOMENTS[law]
    low, high = np.quantile(noise, [0.25, 0.75])
    assert high - low == pytest.approx(spread, rel=0.03)
    assert np.mean(np.abs(noise) > 3) == pytest.approx(beyond, abs=0.003)
    assert x.std() == pytest.approx(1, abs=0.02)


def test_simulations_repeat_and_refuse():
    first, second = (datasets.noisy_line("uniform", [5], n=10)[1] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    with pytest.raises(ValueError, match="law: got 'cauchy', want one of normal"):
        datasets.noisy_line("cauchy", 3)
    with pytest.raises(ValueError, match="n: got 1"):
        datasets.line_with_outlier(3, n=1)
    with pytest.raises(ValueError, match="seeds: got"):
        datasets.contaminated_location([-1])
