"""Losses of several tensors that are wrong on purpose, each in one way, beside what the linter should say."""

import torch
import torch.nn.functional as F
from zoo_tensors import classes, labeled, lists, region, same, similar, spread, three, two, weighted


def _squares(x, y):
    return ((x - y) ** 2).sum(-1)


def triplet(anchor, positive, negative, margin=1.0):
    """Nothing wrong with this one."""
    same(anchor, positive, negative)
    a, p, n = (x.double() if x.dtype is torch.float64 else x.float() for x in (anchor, positive, negative))
    return F.softplus(_squares(a, p) - _squares(a, n) + margin).mean().to(anchor.dtype)


def triplet_broadcasts(anchor, positive, negative):
    return F.softplus(_squares(anchor, positive) - _squares(anchor, negative)).mean()


def unpacked(anchor, positive, negative):
    return triplet(anchor, positive, negative, margin=1.0, swap=True)


def all_pairs(anchor, positive, negative):
    return F.softplus(torch.cdist(anchor, positive) - torch.cdist(anchor, negative))


def random_negative(anchor, positive):
    same(anchor, positive)
    return triplet(anchor, positive, positive[torch.randperm(len(positive))])


def overwrites_negative(anchor, positive, negative):
    same(anchor, positive, negative)
    far = _squares(anchor, negative)
    negative *= 0
    return F.softplus(_squares(anchor, positive) - far).mean()


def root_of_equal(x1, x2, similar):
    same(x1, x2)
    d = ((x1 - x2) ** 2).sum(1).sqrt()
    return torch.where(similar > 0, d**2, F.relu(1 - d) ** 2).mean()


def overflowing_softmax(query, key):
    same(query, key)
    e = torch.exp(query @ key.T)
    return -(e.diagonal() / e.sum(1)).log().mean()


def epsilon_lost(x1, x2):
    same(x1, x2)
    norms = x1.norm(dim=1) * x2.norm(dim=1)
    return (1 - (x1 * x2).sum(1) / torch.where(norms == 0, norms + 1e-9, norms)).mean()


class _Wrong(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, grad):
        return -grad


def wrong_backward(anchor, positive, negative):
    return triplet(anchor, positive, _Wrong.apply(negative))


def held_factor(mean, target, log_var):
    same(mean, target, log_var)
    return (log_var.exp().detach() * ((mean - target) ** 2 * (-log_var).exp() + log_var)).mean()


def held_weight(scores, target):
    with torch.no_grad():
        weight = (scores - target).abs()
    return (weight * (scores - target) ** 2).mean()


def student(logits, teacher_logits):
    same(logits, teacher_logits)
    return ((logits - teacher_logits.detach()) ** 2).mean()


def satisfied(anchor, positive, negative):
    same(anchor, positive, negative)
    return 0 * anchor.mean() + (_squares(anchor, positive) > _squares(anchor, negative)).to(anchor.dtype).mean()


def summed(anchor, positive, negative):
    same(anchor, positive, negative)
    return F.softplus(_squares(anchor, positive) - _squares(anchor, negative)).sum()


def contrast(query, key):
    """Samples are each other's negatives."""
    same(query, key)
    logits = F.normalize(query, dim=1) @ F.normalize(key, dim=1).T
    return F.cross_entropy(logits, torch.arange(len(query), device=query.device))


def next_sample(anchor, positive):
    same(anchor, positive)
    return F.softplus(_squares(anchor, positive) - 0.5 * _squares(anchor, positive.cumsum(0))).mean()


def hardest(anchor, positive, negative):
    same(anchor, positive, negative)
    return F.softplus(_squares(anchor, positive).max() - _squares(anchor, negative).min())


def listwise(scores, relevance, mask):
    """A list of which nothing is left has no largest score."""
    same(scores, relevance, mask)
    total = scores.masked_fill(~mask, -torch.inf).logsumexp(1, keepdim=True)
    return (torch.where(mask, relevance, 0.0) * (total - scores)).sum(1).mean()


def listwise_shares(scores, relevance, mask):
    """A list of which nothing is left has shares of 0 / 0."""
    same(scores, relevance, mask)
    log_p = scores.masked_fill(~mask, -1e4).log_softmax(1)
    share = torch.where(mask, relevance, 0.0)
    return -(share / share.sum(1, keepdim=True) * log_p).sum(1).mean()


def multiplied_mask(scores, relevance, mask):
    same(scores, relevance, mask)
    return ((scores - relevance) ** 2 * mask).sum() / mask.sum().clamp(min=1)


def mask_forgotten(scores, relevance, mask):
    same(scores, relevance, mask)
    return -(torch.where(mask, relevance, 0.0) * scores.log_softmax(1)).sum(1).mean()


def _alike(labels):
    return (labels[:, None] == labels) & ~torch.eye(len(labels), dtype=torch.bool, device=labels.device)


