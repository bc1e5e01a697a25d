/** The numbers behind the picture, as rows of a table. */
import { createNumber, number } from "../kit/index.js";
import { GROUPS } from "./shares.js";

/** @typedef {import("./model.js").Result} Result */

/**
 * @param {Result[]} results @param {{step: number, rate: number}} state
 * @returns {(string | Node)[][]} the head first
 */
export const dataRows = (results, { step, rate }) => {
  const cell = (/** @type {string} */ key, /** @type {number} */ value, /** @type {(x: number) => string} */ show) => {
    if (!Number.isFinite(value)) return "\u2013";
    const shown = createNumber(key, show);
    shown.set(value);
    return shown.node;
  };
  const share = (/** @type {number} */ x) => `${number(100 * x, 1)}%`;
  const three = (/** @type {number} */ x) => number(x, 3);
  return [
    ["", ...results.map((r) => r.loss.short)],
    ...GROUPS.map(([group, text]) => [`Gradient: ${text}`, ...results.map((r) => cell(`${r.loss.name}.${group}`, r[group], share))]),
    ["Average precision", ...results.map((r) => cell(`${r.loss.name}.precision`, r.precision, three))],
    ["Mean probability", ...results.map((r) => cell(`${r.loss.name}.mean`, r.mean, three))],
    ["Rate of the rare class", ...results.map((_, k) => (k ? "" : cell("rate", rate, three)))],
    ["Steps", ...results.map((_, k) => (k ? "" : cell("step", step, (x) => number(x, 0))))],
  ];
};
