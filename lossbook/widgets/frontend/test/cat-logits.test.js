import assert from "node:assert/strict";
import { test } from "node:test";
import { analyse, numbersOf } from "../src/cat-logits/model.js";
import { sentence } from "../src/cat-logits/panel.js";
import { way } from "../src/cat-logits/strip.js";

const softmax = (z) => {
  const e = z.map((v) => Math.exp(v - Math.max(...z))), sum = e.reduce((a, b) => a + b);
  return e.map((v) => v / sum);
};
const ce = {
  name: "cross_entropy", short: "CE", parameters: [], hyper: () => [],
  kernel: (z, k) => [-Math.log(softmax(z)[k]), softmax(z).map((p, j) => p - (j === k ? 1 : 0))],
};
const scene = (more) => ({
  logits: [[0, 1], [0, 0], [0, 2]], labels: [0, 0, 1], kernel: [[2, 1, 1], [1, 2, 0], [1, 0, 2]], rate: 0.5, active: 0, ...more,
});
const now = (more) => analyse(ce, (z, k) => softmax(z)[k], scene(more));
const near = (a, b) => assert.ok(Math.abs(a - b) < 1e-12, `${a} is not ${b}`);

test("a step moves each image by what it has in common with the chosen one", () => {
  const { next, results: [{ gradient }] } = now();
  near(next[0][0], -0.5 * 2 * gradient[0]);
  near(next[2][1], 2 - 0.5 * gradient[1]);
  assert.deepEqual(now({ active: 1 }).next[2], [0, 2]); // nothing in common
});

test("others are the images that are not chosen", () => {
  const { others, own } = now();
  near(others, -(Math.log(own[1]) + Math.log(own[2])) / 2);
});

test("logits stay on the axis", () => {
  const { next } = now({ rate: 1, kernel: [[900, -900, 0], [-900, 900, 0], [0, 0, 900]] });
  assert.deepEqual(next[0], [10, -10]);
  assert.deepEqual(next[1], [-10, 10]);
});

test("numbers are named as in Python", () => {
  const numbers = numbersOf(now());
  assert.equal(Object.keys(numbers).length, 4 + 4 * 2 + 2 * 3);
  near(numbers["after.0"], numbers["own_after.0"]);
});

test("the sentence counts who gains and who loses, and small changes as none", () => {
  assert.equal(sentence(now(), ["cat", "dog"]), "One step for this image takes its p(cat) from 27% to 61%. Of the other 2, 1 becomes more probable as what they are, 1 less.");
  assert.match(sentence(now({ rate: 0.0001 }), ["cat", "dog"]), /Of the other 2, none become more probable as what they are, none less\.$/);
  assert.deepEqual([way(0.2, 0.3), way(0.3, 0.2), way(0.3, 0.304)], ["\u25b2", "\u25bc", "="]);
});
