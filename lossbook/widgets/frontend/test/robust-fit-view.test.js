import assert from "node:assert/strict";
import { test } from "node:test";
import { createAnalysis, numbersOf } from "../src/robust-fit/analysis.js";
import { steps } from "../src/robust-fit/cloud.js";
import { clip } from "../src/robust-fit/lines.js";
import { sentence } from "../src/robust-fit/sentence.js";
import { pieces } from "../src/robust-fit/tug.js";

const loss = (name, short, kernel, hyper = () => []) => ({ name, short, target: 0, hyper, kernel });
const mse = loss("mse", "MSE", (a, b) => [0, 2 * (a - b)]);
const mae = loss("mae", "MAE", (a, b) => [0, Math.sign(a - b)]);
const LINE = [[0, 0.1], [1, 1.2], [2, 1.9], [3, 3.1], [4, 3.8]];
const state = (more) => ({ points: [...LINE, [5, 20]], active: 5, losses: [mse, mae], hyper: {}, ...more });

test("numbers are named as in Python, and only for losses with a line", () => {
  const numbers = numbersOf(createAnalysis()(state({})));
  assert.equal(numbers["point.5.y"], 20);
  assert.equal(numbers["mse.share"], numbers["mse.share.5"]);
  assert.ok(numbers["mse.slope"] > 2 && Math.abs(numbers["mse.slope_without"] - 0.93) < 1e-12);
  assert.equal(Object.keys(numbers).length, 12 + 2 * 10);
  const none = numbersOf(createAnalysis()(state({ points: [[1, 2], [1, 3], [1, 5]], active: 0 })));
  assert.deepEqual(Object.keys(none), ["point.0.x", "point.0.y", "point.1.x", "point.1.y", "point.2.x", "point.2.y"]);
});

test("the line without the active point is remembered while only that point moves", () => {
  let calls = 0;
  const counted = loss("mse", "MSE", (a, b) => { calls += 1; return [0, 2 * (a - b)]; }, (h) => [h.k ?? 1]);
  const analyse = createAnalysis();
  const run = (more) => { calls = 0; return analyse(state({ losses: [counted], ...more })).results[0].without; };
  const first = run({}), cost = calls;
  const moved = run({ points: [...LINE, [6, -3]] });
  assert.deepEqual(moved, first);
  assert.ok(calls < cost);
  run({ hyper: { k: 2 } });
  assert.equal(calls, cost);
  assert.notDeepEqual(run({ active: 0 }), first);
});

test("the sentence says who pulls and what moved, and nothing false", () => {
  const say = (more) => sentence(createAnalysis()(state(more)));
  assert.match(say({}), /^The ringed point supplies 3\d% of MSE's gradient but 2\d% of MAE's\. It moves MSE's slope from 0\.93 to 3\.10, MAE's only from 0\.93 to 1\.00\.$/);
  assert.match(say({ losses: [mse] }), /^The ringed point supplies 3\d% of MSE's gradient\. It moves MSE's slope from 0\.93 to 3\.10\.$/);
  assert.equal(say({ losses: [] }), "Switch on a loss to see its line.");
  assert.match(say({ points: [[1, 2], [1, 3], [1, 5]], active: 0 }), /no slope is defined/);
  assert.match(say({ points: [[1, 2], [1, 3], [4, 5]], active: 2 }), /Without it no line is defined\.$/);
  assert.match(say({ points: [[1, 2], [2, 3], [4, 5]], active: 2 }), /^Every point lies on the line, so nobody pulls/);
  assert.match(say({ losses: [loss("flat", "Flat", () => [0, 0])] }), /no single line is best/);
  assert.doesNotMatch(say({}), /NaN|undefined|Infinity/);
});

test("a rope: pulls down left of the middle, up right of it, the active point next to the knot", () => {
  const rope = pieces([2, -1, 1, -2], [1 / 3, 1 / 6, 1 / 6, 1 / 3], 2);
  const near = (got, want) => got.forEach((v, i) => assert.ok(Math.abs(v - want[i]) < 1e-12, `${got} is not ${want}`));
  near(rope[2], [0.5 - 1 / 6, 1 / 6]);
  near(rope[0], [0, 1 / 3]);
  near(rope[1], [0.5, 1 / 6]);
  near(rope[3], [0.5 + 1 / 6, 1 / 3]);
  assert.deepEqual(pieces([0, 0], [0, 0], 1), [[0.5, 0], [0.5, 0]]);
});

test("a line is cut at the edges of the plot, not bent", () => {
  assert.deepEqual(clip({ intercept: 1, slope: 0 }, [0, 4], [0, 2]), [[0, 1], [4, 1]]);
  assert.deepEqual(clip({ intercept: -1e6, slope: 1e6 }, [0, 4], [0, 10]), [[1, 0], [1.00001, 10]].map(([x]) => [x, -1e6 + 1e6 * x]));
  assert.deepEqual(clip({ intercept: 4, slope: -1 }, [0, 10], [0, 3]), [[1, 3], [4, 0]]);
  assert.equal(clip({ intercept: 5, slope: 0 }, [0, 4], [0, 2]), null);
  assert.equal(clip({ intercept: 50, slope: 1 }, [0, 4], [0, 2]), null);
});

test("keyboard steps and the grain of dragging are round numbers", () => {
  assert.deepEqual(steps([0, 14]), { step: 0.1, grain: 0.01 });
  assert.deepEqual(steps([-5, 30]), { step: 0.2, grain: 0.01 });
  assert.deepEqual(steps([-2e6, 6e6]), { step: 50000, grain: 10000 });
});
