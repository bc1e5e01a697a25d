"""One thread and no window for every test; set before numpy, torch or matplotlib is loaded."""

import os

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ["MPLBACKEND"] = "Agg"

import torch  # noqa: E402

torch.set_num_threads(1)

from hypothesis import settings  # noqa: E402

# a busy machine must not fail a test, and a test that passed must pass again
settings.register_profile("book", deadline=None, derandomize=True)
settings.load_profile("book")
