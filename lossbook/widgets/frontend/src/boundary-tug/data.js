/** The numbers behind the picture, as rows of a table. */
import { createNumber, number, percent, tick } from "../kit/index.js";
import { numbersOf } from "./analysis.js";

/** What is told of each loss: key, head of the column, how it is written. @type {[string, string, (x: number) => string][]} */
const COLUMNS = [
  ["turn", "Turned by", (x) => `${number(x, 1)}\u00b0`],
  ["wrong", "Wrong", tick],
  ["wrong_without", "Wrong without it", tick],
  ["share", "Share of the gradient", percent],
  ["intercept", "Intercept", (x) => number(x, 3)],
  ["x", "Weight of x", (x) => number(x, 3)],
  ["y", "Weight of y", (x) => number(x, 3)],
];

/**
 * @param {import("./analysis.js").Analysis} analysis
 * @returns {(string | Node)[][]} the head first
 */
export const dataRows = (analysis) => {
  const known = numbersOf(analysis);
  const cell = (/** @type {string} */ key, /** @type {(x: number) => string} */ show) => {
    if (!(key in known)) return "\u2013";
    const shown = createNumber(key, show);
    shown.set(known[key]);
    return shown.node;
  };
  return [
    ["Loss", ...COLUMNS.map(([, head]) => head)],
    ...analysis.results.map(({ loss }) => [loss.short, ...COLUMNS.map(([key, , show]) => cell(`${loss.name}.${key}`, show))]),
    ["Stray point: x, y", cell("stray.x", tick), cell("stray.y", tick), "", "", "", "", ""],
  ];
};
