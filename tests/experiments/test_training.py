import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from lossbook.experiments import BatchedMLP, Diverged, clip_per_seed, fit, split_stack, take


def square(output, target):
    return (output - target) ** 2


def cross_entropy(output, target):
    return F.cross_entropy(output, target, reduction="none")


def accuracy(output, target):
    return (output.argmax(-1) == target).float().mean(1)


def two_moons(seed=0, n=400):
    rng = np.random.default_rng(seed)
    angle, side = rng.uniform(0, math.pi, n), rng.integers(0, 2, n)
    X = np.column_stack([np.cos(angle) * (1 - 2 * side) + side, np.sin(angle) * (1 - 2 * side) + 0.5 * side])
    return X + 0.1 * rng.normal(size=X.shape), side


def run(seeds, **settings):
    X, y = two_moons()
    s = split_stack(X, y, seeds, train=200, validation=100, test=100)
    model = BatchedMLP([2, 16, 2], seeds)
    history = fit(
        model,
        cross_entropy,
        s.X_train,
        s.y_train,
        **{"steps": 120, "lr": 0.02, "batch_size": 32, **settings},
        X_validation=s.X_validation,
        y_validation=s.y_validation,
        metrics={"accuracy": accuracy},
    )
    return model, history


def test_a_seed_does_not_depend_on_its_neighbors():
    alone_model, alone = run([5])
    model, several = run([2, 5, 9])
    np.testing.assert_allclose(several.train[1], alone.train[0], rtol=1e-4)
    np.testing.assert_allclose(several.metrics["accuracy"][1], alone.metrics["accuracy"][0], atol=0.011)
    torch.testing.assert_close(model.weights[0][1], alone_model.weights[0][0], rtol=1e-3, atol=1e-4)
    assert not torch.equal(model.weights[0][0], model.weights[0][1])


def test_it_learns_and_repeats_exactly():
    (_, first), (_, second) = run(4), run(4)
    np.testing.assert_array_equal(first.train, second.train)
    assert first.steps.tolist() == [*range(0, 121, 6)]
    assert first.train.shape == first.validation.shape == first.metrics["accuracy"].shape == (4, 21)
    assert (first.metrics["accuracy"][:, -1] > 0.93).all()
    assert (first.best() > 0).all()


def test_one_step_of_sgd_is_the_formula():
    X, y = torch.randn(2, 30, 3, dtype=torch.float64), torch.randn(2, 30, dtype=torch.float64)
    model = BatchedMLP([3, 1], 2, dtype=torch.float64)
    w = model.weights[0].detach().clone()
    history = fit(model, square, X, y, steps=1, lr=0.1, optimizer="sgd")
    for s in range(2):
        gradient = 2 * X[s].T @ (X[s] @ w[s, :, 0] - y[s]) / 30
        torch.testing.assert_close(model.weights[0][s, :, 0], w[s, :, 0] - 0.1 * gradient)
        assert history.train[s, 0] == pytest.approx(float(((X[s] @ w[s, :, 0] - y[s]) ** 2).mean()))


def test_every_row_is_used_once_before_any_is_used_twice():
    seen = []

    def spy(output, target):
        seen.append(target.reshape(2, -1).clone())
        return output[..., 0] * 0 if output.ndim > 1 else output * 0

    rows = torch.arange(12.0).expand(2, 12)
    fit(BatchedMLP([1, 1], 2), spy, rows[..., None], rows, steps=6, batch_size=4, record=100)
    batches = torch.stack([batch for batch in seen if batch.shape[1] == 4])
    for epoch in (batches[:3], batches[3:]):
        for s in range(2):
            assert sorted(epoch[:, s].flatten().tolist()) == list(range(12))
    assert not torch.equal(batches[:, 0], batches[:, 1])


def test_clipping_is_per_seed():
    model = BatchedMLP([2, 3, 1], 3)
    scale = torch.tensor([0.01, 1.0, 100.0])
    (model(torch.ones(5, 2))[..., 0].mean(1) * scale).sum().backward()
    before = [p.grad.clone() for p in model.parameters()]
    norms = clip_per_seed(model.parameters(), 0.5)
    after = torch.sqrt(sum((p.grad.flatten(1) ** 2).sum(1) for p in model.parameters()))
    torch.testing.assert_close(after, torch.minimum(norms, torch.tensor(0.5)))
    torch.testing.assert_close(model.weights[0].grad[0], before[0][0])  # a short gradient is left as it was


def test_divergence_names_the_seed_and_the_step():
    X, y = torch.ones(3, 4, 1), torch.ones(3, 4)
    X[1] *= 1e12
    with pytest.raises(Diverged, match=r"seed 8, step \d+: the training loss is (inf|nan)") as caught:
        fit(BatchedMLP([1, 1], [7, 8, 9]), square, X, y, steps=100, lr=0.1, optimizer="sgd", record=1)
    assert caught.value.seed == 8
    assert len(caught.value.history.steps) == caught.value.step + 1


