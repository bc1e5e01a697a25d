import assert from "node:assert/strict";
import { test } from "node:test";
import { bestAnswer, createAnalysis, numbersOf } from "../src/elicitation/answer.js";
import { scaled } from "../src/elicitation/curves.js";
import { sentence, wayOf } from "../src/elicitation/sentence.js";
import { stack } from "../src/elicitation/strip.js";

const loss = (name, short, kernel, parameters = []) => ({ name, short, parameters, hyper: (h) => parameters.map((p) => h[`${name}.${p.name}`] ?? p.default), kernel });
const mse = loss("mse", "MSE", (a, b) => [(a - b) ** 2, 2 * (a - b)]);
const mae = loss("mae", "MAE", (a, b) => [Math.abs(a - b), Math.sign(a - b)]);
const pin = loss("quantile", "Quantile", (a, b, q) => (a < b ? [q * (b - a), -q] : [(1 - q) * (a - b), a > b ? 1 - q : 0]), [{ name: "q", default: 0.5 }]);
const state = (more) => ({ points: [1, 2, 2, 3, 12], estimate: 5, losses: [mse, mae], hyper: {}, bounds: [0, 15], asks: { mse: "mean", mae: "median", quantile: "quantile" }, ...more });
const say = (more, options) => sentence(createAnalysis()(state(more)), { reveal: true, near: 0.01, ...options });

test("the mean, the median, a quantile; numbers are named as in Python", () => {
  const numbers = numbersOf(createAnalysis()(state({ losses: [mse, mae, pin], hyper: { "quantile.q": 0.9 } })));
  assert.ok(Math.abs(numbers["mse.best"] - 4) < 1e-9);
  assert.ok(Math.abs(numbers["mae.best"] - 2) < 1e-9);
  assert.ok(Math.abs(numbers["quantile.best"] - 12) < 1e-9);
  assert.equal(numbers.estimate, 5);
  assert.equal(numbers["point.4"], 12);
  assert.equal(Object.keys(numbers).length, 6 + 3 * 6);
});

test("a flat floor has two ends, a constant loss the whole axis", () => {
  const of = (points, kernel) => bestAnswer(points, (c) => {
    const found = points.map((y) => kernel(c, y)), mean = (f) => found.reduce((sum, v) => sum + f(v), 0) / points.length;
    return [mean((v) => v[0]), mean((v) => v[1]), mean((v) => Math.abs(v[1]))];
  }, [0, 15]);
  const flat = of([1, 2, 4, 9], mae.kernel);
  assert.ok(Math.abs(flat.low - 2) < 1e-9 && Math.abs(flat.high - 4) < 1e-9 && Math.abs(flat.middle - 3) < 1e-9);
  const constant = of([1, 2], () => [7, 0]);
  assert.deepEqual([constant.low, constant.high, constant.least, constant.most], [0, 15, 7, 7]);
  assert.ok(scaled(constant).every(([, y]) => y === 0));
});

test("best answers are remembered while only the estimate moves", () => {
  let calls = 0;
  const counted = loss("mse", "MSE", (a, b) => { calls += 1; return [(a - b) ** 2, 2 * (a - b)]; });
  const analyse = createAnalysis();
  analyse(state({ losses: [counted] }));
  calls = 0;
  analyse(state({ losses: [counted], estimate: 9 }));
  assert.equal(calls, 5);
  analyse(state({ losses: [counted], points: [1, 2, 2, 3, 13] }));
  assert.ok(calls > 1000);
});

test("the sentence says which way is down and how far apart the answers are", () => {
  assert.equal(say(), "MSE asks for 4.00 and MAE asks for 2.00: 2.00 from the lowest to the highest. At 5.00, going left lowers MSE and MAE.");
  assert.equal(say({ estimate: 3 }, { reveal: false }), "At 3.00, going left lowers MAE; going right lowers MSE.");
  assert.equal(say({ estimate: 2, losses: [mae] }), "MAE asks for 2.00. At 2.00, MAE could not be lower.");
  assert.match(say({ points: [2, 2, 2, 2, 2] }), /: all the same\./);
  assert.equal(say({ losses: [] }), "Switch on a loss to see what it asks for.");
  assert.match(say({ losses: [loss("flat", "Flat", () => [0, 0])], estimate: 14 }), /Flat is flat|could not be lower/);
});

test("near the best answer counts as there", () => {
  const way = (estimate) => wayOf(createAnalysis()(state({ losses: [mse], estimate })).results[0], estimate, 0.015);
  assert.deepEqual([3.9, 3.99, 4.01, 4.1].map(way), ["right", "lowest", "lowest", "left"]);
});

test("what is asked for names its level", () => {
  const asks = (hyper) => createAnalysis()(state({ losses: [pin], hyper })).results[0].asks;
  assert.equal(asks({ "quantile.q": 0.8 }), "0.8-quantile");
  assert.equal(asks({ "quantile.q": 0.05 }), "0.05-quantile");
});

test("dots never cover one another, and the others stay while one moves", () => {
  const places = [10, 12, 14, 40, 12];
  const rows = stack(places, 4);
  places.forEach((x, i) => places.forEach((other, k) => { if (i < k && Math.abs(x - other) < 11.5) assert.notEqual(rows[i], rows[k]); }));
  assert.deepEqual(stack([10, 12, 14, 40, 41], 4).slice(0, 4), rows.slice(0, 4));
  assert.equal(rows[3], 0);
});
