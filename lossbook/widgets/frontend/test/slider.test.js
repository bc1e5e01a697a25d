import assert from "node:assert/strict";
import { test } from "node:test";
import { track } from "../src/kit/slider.js";

test("a linear track", () => {
  const way = track([-1, 3], false);
  assert.equal(way.place(1), 0.5);
  assert.equal(way.value(0.25), 0);
});

test("a logarithmic track gives every decade the same length", () => {
  const way = track([0.01, 100], true);
  assert.ok(Math.abs(way.place(1) - 0.5) < 1e-12);
  assert.ok(Math.abs(way.value(0.75) - 10) < 1e-9);
});

test("values outside stand at the ends, and there and back is the same", () => {
  for (const log of [false, true]) {
    const way = track([0.1, 5], log);
    assert.equal(way.place(1e9), 1);
    assert.equal(way.place(-3), 0);
    assert.equal(way.value(0), 0.1);
    assert.equal(way.value(1), 5);
    for (const x of [0.1, 0.7, 2.5, 5]) assert.ok(Math.abs(way.value(way.place(x)) - x) < 1e-9);
  }
});
