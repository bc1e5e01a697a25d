"""Losses of lists as loops written from the papers, in as many digits as asked for, and random lists for them."""

import mpmath as mp
import torch

D = torch.float64


def softplus(x):
    return max(x, mp.mpf(0)) + mp.log1p(mp.exp(-abs(x)))


def pairs(r):
    return [(i, j) for i in range(len(r)) for j in range(len(r)) if r[i] > r[j]]


def pairwise_logistic(s, r):
    return mp.fsum(softplus(s[j] - s[i]) for i, j in pairs(r)) / len(pairs(r))


def pairwise_hinge(s, r, margin=1):
    return mp.fsum(max(margin - (s[i] - s[j]), mp.mpf(0)) for i, j in pairs(r)) / len(pairs(r))


def log_softmax(s):
    high = max(s)
    total = mp.log(mp.fsum(mp.exp(v - high) for v in s))
    return [v - high - total for v in s]


def listnet(s, r):
    return -mp.fsum(mp.exp(q) * p for q, p in zip(log_softmax(r), log_softmax(s), strict=True))


def list_mle(s, r):
    """minus log of the product of e^(s_i) / (e^(s_i) + the sum over the worse ones)"""
    worse = [mp.fsum(mp.exp(s[j] - s[i]) for j in range(len(s)) if r[j] < r[i]) for i in range(len(s))]
    return mp.fsum(map(mp.log1p, worse))


def gain(r):
    return [mp.mpf(2) ** v - 1 for v in r]


def ideal(r):
    return mp.fsum(g / mp.log(k + 2, 2) for k, g in enumerate(sorted(gain(r), reverse=True)))


def approx_ndcg(s, r, temperature=0.1):
    ranks = [
        1 + mp.fsum(1 / (1 + mp.exp((s[i] - s[j]) / mp.mpf(temperature))) for j in range(len(s)) if j != i)
        for i in range(len(s))
    ]
    return 1 - mp.fsum(g / mp.log(1 + k, 2) for g, k in zip(gain(r), ranks, strict=True)) / ideal(r)


def ndcg(order, r):
    return mp.fsum(gain(r)[i] / mp.log(k + 2, 2) for k, i in enumerate(order)) / ideal(r)


def lambdas(s, r, at, sigma=1):
    """The loss of scores s with the weights of the order by ``at``: an order really traded, its NDCG computed anew."""
    order = sorted(range(len(s)), key=lambda i: (-at[i], r[i]))
    cost, now = mp.mpf(0), ndcg(order, r)
    for i, j in pairs(r):
        traded = [j if k == i else i if k == j else k for k in order]
        cost += abs(ndcg(traded, r) - now) * softplus(-sigma * (s[i] - s[j]))
    return cost


def lambda_rank(s, r, sigma=1):
    return lambdas(s, r, s, sigma)


def lists(seed, shape):
    draw = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=draw, dtype=D), torch.randint(0, 4, shape, generator=draw).to(D)
