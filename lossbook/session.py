"""What the first cell of every notebook does."""

import os


def setup(seed: int = 0):
    """Seed torch and numpy, keep to one thread, use the book's figure style; returns a numpy ``Generator``.

    One thread because two threads on a busy machine were measured to run 10 to 90 times slower.
    """
    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    import numpy as np
    import torch

    from lossbook import figures

    torch.set_num_threads(1)
    torch.manual_seed(seed)
    figures.use_style()
    return np.random.default_rng(seed)
