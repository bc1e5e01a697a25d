import assert from "node:assert/strict";
import { test } from "node:test";
import { FLOOR, pulls, robustFit, stacked, weight } from "../src/robust-fit/irls.js";

const squared = (r) => 2 * r;
const absolute = (r) => Math.sign(r);
const huber = (delta) => (r) => (Math.abs(r) <= delta ? r : delta * Math.sign(r));
const cauchy = (c) => (r) => r / (1 + (r / c) ** 2);

const X = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const NOISE = [0.3, -0.2, 0.1, -0.4, 0.25, -0.15, 0.35, -0.3, 0.05, -0.1];
const Y = X.map((x, i) => 2 * x + 1 + NOISE[i]);
const FAR = Y.with(9, -20);
const near = (a, b, tolerance, what) => assert.ok(Math.abs(a - b) <= tolerance, `${what}: ${a} is not ${b}`);

test("squared error is least squares, found in one step", () => {
  // sums done by hand for (0,1), (1,3), (2,2): slope 1/2, intercept 3/2
  const fit = robustFit([0, 1, 2], [1, 3, 2], squared);
  near(fit.slope, 0.5, 1e-15, "slope");
  near(fit.intercept, 1.5, 1e-15, "intercept");
  assert.equal(fit.iterations, 1);
  assert.equal(fit.converged, true);
});

test("at every minimum the pulls balance, also against the lever arm", () => {
  for (const [name, psi] of Object.entries({ squared, absolute, huber: huber(1), cauchy: cauchy(1) })) {
    const fit = robustFit(X, FAR, psi);
    const { pull, share } = pulls(X, FAR, fit, psi);
    assert.ok(fit.converged, name);
    near(pull.reduce((a, p) => a + p, 0), 0, 1e-6, `${name}: sum of pulls`);
    near(pull.reduce((a, p, i) => a + p * X[i], 0), 0, 1e-5, `${name}: sum of pulls times x`);
    near(share.reduce((a, s) => a + s, 0), 1, 1e-12, `${name}: sum of shares`);
    assert.ok(Math.max(...share) <= 0.5 + 1e-6, `${name}: one point cannot hold more than half`);
  }
});

test("the absolute error runs through two points, and a far point gets no say", () => {
  const fit = robustFit(X, FAR, absolute);
  const on = X.filter((x, i) => Math.abs(fit.intercept + fit.slope * x - FAR[i]) < 2 * FLOOR);
  assert.ok(on.length >= 2);
  const farther = robustFit(X, FAR.with(9, -2000), absolute);
  near(fit.slope, farther.slope, 1e-6, "slope");
  // every point off the line pulls with strength one, whatever its distance
  const { pull } = pulls(X, FAR, fit, absolute);
  X.forEach((x, i) => {
    if (!on.includes(x)) near(Math.abs(pull[i]), 1, 1e-12, `pull at ${x}`);
    else assert.ok(Math.abs(pull[i]) <= 1 + 1e-9);
  });
});

test("the squared error follows a far point without bound; Huber pulls with delta at most", () => {
  const shift = (y) => robustFit(X, FAR.with(9, y), squared).slope - robustFit(X, FAR, squared).slope;
  near(shift(-220), 2 * shift(-120), 1e-9, "the shift is linear in the outlier");
  const { pull } = pulls(X, FAR, robustFit(X, FAR, huber(0.5)), huber(0.5));
  near(Math.max(...pull.map(Math.abs)), 0.5, 1e-12, "largest pull");
  const far = robustFit(X, FAR, cauchy(1));
  near(far.slope, 2, 0.1, "Cauchy slope");
  assert.ok(pulls(X, FAR, far, cauchy(1)).share[9] < 0.05);
});

test("a state has one answer: shuffled points give the same line", () => {
  const order = [3, 1, 4, 9, 5, 2, 6, 0, 8, 7];
  for (const psi of [squared, absolute, huber(1), cauchy(2)]) {
    const a = robustFit(X, FAR, psi), b = robustFit(order.map((i) => X[i]), order.map((i) => FAR[i]), psi);
    near(a.slope, b.slope, 1e-9, "slope");
    near(a.intercept, b.intercept, 1e-9, "intercept");
  }
});

test("a vertical stack, identical points and a single point have no line", () => {
  assert.equal(robustFit([3, 3, 3], [1, 2, 5], absolute), null);
  assert.equal(robustFit([2, 2], [1, 1], squared), null);
  assert.equal(robustFit([1], [1], squared), null);
  assert.equal(stacked([1e9, 1e9 + 1e-3]), true);
  assert.equal(stacked([0, 1e-3]), false);
});

test("points on a line: a perfect fit, and nobody pulls", () => {
  for (const psi of [squared, absolute, huber(1), cauchy(1)]) {
    const y = X.map((x) => 2 * x + 1), fit = robustFit(X, y, psi);
    near(fit.slope, 2, 1e-12, "slope");
    assert.deepEqual([...pulls(X, y, fit, psi).share], X.map(() => 0));
  }
});

test("the weight is finite at zero and even around it", () => {
  assert.equal(weight(0, absolute), 1 / FLOOR);
  assert.equal(weight(-FLOOR / 2, absolute), 1 / FLOOR);
  assert.equal(weight(-4, absolute), 0.25);
  assert.equal(weight(0, squared), 2);
});

test("a loss that leaves no weights to solve with has no line", () => {
  for (const psi of [() => 0, () => NaN, (r) => -r]) assert.equal(robustFit(X, FAR, psi), null);
  const tube = (r) => (Math.abs(r) <= 50 ? 0 : Math.sign(r));
  assert.equal(robustFit(X, FAR, tube), null);
});

test("far and large numbers stay finite", () => {
  const x = [1e6, 1e6 + 1, 1e6 + 2, 1e6 + 3], y = [1e9, 2e9, 3e9, -1e12];
  for (const psi of [squared, absolute, huber(1), cauchy(1)]) {
    const fit = robustFit(x, y, psi);
    assert.ok(Number.isFinite(fit.slope) && Number.isFinite(fit.intercept));
    assert.ok([...pulls(x, y, fit, psi).share].every((s) => s >= 0 && s <= 1));
  }
});
