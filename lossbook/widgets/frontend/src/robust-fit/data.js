/** The numbers behind the picture, as rows of a table. */
import { createNumber, number, tick } from "../kit/index.js";
import { numbersOf } from "./analysis.js";

/**
 * @param {import("./analysis.js").Analysis} analysis
 * @returns {(string | Node)[][]} the head first
 */
export const dataRows = (analysis) => {
  const known = numbersOf(analysis);
  const { points, results } = analysis;
  const cell = (/** @type {string} */ key, /** @type {(x: number) => string} */ show) => {
    if (!(key in known)) return "\u2013";
    const shown = createNumber(key, show);
    shown.set(known[key]);
    return shown.node;
  };
  const share = (/** @type {number} */ x) => `${number(100 * x, 1)}%`;
  const fit = (/** @type {string} */ title, /** @type {string} */ key) =>
    [title, "", "", ...results.map(({ loss }) => cell(`${loss.name}.${key}`, (x) => number(x, 3)))];
  return [
    ["Point", "x", "y", ...results.map(({ loss }) => loss.short)],
    ...points.map((_, i) => [
      String(i + 1), cell(`point.${i}.x`, tick), cell(`point.${i}.y`, tick),
      ...results.map(({ loss }) => cell(`${loss.name}.share.${i}`, share)),
    ]),
    fit("Slope", "slope"),
    fit("Intercept", "intercept"),
    fit("Slope without the ringed point", "slope_without"),
  ];
};