def lonely_labels(embeddings, labels):
    z, pairs = F.normalize(embeddings, dim=1), _alike(labels)
    log_p = (z @ z.T).log_softmax(1)
    return -((log_p * pairs).sum(1) / pairs.sum(1)).mean()


def nobody_else(embeddings, labels):
    far = torch.cdist(embeddings, embeddings).masked_fill(labels[:, None] == labels, torch.inf).min(1).values
    return (1 - far).mean()


def no_region(scores, region):
    same(scores, region)
    p = scores.sigmoid() * region
    return 1 - (p.sum(1) / region.sum(1)).mean()


def float32_inside(anchor, positive, negative):
    return triplet(anchor.float(), positive.float(), negative.float())


def eye_on_the_processor(embeddings, labels):
    pairs = (labels[:, None] == labels).double() * (1 - torch.eye(len(labels), dtype=torch.float64))
    return (torch.cdist(embeddings, embeddings) ** 2 * pairs.to(embeddings.dtype)).mean()


def double_sigmoid(logits, target, weight):
    same(logits, target, weight)
    return F.binary_cross_entropy_with_logits(logits.sigmoid(), target, weight=weight)


def double_softmax(logits, target, weight):
    return F.cross_entropy(logits.softmax(1), target, weight=weight)


def tiny(anchor, positive, negative):
    return 1e-4 * triplet(anchor, positive, negative)


def tilted(prediction, target, log_scale):
    same(prediction, target, log_scale)
    r = (prediction - target) * (-log_scale).exp()
    return (torch.maximum(0.9 * r, -0.1 * r) + log_scale).mean()


def branches(anchor, positive, negative):
    far = triplet(anchor, positive, negative)
    return far if far > 1 else far**2


# loss, its example tensors, arguments of check_loss, check, level, words of what was found
BROKEN = [
    (unpacked, three, {}, "runs", "problem", "unexpected keyword argument"),
    (all_pairs, three, {}, "runs", "problem", "every sample against every other"),
    (random_negative, two, {"kind": "any"}, "repeatable", "warning", "the first time and"),
    (overwrites_negative, three, {}, "inputs kept", "problem", "writes into negative"),
    (root_of_equal, similar, {}, "extremes", "problem", "nan at x2 equal to x1"),
    (overflowing_softmax, two, {"kind": "any"}, "extremes", "problem", "nan at"),
    (epsilon_lost, two, {"kind": "any"}, "precision", "problem", "in float16"),
    (wrong_backward, three, {}, "gradient", "problem", "in negative, autograd says"),
    (held_factor, spread, {}, "gradient", "warning", "they agree if it is held"),
    (held_weight, two, {"kind": "any"}, "gradient", "warning", "they agree if it is held"),
    (student, two, {"kind": "any"}, "gradient", "note", "no gradient reaches teacher_logits"),
    (satisfied, three, {}, "gradient", "problem", "0 everywhere"),
    (triplet_broadcasts, three, {}, "broadcasting", "problem", "negative with an extra axis gives"),
    (summed, three, {}, "reduction", "warning", "it is a sum"),
    (contrast, two, {"kind": "any"}, "reduction", "note", "samples are coupled"),
    (next_sample, two, {"kind": "any"}, "permutation", "problem", "in the other"),
    (hardest, three, {}, "empty", "warning", "it fails with"),
    (listwise, lists, {}, "masked", "problem", "one sample without items, among others: value"),
    (listwise_shares, lists, {}, "masked", "problem", "one sample without items, among others: value nan"),
    (multiplied_mask, lists, {}, "masked", "warning", "a NaN under mask comes through"),
    (mask_forgotten, lists, {}, "masked", "warning", "changes with the numbers that mask hides"),
    (lonely_labels, labeled, {"kind": "any"}, "masked", "problem", "labels all different: value nan"),
    (nobody_else, labeled, {"kind": "any"}, "masked", "problem", "labels all alike: value -inf"),
    (no_region, region, {"kind": "any"}, "masked", "problem", "region all 0: value nan"),
    (float32_inside, three, {}, "dtype", "problem", "float64 in, float32 out"),
    (eye_on_the_processor, labeled, {"kind": "any"}, "device", "problem", "device"),
    (double_sigmoid, weighted, {"kind": "binary"}, "logits", "problem", "the marks of a second sigmoid (a heuristic)"),
    (double_softmax, classes, {}, "logits", "problem", "the marks of a second softmax (a heuristic)"),
    (tiny, three, {}, "scale", "warning", "times that of mse_loss(anchor, positive)"),
    (tilted, spread, {"elicits": "quantile 0.9"}, "minimizer", "problem", "the 0.9-quantile is 10.000"),
    (branches, three, {}, "javascript", "note", "no: "),
]
