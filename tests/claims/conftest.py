import numpy as np
import pytest
import yaml

ENTRY = {
    "id": "mse-one-outlier",
    "statement": "Mean squared error is highly sensitive to outliers.",
    "origin": "Core loss function types: mean squared error",
    "page": "types/mean-squared-error",
    "seeds": 8,
    "control": "The same fits without the outlier.",
    "parts": [
        {"name": "shift_ratio", "says": "slope shift, MSE over MAE", "unit": "times", "holds_if": "> 10"},
        {"name": "sideways", "says": "the same, moved sideways", "holds_if": "> 10", "role": "condition"},
    ],
    "verdict": "holds with conditions",
    "because": "It is true for outliers in y only.",
}


@pytest.fixture
def entry():
    """One entry as the yml has it, to be changed by a test."""
    return {**ENTRY, "parts": [dict(part) for part in ENTRY["parts"]]}


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write entries to a claims.yml that the package then reads."""

    def write(*rows, text=None):
        path = tmp_path / "claims.yml"
        path.write_text(yaml.safe_dump(list(rows)) if text is None else text, "utf8")
        monkeypatch.setenv("LOSSBOOK_CLAIMS", str(path))
        return path

    return write


@pytest.fixture
def around():
    """Eight values with the mean asked for and a known spread."""

    def around(mean, spread=0.5):
        return mean + spread * np.array([-1.5, -1, -0.5, -0.25, 0.25, 0.5, 1, 1.5])

    return around
