/** The numbers behind the picture, as rows of a table. */
import { createNumber, number } from "../kit/index.js";
import { numbersOf } from "./analysis.js";

/**
 * @param {import("./analysis.js").Analysis} analysis
 * @param {string[]} names
 * @returns {(string | Node)[][]} the head first
 */
export const dataRows = (analysis, names) => {
  const known = numbersOf(analysis);
  const cell = (/** @type {string} */ key, /** @type {number} */ places) => {
    const shown = createNumber(key, (x) => number(x, places));
    shown.set(known[key] ?? NaN);
    return shown.node;
  };
  return [
    ["Class", "logit", "probability", ...analysis.results.map(({ loss }) => `gradient of ${loss.short}`)],
    ...names.map((name, k) => [
      k === analysis.label ? `${name} (label)` : name, cell(`logit.${k}`, 2), cell(`p.${k}`, 4),
      ...analysis.results.map(({ loss }) => cell(`${loss.name}.gradient.${k}`, 4)),
    ]),
  ];
};
