import assert from "node:assert/strict";
import { test } from "node:test";
import { dodge, labelRoom } from "../src/kit/labels.js";

const gaps = (/** @type {number[]} */ y) => [...y].sort((a, b) => a - b).slice(1).map((v, i) => v - [...y].sort((a, b) => a - b)[i]);

test("labels that do not collide stay where they want to be", () => {
  assert.deepEqual(dodge([10, 50, 90], 16, 0, 100), [10, 50, 90]);
});

test("labels that collide move apart around their mean, in order", () => {
  const y = dodge([52, 50, 50], 16, 0, 200);
  assert.ok(Math.min(...gaps(y)) >= 16 - 1e-9);
  assert.ok(y[1] < y[2] && y[2] < y[0]);
  assert.ok(Math.abs((y[0] + y[1] + y[2]) / 3 - 152 / 3) < 1e-9);
});

test("labels keep within the plot", () => {
  for (const wishes of [[0, 0, 0, 0], [100, 100, 100], [99, 100, 1, 0, 50]]) {
    const y = dodge(wishes, 16, 4, 96);
    assert.ok(Math.min(...y) >= 4 - 1e-9 && Math.max(...y) <= 96 + 1e-9, String(y));
    assert.ok(Math.min(...gaps(y)) >= 16 - 1e-9, String(y));
  }
});

test("too many labels share the room evenly", () => {
  const y = dodge(Array(20).fill(50), 16, 0, 95);
  assert.ok(Math.min(...y) >= 0 && Math.max(...y) <= 95 + 1e-9);
  assert.ok(Math.max(...gaps(y)) - Math.min(...gaps(y)) < 1e-9);
});

test("one label, and room for the longest", () => {
  assert.deepEqual(dodge([200], 16, 0, 100), [100]);
  assert.ok(labelRoom(["Huber", "Smooth L1"]) > labelRoom(["Huber"]));
});
