import assert from "node:assert/strict";
import { test } from "node:test";
import { analyse, MOST, numbersOf, share, steps } from "../src/softmax-bench/analysis.js";
import { brief, shortened } from "../src/softmax-bench/bars.js";
import { dataRows } from "../src/softmax-bench/data.js";
import { sentence } from "../src/softmax-bench/sentence.js";

const softmax = (z) => {
  const e = z.map((v) => Math.exp(v - Math.max(...z))), sum = e.reduce((a, b) => a + b);
  return e.map((v) => v / sum);
};
const helpers = {
  probability: (z, k) => softmax(z)[k],
  naive: (z, k) => -Math.log(Math.exp(z[k]) / z.reduce((a, v) => a + Math.exp(v), 0)),
  floor: () => -0,
};
const loss = (name, short, kernel) => ({ name, short, title: short, color: 1, dash: "", parameters: [], hyper: () => [], kernel });
const ce = loss("cross_entropy", "CE", (z, k) => [-Math.log(softmax(z)[k]), softmax(z).map((p, j) => p - (j === k ? 1 : 0))]);
const flat = loss("flat", "Flat", (z) => [1, z.map(() => 0)]);
const lost = loss("lost", "Lost", (z) => [Infinity, z.map(() => NaN)]);
const NAMES = ["cat", "dog", "fox"];
const state = (more) => ({ logits: [2, 0, 0], label: 0, temperature: 1, hyper: {}, losses: [ce], ...more });
const now = (more) => analyse(helpers, state(more));
const near = (a, b) => assert.ok(Math.abs(a - b) < 1e-12, `${a} is not ${b}`);

test("numbers are named as in Python, and only the finite ones", () => {
  const numbers = numbersOf(now({ losses: [ce, lost], label: 1 }));
  near(numbers["cross_entropy.gradient.0"], numbers["p.0"]);
  near(numbers["cross_entropy.gradient"], numbers["p.1"] - 1);
  assert.equal(numbers["logit.0"], 2);
  assert.ok(Object.is(numbers.floor, 0));
  assert.deepEqual(Object.keys(numbers).filter((key) => key.startsWith("lost")), []);
  assert.equal(Object.keys(numbers).length, 2 + 6 + 3 + 3);
});

test("the temperature divides the logits, and so the slopes by them", () => {
  const warm = now({ temperature: 2 }), half = now({ logits: [1, 0, 0] });
  warm.p.forEach((p, k) => near(p, half.p[k]));
  near(warm.results[0].value, half.results[0].value);
  warm.results[0].gradient.forEach((g, k) => near(g, half.results[0].gradient[k] / 2));
});

test("steps end at one half of the probability, or are given up", () => {
  const from = (logits, kernel) => steps(kernel, helpers, state({ logits }), []);
  assert.equal(from([2, 0, 0], ce.kernel), 0);
  assert.equal(from([0, 0, 0], ce.kernel), 1);
  assert.ok(from([-8, 4, 0], ce.kernel) > 5);
  assert.equal(from([0, 0, 0], flat.kernel), null);
  assert.equal(from([0, 0, 0], lost.kernel), null);
});

test("the target is smoothed with cross-entropy, and there is none without it", () => {
  assert.deepEqual(now({}).goal, [1, 0, 0]);
  now({ hyper: { "cross_entropy.label_smoothing": 0.3 }, label: 1 }).goal.forEach((g, k) => near(g, k === 1 ? 0.8 : 0.1));
  assert.equal(now({ losses: [flat] }).goal, null);
});

test("the sentence says who pulls and for how long, and nothing false", () => {
  const say = (more) => sentence(now(more), NAMES);
  assert.equal(say({}), "The label, cat, has 79% of the probability: it leads. CE still pulls its logit by 0.21.");
  assert.equal(say({ logits: [0, 0, 0] }), "The label, cat, has 33% of the probability. CE pulls its logit by 0.67 and needs 1 step to win it over half.");
  const two = say({ logits: [-8, 4, 0], losses: [ce, flat] });
  assert.match(two, /CE pulls its logit by 1\.00 and needs \d+ steps to win it over half; Flat by 0\.00 and needs more than 1,000 steps\.$/);
  assert.equal(say({ losses: [] }), "The label, cat, has 79% of the probability. No loss is switched on.");
  assert.match(say({ losses: [ce, lost] }), / Lost has no finite slope here\.$/);
  assert.equal(say({ losses: [lost] }), "The label, cat, has 79% of the probability. Lost has no finite slope here.");
  assert.match(say({ logits: [-10, 10, 0], temperature: 0.01 }), /The naive formula breaks here\.$/);
  assert.equal(MOST, 1000);
});

test("shares keep their last digits at both ends, and never claim certainty", () => {
  const shown = { 0: "0%", 1e-9: "<0.0001%", 0.00123: "0.12%", 0.0951: "9.5%", 0.0999: "10%", 0.5: "50%", 0.9951: "99.51%", 0.99999: ">99.99%", 1: "100%" };
  for (const [p, text] of Object.entries(shown)) assert.equal(share(Number(p)), text, p);
});

test("in a narrow column names are cut and shares rounded", () => {
  assert.deepEqual([0, 1e-9, 0.004, 0.016, 0.5, 0.995, 1].map(brief), ["0%", "<1%", "<1%", "2%", "50%", ">99%", "100%"]);
  assert.equal(shortened("cat", 42), "cat");
  assert.equal(shortened("a long name", 100), "a long name");
  assert.equal(shortened("a long name", 42), "a lo\u2026");
  assert.equal(shortened("elephant", 10), "e\u2026");
});

test("the table has a row for each class and a column for each loss", () => {
  globalThis.document ??= { createElement: () => ({ dataset: {}, setAttribute() {}, append() {}, classList: { add() {} } }) };
  const rows = dataRows(now({ losses: [ce, lost] }), NAMES);
  assert.deepEqual(rows[0], ["Class", "logit", "probability", "gradient of CE", "gradient of Lost"]);
  assert.deepEqual(rows.slice(1).map((row) => row[0]), ["cat (label)", "dog", "fox"]);
  assert.ok(rows.slice(1).every((row) => row.length === 5));
});
