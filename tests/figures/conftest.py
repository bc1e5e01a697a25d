import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt

from lossbook import figures


@pytest.fixture(autouse=True)
def _style():
    """Each test draws in the book's style and leaves nothing behind."""
    with mpl.rc_context():
        figures.use_style()
        yield
        plt.close("all")
