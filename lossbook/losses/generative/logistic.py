"""The logistic loss log(1 + e^x) and its slope, as new arrays."""

import torch
import torch.nn.functional as F


def softplus(x):
    """log(1 + e^x). From 40 on it is x to the last digit; torch's own limit, 20, is too low for float64."""
    return F.softplus(x, 1.0, 40.0)


def softplus_of_minus(x):
    """log(1 + e^-x)"""
    return F.logsigmoid(x).neg_()


def sigmoid_times(x, factor):
    """factor / (1 + e^-x)"""
    return torch.sigmoid(x).mul_(factor)


def sigmoid_of_minus_times(x, factor):
    """factor / (1 + e^x)"""
    return torch.neg(x).sigmoid_().mul_(factor)  # not 1 - sigmoid(x), which has no digits left where it is small
