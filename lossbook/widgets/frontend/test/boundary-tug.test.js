import assert from "node:assert/strict";
import { test } from "node:test";
import { angle, createAnalysis, numbersOf, turned } from "../src/boundary-tug/analysis.js";
import { PENALTY, classify } from "../src/boundary-tug/classifier.js";
import { piece } from "../src/boundary-tug/scene.js";
import { sentence } from "../src/boundary-tug/sentence.js";

const near = (a, b, tolerance, what) => assert.ok(Math.abs(a - b) <= tolerance, `${what}: ${a} is not ${b}`);
const squared = (m) => [(m - 1) ** 2, 2 * (m - 1)];
const hinge = (m) => [Math.max(0, 1 - m), m < 1 ? -1 : 0];
const flat = () => [1, 0];
const POINTS = [[2, 0, 1], [3, 1, 1], [2, -1, 1], [-2, 0, -1], [-3, -1, -1], [-2, 1, -1]];
const loss = (name, at) => ({ name, short: name, hyper: () => [], kernel: (m) => at(m) });

test("the gradient of the penalized squared error is zero at its answer", () => {
  const Z = POINTS.map(([x, y, s]) => [s, s * x, s * y]);
  const b = classify(Z, squared);
  for (const j of [0, 1, 2]) {
    const slope = Z.reduce((sum, z) => sum + squared(z[0] * b[0] + z[1] * b[1] + z[2] * b[2])[1] * z[j], 0) / Z.length;
    near(slope + PENALTY * b[j], 0, 1e-9, `coefficient ${j}`);
  }
});

test("a loss that is flat leaves no boundary, and nothing says NaN", () => {
  const analysis = createAnalysis(POINTS)({ stray: [-5, 4], label: "circle", losses: [loss("flat", flat)], hyper: {} });
  assert.deepEqual(analysis.results[0].b, [0, 0, 0]);
  assert.equal(sentence(analysis), "No boundary is left: all weights are zero.");
  assert.ok(!("flat.turn" in numbersOf(analysis)));
  assert.equal(piece([0, 0, 0], [[-1, 1], [-1, 1]]), null);
});

test("sentences for no loss, one loss and a point that is left out", () => {
  const analyse = createAnalysis(POINTS);
  const told = (label, losses) => sentence(analyse({ stray: [-5, 4], label, losses, hyper: {} }));
  assert.match(told("circle", []), /Switch on/);
  assert.match(told("circle", [loss("hinge", hinge)]), /^The stray circle turns hinge's boundary by \d+°\. It has/);
  assert.match(told("out", [loss("hinge", hinge), loss("mse", squared)]), /left out\. Each boundary has none/);
});

test("angles and what is seen of a line", () => {
  assert.equal(angle([0, 0, 1]), 90);
  assert.equal(turned(170, -170), 20);
  assert.equal(turned(0, 180), 180);
  const square = [[-1, 1], [-2, 2]];
  const ends = piece([0, 1, 0], square).map((p) => p[1]).sort((a, b) => a - b);
  assert.deepEqual(ends, [-2, 2]);
  assert.equal(piece([-5, 1, 0], square), null);
  for (const [x, y] of piece([-0.5, 1, 1], square)) near(x + y, 0.5, 1e-12, "on the line");
});
