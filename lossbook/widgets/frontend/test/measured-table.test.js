import assert from "node:assert/strict";
import { test } from "node:test";
import { classPoints, linePoints, word } from "../src/measured-table/column.js";
import { sorted } from "../src/measured-table/rows.js";
import { sentence } from "../src/measured-table/sentence.js";

const draws = { x: [0, 1, 2, 3], noise: [0, 0, 0, 0], place: [0, 0, 0, 0] };
const losses = [{ name: "a", short: "Beta" }, { name: "b", short: "alpha" }, { name: "c", short: "Gamma" }];
const words = { a: "High", b: "Low", c: "Low" };
const found = { a: { lost: 0.5, clean: 0 }, b: { lost: 0.01, clean: 0.02 }, c: { lost: 0.3, clean: 0.01 } };
const names = (list) => list.map((loss) => loss.name).join("");

test("bad points are the first ones, moved by the distance", () => {
  const at = { share: 0.5, distance: 10 };
  assert.deepEqual([...linePoints(draws, { ...at, noise: "one way" }).y], [11, 13, 5, 7]);
  assert.deepEqual([...linePoints(draws, { ...at, noise: "both ways" }).y], [11, -7, 5, 7]);
  assert.deepEqual([...linePoints(draws, { ...at, noise: "places" }).x], [10, 11, 2, 3]);
  assert.deepEqual([...classPoints(draws, { ...at, noise: "one way" }).y], [-1, -1, -1, -1]);
  assert.deepEqual([...classPoints(draws, { ...at, noise: "both ways" }).y], [-1, 1, 1, -1]);
  assert.deepEqual([...classPoints(draws, { ...at, noise: "places" }).x], [-8.5, -1.5, -8.5, -1.5]);
});

test("words have their bands", () => {
  assert.deepEqual([-1, 0.0499, 0.05, 0.2499, 0.25, 9].map(word), ["Low", "Low", "Medium", "Medium", "High", "High"]);
});

test("rows sort by name, by word and by number; equal ones keep their order", () => {
  const by = (sort, down) => names(sorted(losses, { sort, down }, words, found));
  assert.equal(by("table", true), "abc");
  assert.equal(by("loss", false), "bac");
  assert.equal(by("lost", true), "acb");
  assert.equal(by("clean", false), "acb");
  assert.equal(by("document", false), "bca");
  assert.equal(by("document", true), "abc");
});

test("the sentence counts the words that come true and names the worst", () => {
  const state = { losses, words, found, share: 0.1, distance: 15, noise: "places" };
  assert.match(sentence(state), /^With 10% .* 2 of the 3 words come true\. Gamma, which the table calls low, loses 30% of its skill\.$/);
  assert.match(sentence({ ...state, share: 0 }), /^With no bad point/);
  assert.match(sentence({ ...state, words: {} }), /no word/);
});
