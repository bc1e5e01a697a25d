import assert from "node:assert/strict";
import { test } from "node:test";
import { domain, span } from "../src/loss-explorer/extent.js";
import { arrowPath } from "../src/loss-explorer/markers.js";
import { sentence } from "../src/loss-explorer/sentence.js";

const over = (/** @type {(x: number) => number} */ f) => Array.from({ length: 242 }, (_, i) => [6 * (i / 241) - 3, f(6 * (i / 241) - 3)]);
const mse = { short: "MSE", value: 9, gradient: 6, curvature: 2 };
const huber = { short: "Huber", value: 2.5, gradient: 1, curvature: 0 };
const cauchy = { short: "Cauchy", value: 1.7, gradient: 0.55, curvature: -0.15 };

test("a domain holds zero and the whole of ordinary curves", () => {
  const [low, high] = domain([span(over((x) => x * x)), span(over(Math.abs))]);
  assert.equal(low, 0);
  assert.ok(high > 9 && high < 10);
  const both = domain([span(over((x) => 2 * x))]);
  assert.ok(both[0] < -6 && both[1] > 6);
});

test("a pole or one steep loss does not press the rest flat", () => {
  assert.ok(domain([span(over((x) => 1 / Math.abs(x)))])[1] < 20);
  assert.ok(domain([span(over((x) => 1e6 * x * x)), span(over(Math.abs))])[1] <= 8 * 3 * 1.05);
});

test("there is always a domain", () => {
  for (const spans of [[], [null], [span(over(() => NaN))], [span(over(() => 0))]]) assert.deepEqual(domain(spans), [0, 1]);
});

test("what rounding left of 0 is no curve", () => {
  const noise = [span(over((x) => 1e-16 * Math.sin(1e3 * x)))];
  assert.deepEqual(domain(noise, 1e-10), [0, 1]);
  assert.ok(domain(noise)[1] < 1e-15);
});

test("the sentence says who is held and who fades", () => {
  const said = sentence({ view: "gradient", axis: "residual", residual: 3, losses: [mse, huber, cauchy] });
  assert.equal(said, "At residual 3.00 the gradient of MSE is 6.00; Huber\u2019s is held at 1.00 and Cauchy\u2019s is 0.55 and fades further out.");
  assert.match(sentence({ view: "value", axis: "residual", residual: 3, losses: [mse, huber] }), /MSE charges 9.00 and Huber 2.50.*pull: 6.00 and 1.00/);
  assert.match(sentence({ view: "curvature", axis: "residual", residual: 3, losses: [huber] }), /0, a straight line/);
});

test("the sentence never shows what is not finite", () => {
  const none = { short: "mine", value: NaN, gradient: Infinity, curvature: NaN };
  for (const view of ["value", "gradient", "curvature"])
    for (const losses of [[none], [mse, none], []]) assert.doesNotMatch(sentence({ view, axis: "logit", residual: 0, losses }), /NaN|Infinity|undefined|too large/);
});

test("an arrow without length is not drawn", () => {
  assert.equal(arrowPath(5, 5, 5, 5), "");
  assert.equal(arrowPath(0, 0, NaN, 0), "");
  assert.match(arrowPath(0, 0, -40, 0), /^M0\.0 0\.0L-40\.0 0\.0/);
});
