/** The numbers behind the picture, as rows of a table. */
import { createNumber, number, tick } from "../kit/index.js";
import { numbersOf } from "./analysis.js";

/**
 * @param {import("./analysis.js").Analysis} analysis
 * @returns {(string | Node)[][]} the head first
 */
export const dataRows = (analysis) => {
  const known = numbersOf(analysis), { points, labels, results } = analysis;
  const cell = (/** @type {string} */ key, /** @type {(x: number) => string} */ show) => {
    const shown = createNumber(key, (x) => (Number.isFinite(x) ? show(x) : "\u2013"));
    shown.set(known[key]);
    return shown.node;
  };
  const row = (/** @type {string} */ title, /** @type {string} */ key, places = 3) =>
    [title, "", "", "", ...results.map(({ loss }) => cell(`${loss.name}.${key}`, (x) => number(x, places)))];
  return [
    ["Point", "class", "x", "y", ...results.map(({ loss }) => loss.short)],
    ...points.map((_, i) => [
      String(i + 1), labels[i] > 0 ? "+1" : "\u22121", cell(`point.${i}.x`, tick), cell(`point.${i}.y`, tick),
      ...results.map(({ loss }) => cell(`${loss.name}.m.${i}`, (x) => number(x, 3))),
    ]),
    row("Distance to the nearest point", "margin"),
    row("In percent of the most", "percent", 1),
    row("Length of the weights", "norm"),
    row("Points that pull", "support", 0),
  ];
};
