"""Axes of samples, (N, ...): one number for each, and all that belongs to each in a row."""


def beside(numbers, samples):
    """One number a sample, in a shape that multiplies the samples."""
    return numbers.reshape(-1, *[1] * (samples.ndim - 1))


def rows(samples):
    """The samples as a matrix, (N, D): also for single numbers, (N,), and for none."""
    return samples.flatten(1) if samples.ndim > 1 else samples.unsqueeze(1)
