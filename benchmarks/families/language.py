"""Losses of sequences: cross-entropy of a large vocabulary beside the two ways torch has, and CTC."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from benchmarks.contest import Row
from benchmarks.families import Draw
from lossbook import losses

TOKENS, WIDTH, VOCABULARY = 4096, 512, 32768


def rows():
    draw = Draw()
    hidden = (0.1 * draw.normal(TOKENS, WIDTH)).requires_grad_()
    weight = (0.1 * draw.normal(VOCABULARY, WIDTH)).requires_grad_()
    target = draw.labels(VOCABULARY, TOKENS)
    peers = {"naive": lambda: F.cross_entropy(hidden @ weight.T, target)}
    if hasattr(F, "linear_cross_entropy"):  # from torch 2.13 on; its defaults keep all logits
        peers["torch"] = lambda: F.linear_cross_entropy(hidden, weight, target)
        chunked = torch.nn.LinearCrossEntropyOptions(batch_chunk_size=512)
        peers["torch, chunks"] = lambda: F.linear_cross_entropy(hidden, weight, target, options=chunked)
    yield Row(
        "linear_cross_entropy",
        f"{TOKENS} x {WIDTH} x {VOCABULARY}",
        [hidden, weight],
        lambda: losses.linear_cross_entropy(hidden, target, weight=weight),
        peers,
    )
    z, y = draw.normal(32, 128, 1000, leaf=True), draw.labels(1000, 32, 128)
    yield Row(
        "perplexity",
        "32 x 128 x 1000",
        [z],
        lambda: losses.perplexity(z.view(-1, 1000), y.view(-1)),
        {"torch": lambda: F.cross_entropy(z.view(-1, 1000), y.view(-1)).exp()},
    )
    scores = draw.normal(150, 16, 500, leaf=True)
    labels = 1 + draw.labels(499, 16, 30)
    steps, lengths = torch.full((16,), 150), torch.full((16,), 30)

    def kernel():
        return F.ctc_loss(torch.log_softmax(scores, 2), labels, steps, lengths, reduction="none").mean()

    yield Row(
        "ctc",
        "150 x 16 x 500",
        [scores],
        lambda: losses.ctc(scores, labels, input_lengths=steps, target_lengths=lengths),
        {"torch": kernel},
    )
