import assert from "node:assert/strict";
import { test } from "node:test";
import { chosen, clamp, number, percent, roundTo, signed, tick } from "../src/kit/format.js";

test("numbers have a true minus sign and fixed places", () => {
  assert.equal(number(-1.5), "\u22121.50");
  assert.equal(number(3), "3.00");
  assert.equal(number(1234.567), "1234.6");
  assert.equal(number(0.125, 1), "0.1");
});

test("nothing that rounds to zero is called minus zero", () => {
  assert.equal(number(-0), "0.00");
  assert.equal(number(-1e-13), "0.00");
});

test("small and large numbers keep their size", () => {
  assert.equal(number(0.0005), "0.0005");
  assert.equal(number(-0.00049), "\u22120.00049");
  assert.equal(number(2.5e-7), "2.5e\u22127");
  assert.equal(number(1.234e6), "1.23e6");
});

test("what is not finite is said in words", () => {
  for (const text of [number(NaN), number(Infinity), number(-Infinity), percent(NaN)]) assert.doesNotMatch(text, /NaN|Infinity|undefined/);
  assert.notEqual(number(Infinity), number(-Infinity));
});

test("signs, shares, hyper-parameters", () => {
  assert.equal(signed(0.5), "+0.50");
  assert.equal(signed(-0.5), "\u22120.50");
  assert.equal(percent(0.714), "71%");
  assert.equal(chosen(0.012), "0.012");
  assert.equal(chosen(1), "1.00");
});

test("tick labels are short and keep their digits", () => {
  assert.deepEqual([0, 0.5, -2, 20000, 0.0006, -0.000125].map(tick), ["0", "0.5", "\u22122", "20k", "6e\u22124", "\u22121.25e\u22124"]);
});

test("rounding to a step leaves no binary dust", () => {
  assert.equal(roundTo(0.1 + 0.2, 0.1), 0.3);
  assert.equal(roundTo(-1.2345, 0.01), -1.23);
  assert.equal(clamp(7, 0, 3), 3);
});
