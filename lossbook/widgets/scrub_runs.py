"""The recorded runs of ScrubARun: the check of those that are given, and two kinds that are trained on the spot."""

import functools
import itertools
import math

SERIES = ("train", "validation", "validation_accuracy", "test", "test_accuracy")
MOST_RUNS, CHECKS = 8, (3, 401)
WIDTH, STEPS, EVERY, RATE, BATCH = 128, 800, 8, 2e-3, 32  # of the runs that are trained here
TRAIN, VALIDATION, TEST = 200, 300, 600
CLEAN, SPOILED = (31, 32, 33), (41, 42, 43)  # seeds, by what their training labels are like


def as_runs(given) -> list[dict]:
    """Runs with five digits a number. Raises ValueError that names the run and the series that is wrong."""
    given = [given] if isinstance(given, dict) else list(given)
    if not 1 <= len(given) <= MOST_RUNS:
        raise ValueError(f"runs: got {len(given)}, want 1 to {MOST_RUNS}")
    runs = [_as_run(k, run) for k, run in enumerate(given)]
    if len({run["name"] for run in runs}) < len(runs):
        raise ValueError(f"runs: got the names {[run['name'] for run in runs]}, want different ones")
    if any(run["steps"] != runs[0]["steps"] for run in runs):
        raise ValueError("runs: want the same steps in all of them")
    return runs


def _as_run(k: int, run) -> dict:
    if not isinstance(run, dict) or set(run) != {"name", "steps", *SERIES}:
        raise ValueError(f"runs[{k}]: want a dict with name, steps, {', '.join(SERIES)}")
    name, steps = run["name"], [int(step) for step in run["steps"]]
    if not isinstance(name, str) or not 1 <= len(name) <= 40:
        raise ValueError(f"runs[{k}]: got the name {name!r}, want a text of 1 to 40 letters")
    low, high = CHECKS
    if not low <= len(steps) <= high or any(a >= b for a, b in itertools.pairwise(steps)) or steps[0] < 0:
        raise ValueError(f"runs[{k}], steps: got {len(steps)}, want {low} to {high} that grow, from 0 or more")
    made = {"name": name, "steps": steps}
    for series in SERIES:
        values = [float(value) for value in run[series]]
        top = 1.0 if "accuracy" in series else 1e6
        if len(values) != len(steps) or not all(math.isfinite(v) and 0 <= v <= top for v in values):
            raise ValueError(f"runs[{k}], {series}: want {len(steps)} finite values, one a step, from 0 to {top:g}")
        made[series] = [round(value, 5) for value in values]
    return made


@functools.cache
def recorded() -> list[dict]:
    """Six small networks on handwritten digits: three on clean labels, three with one training label in five wrong."""
    import numpy as np
    import torch

    from lossbook import datasets, experiments
    from lossbook.losses import cross_entropy

    digits, seeds = datasets.digits(), (*CLEAN, *SPOILED)
    data = experiments.split_stack(
        digits.X / 8 - 1, digits.y, seeds, train=TRAIN, validation=VALIDATION, test=TEST, standardize=False
    )
    labels = data.y_train.clone()
    for row, seed in enumerate(SPOILED, len(CLEAN)):
        rng = np.random.default_rng(seed)
        wrong = rng.permutation(TRAIN)[: TRAIN // 5]
        labels[row, wrong] = (labels[row, wrong] + torch.as_tensor(rng.integers(1, 10, len(wrong)))) % 10

    def loss(output, target):
        values = cross_entropy(output.flatten(0, 1), target.flatten(), reduction="none")
        return values.reshape(target.shape).mean(dim=1)

    def accuracy(output, target):
        return (output.argmax(dim=-1) == target).double().mean(dim=1)

    def measured(of, rows):
        return lambda output, target: of(output[:, rows], target[:, rows])

    held, test = slice(0, VALIDATION), slice(VALIDATION, None)
    history = experiments.fit(
        experiments.BatchedMLP([64, WIDTH, 10], seeds),
        "cross_entropy",
        data.X_train,
        labels,
        steps=STEPS,
        lr=RATE,
        batch_size=BATCH,
        record=EVERY,
        X_validation=torch.cat([data.X_validation, data.X_test], dim=1),
        y_validation=torch.cat([data.y_validation, data.y_test], dim=1),
        metrics={
            "validation": measured(loss, held),
            "validation_accuracy": measured(accuracy, held),
            "test": measured(loss, test),
            "test_accuracy": measured(accuracy, test),
        },
    )
    names = [
        f"{kind} labels, run {k}"
        for kind, own in (("clean", CLEAN), ("wrong", SPOILED))
        for k in range(1, len(own) + 1)
    ]
    return as_runs(
        {"name": name, "steps": history.steps, "train": history.train[row]}
        | {series: values[row] for series, values in history.metrics.items()}
        for row, name in enumerate(names)
    )
