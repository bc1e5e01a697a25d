import assert from "node:assert/strict";
import { test } from "node:test";
import { sample } from "../src/kit/curve.js";

test("a smooth function is sampled on the grid", () => {
  const points = sample((x) => x * x, [-2, 2], 8);
  assert.equal(points.length, 9);
  assert.deepEqual(points[0], [-2, 4]);
  assert.deepEqual(points[8], [2, 4]);
});

test("a jump stands upright wherever the grid lies", () => {
  const points = sample((x) => Math.sign(x - 0.123), [-1, 1], 50);
  const i = points.findIndex(([, y], k) => k > 0 && y !== points[k - 1][1]);
  assert.ok(points[i][0] - points[i - 1][0] < 1e-6);
  assert.ok(Math.abs(points[i][0] - 0.123) < 1e-6);
});

test("steep is not a jump", () => {
  const points = sample((x) => Math.tanh(3 * x), [-1, 1], 20);
  assert.equal(points.length, 21);
});

test("places asked for are in, in order, and values that are not finite stay", () => {
  const points = sample((x) => Math.sqrt(x), [-1, 1], 4, [0.1, 5]);
  assert.deepEqual(points.map((p) => p[0]), [-1, -0.5, 0, 0.1, 0.5, 1]);
  assert.ok(Number.isNaN(points[0][1]));
});