def test_initial_weights_have_the_promised_size():
    model = BatchedMLP([400, 300, 2], 3, bias=[-1.0, 1.0])
    assert float(model.weights[0].detach().std()) == pytest.approx(math.sqrt(2 / 400), rel=0.02)
    assert float(model.weights[1].detach().std()) == pytest.approx(math.sqrt(1 / 300), rel=0.1)
    assert model.biases[-1][2].tolist() == [[-1.0, 1.0]]
    assert float(BatchedMLP([400, 300, 2], 3, gain=0.5).weights[0].detach().std()) == pytest.approx(0.5 / 20, rel=0.02)
    assert model(torch.zeros(4, 400)).shape == (3, 4, 2)
    assert model.features(torch.zeros(3, 4, 400)).shape == (3, 4, 300)


def test_splits_are_disjoint_complete_and_standardized_on_training_rows():
    X = np.column_stack([np.arange(50.0), np.full(50, 7.0)])
    s = split_stack(X, np.arange(50), [4, 2], train=30, validation=5)
    rows = torch.cat([s.y_train, s.y_validation, s.y_test], dim=1)
    assert all(sorted(r.tolist()) == list(range(50)) for r in rows)
    torch.testing.assert_close(s.X_train.mean(1), torch.zeros(2, 2), atol=1e-5, rtol=0)
    torch.testing.assert_close(s.X_train[..., 0].std(1, correction=0), torch.ones(2))
    torch.testing.assert_close(s.X_test * s.spread + s.center, torch.as_tensor(X, dtype=torch.float32)[s.y_test])
    alone = split_stack(X, np.arange(50), [2], train=30, validation=5)
    assert torch.equal(alone.X_test[0], s.X_test[1])
    raw = split_stack(X, np.arange(50.0), 1, train=10, test=3, standardize=False)
    assert raw.y_test.shape == (1, 3)
    assert raw.y_test.dtype == torch.float32
    torch.testing.assert_close(raw.X_train[0, :, 0], raw.y_train[0])
    assert (raw.center == 0).all()


def test_take():
    values = torch.arange(24).reshape(2, 4, 3)
    assert take(values, torch.tensor([[3, 0], [1, 1]])).tolist() == [[[9, 10, 11], [0, 1, 2]], [[15, 16, 17]] * 2]
    with pytest.raises(ValueError, match="rows: got shape"):
        take(values, torch.tensor([1]))


X2, Y2 = torch.ones(2, 5, 1), torch.ones(2, 5)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: BatchedMLP([3], 2), ValueError, "sizes: got"),
        (lambda: BatchedMLP([3, 1], []), ValueError, "seeds: got"),
        (lambda: BatchedMLP([3, 1], [1, 1]), ValueError, "seeds: got"),
        (lambda: BatchedMLP([3, 1], 2.5), ValueError, "seeds: got 2.5"),
        (lambda: BatchedMLP([3, 1], 2, activation="relo"), ValueError, "activation: got 'relo'"),
        (lambda: BatchedMLP([3, 1], 2, bias=[1.0, 2.0]), ValueError, "bias: got shape"),
        (lambda: BatchedMLP([3, 1], 2)(torch.zeros(5, 2)), ValueError, r"x: got shape \(2, 5, 2\)"),
        (lambda: fit(BatchedMLP([1, 1], 2), square, X2, Y2[:, :4], steps=1), ValueError, "y: got shape"),
        (lambda: fit(BatchedMLP([1, 2], 2), square, X2, Y2, steps=1), ValueError, "want that of the output"),
        (lambda: fit(BatchedMLP([1, 1], 2), F.mse_loss, X2, Y2, steps=1), ValueError, 'reduction="none"'),
        (lambda: fit(BatchedMLP([1, 1], 2), 3, X2, Y2, steps=1), TypeError, "loss: got 3"),
        (lambda: fit(BatchedMLP([1, 1], 2), square, X2, Y2, steps=1, batch_size=6), ValueError, "batch_size: got 6"),
        (lambda: fit(BatchedMLP([1, 1], 2), square, X2, Y2, steps=1, optimizer="adm"), ValueError, "optimizer: got"),
        (lambda: fit(BatchedMLP([1, 1], 2), square, X2, Y2, steps=1, X_validation=X2), ValueError, "both or none"),
        (lambda: split_stack(np.ones((5, 1)), np.ones(4), 1, train=2), ValueError, "y: got shape"),
        (lambda: split_stack(np.ones((5, 1)), np.ones(5), 1, train=4, test=3), ValueError, "want at most 5"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
