"""Losses that are wrong on purpose, each in one way, beside what the linter should say."""

import torch
import torch.nn.functional as F


def squared(input, target):
    """Nothing wrong with this one."""
    if input.shape != target.shape:
        raise ValueError(f"input has shape {tuple(input.shape)} and target {tuple(target.shape)}")
    return ((input - target) ** 2).mean()


def broadcasts(input, target):
    return ((input - target) ** 2).mean()


def raises(input, target):
    return squared(input, target, reduction="mean")


def numpy_inside(input, target):
    return ((input - target).detach().numpy() ** 2).mean()


def cut_off(input, target):
    return squared(input.detach(), target)


def outer(input, target):
    return (input.unsqueeze(0) - target.unsqueeze(1)) ** 2


def noisy(input, target):
    return squared(input + 0.1 * torch.randn_like(input), target)


def writes(input, target):
    input -= target
    return (input**2).mean()


def root_at_zero(input, target):
    return ((input - target) ** 2).sqrt().mean()


def overflowing_log_cosh(input, target):
    return torch.log(torch.cosh(input - target)).mean()


def epsilon_lost_in_half(input, target):
    return -(target * (input.sigmoid() + 1e-8).log() + (1 - target) * ((-input).sigmoid() + 1e-8).log()).mean()


def half_sum(input, target):
    return ((input - target) ** 2).sum() / len(input)


class _Wrong(torch.autograd.Function):
    @staticmethod
    def forward(ctx, r):
        ctx.save_for_backward(r)
        return r**2

    @staticmethod
    def backward(ctx, grad):
        return grad * ctx.saved_tensors[0]  # the 2 is missing


def wrong_backward(input, target):
    return _Wrong.apply(input - target).mean()


def misses(input, target):
    return 0 * input.mean() + ((input > 0) != (target > 0)).to(input.dtype).mean()


def summed(input, target):
    return ((input - target) ** 2).sum()


def batch_scaled(input, target):
    return ((input - target) ** 2).sum() / (target**2).sum()


def neighbors(input, target):
    return (
        ((input - target) * torch.linspace(0.5, 1.5, len(input), dtype=input.dtype, device=input.device)).pow(2).mean()
    )


def empty_crash(input, target):
    return ((input - target) ** 2).mean() + 0 * (input - target).abs().max()


def wrong_mask(input, target, mask=None):
    loss = (input - target) ** 2
    return loss.mean() if mask is None else (loss * mask).mean()


def always_float32(input, target):
    return ((input.float() - target.float()) ** 2).mean()


def on_the_processor(input, target):
    return (((input - target) ** 2) * torch.ones(len(input), dtype=input.dtype)).mean()


def double_softmax(input, target):
    return F.cross_entropy(input.softmax(1), target)


def double_sigmoid(input, target):
    return F.binary_cross_entropy_with_logits(input.sigmoid(), target)


def of_probabilities(input, target):
    return F.binary_cross_entropy(input, target)


def log_of_probabilities(input, target):
    return -input.gather(1, target.unsqueeze(1)).log().mean()


def no_softmax(input, target):
    return F.nll_loss(input, target)


def no_logarithm(input, target):
    return F.nll_loss(input.softmax(1), target)


def digits_cancel(input, target):
    r = input - target
    return (r.abs() + F.softplus(-2 * r.abs()) - 0.6931471805599453).mean()  # log cosh


def swapped_labels(input, target):
    return F.binary_cross_entropy_with_logits(input, 1 - target)


def saturates(input, target):
    return -(target * (input.sigmoid() + 1e-7).log() + (1 - target) * ((-input).sigmoid() + 1e-7).log()).mean()


def tiny(input, target):
    return 1e-4 * ((input - target) ** 2).mean()


def tilted(input, target):
    r = input - target
    return torch.maximum(0.9 * r, -0.1 * r).mean()  # the sign of r is the other way round


def branches(input, target):
    r = (input - target).mean()
    return r**2 if r > 0 else 2 * r**2


# loss, kind, arguments of check_loss, check, level, words of what was found
BROKEN = [
    (raises, "regression", {}, "runs", "problem", "unexpected keyword argument"),
    (numpy_inside, "regression", {}, "runs", "problem", "has no gradient"),
    (cut_off, "regression", {}, "runs", "problem", "cut off from the input"),
    (outer, "regression", {}, "runs", "problem", "every sample against every other"),
    (of_probabilities, "binary", {}, "runs", "problem", "want probabilities (a heuristic)"),
    (log_of_probabilities, "classes", {}, "runs", "problem", "want probabilities (a heuristic)"),
    (noisy, "regression", {}, "repeatable", "warning", "the first time and"),
    (writes, "regression", {}, "inputs kept", "problem", "writes into input"),
    (root_at_zero, "regression", {}, "extremes", "problem", "gradient nan at input 0, target 0"),
    (overflowing_log_cosh, "regression", {}, "extremes", "problem", "value inf at input 100, target 0 (float32)"),
    (epsilon_lost_in_half, "binary", {}, "precision", "problem", "in float16"),
    (half_sum, "regression", {}, "precision", "problem", "in float16 is inf"),
    (wrong_backward, "regression", {}, "gradient", "problem", "differences say"),
    (misses, "regression", {}, "gradient", "problem", "0 everywhere"),
    (broadcasts, "regression", {}, "broadcasting", "problem", "without a word"),
    (F.mse_loss, "regression", {}, "broadcasting", "warning", "with a Python warning only"),
    (summed, "regression", {}, "reduction", "warning", "it is a sum"),
    (batch_scaled, "regression", {}, "reduction", "warning", "depends on others"),
    (neighbors, "regression", {}, "permutation", "problem", "in the other"),
    (empty_crash, "regression", {}, "empty", "warning", "it fails with"),
    (wrong_mask, "regression", {}, "masked", "warning", "with every other sample masked"),
    (always_float32, "regression", {}, "dtype", "problem", "float64 in, float32 out"),
    (on_the_processor, "regression", {}, "device", "problem", "device"),
    (double_softmax, "classes", {}, "logits", "problem", "the marks of a second softmax (a heuristic)"),
    (double_sigmoid, "binary", {}, "logits", "problem", "the marks of a second sigmoid (a heuristic)"),
    (no_logarithm, "classes", {}, "logits", "warning", "minus the probability (a heuristic)"),
    (digits_cancel, "regression", {}, "precision", "note", "its digits cancel"),
    (swapped_labels, "binary", {}, "logits", "problem", "more than wrong and sure"),
    (saturates, "binary", {}, "logits", "warning", "flat where it is most wrong"),
    (no_softmax, "classes", {}, "logits", "warning", "no softmax seems to be inside (a heuristic)"),
    (tiny, "regression", {}, "scale", "warning", "0.0001 times"),
    (tilted, "regression", {"elicits": "quantile 0.9"}, "minimizer", "problem", "the 0.9-quantile is 10.000"),
    (squared, "regression", {"elicits": "median"}, "minimizer", "problem", "the median is 3.000"),
    (swapped_labels, "binary", {"elicits": "probability"}, "minimizer", "problem", "the probability is 0.350"),
    (branches, "regression", {}, "javascript", "note", "no: "),
]
