"""Losses over classes beside cross-entropy, with hyper-parameters worth testing."""

import pytest
import torch
from loss_cases import case_id

from lossbook import losses

CASES = [
    *(("softmax_focal", {"gamma": g}) for g in (2.0, 0.0, 0.5, 5.0)),
    *(("poly1", {"epsilon": e}) for e in (1.0, -1.0, 0.0, 4.0)),
    *(("generalized_cross_entropy", {"q": q}) for q in (0.7, 1.0, 0.01)),
    *(("symmetric_cross_entropy", {"alpha": a, "beta": b}) for a, b in ((0.1, 1.0), (2.0, 0.3), (0.5, 0.0))),
    *(("logit_adjusted", {"tau": t}) for t in (1.0, 0.0)),
]
SOFT = [c for c in CASES if c[0] != "symmetric_cross_entropy"]
NAMES = list(dict.fromkeys(name for name, _ in CASES))
each = pytest.mark.parametrize("case", CASES, ids=case_id)
soft = pytest.mark.parametrize("case", SOFT, ids=case_id)


def fn_of(case, reduction="none"):
    return lambda x, y: losses.get(case[0])(x, y, reduction=reduction, **case[1])


def sample():
    """Logits (12, 4) and labels."""
    gen = torch.Generator().manual_seed(0)
    x = 3 * torch.randn(12, 4, generator=gen, dtype=torch.float64)
    return x, torch.randint(0, 4, (12,), generator=gen)
