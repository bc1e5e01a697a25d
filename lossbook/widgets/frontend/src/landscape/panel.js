/** The numbers beside the picture, and the table of the paths. */
import { createNumber, h, number } from "../kit/index.js";
import { numbersOf } from "./model.js";

/** @typedef {import("./model.js").Analysis} Analysis */

const shown = (/** @type {number} */ x, places = 3) => (Number.isFinite(x) ? number(x, places) : "\u2013");
const count = (/** @type {number} */ x) => (Number.isFinite(x) ? String(x) : "\u2013");

/** @param {{name: string, short: string}[]} rules */
export const createPanel = (rules) => {
  /** @type {{key: string, set: (x: number) => void}[]} */
  const cells = [];
  const cell = (/** @type {string} */ key, show = shown) => {
    const made = createNumber(key, (x) => show(x));
    cells.push({ key, set: made.set });
    return made.node;
  };
  const head = h("tr", {}, ...["Rule", "loss", "steps up", "edge"].map((text) => h("th", { scope: "col" }, text)));
  const rows = rules.map(({ name, short }) =>
    h("tr", {}, h("th", { scope: "row" }, short), h("td", {}, cell(`${name}.loss`)), h("td", {}, cell(`${name}.rises`, count)),
      h("td", {}, name === "adam" ? "\u2013" : cell(`${name}.edge`))));
  const node = h("div", {},
    h("table", { class: "lb-table lb-landscape-panel" }, h("thead", {}, head), h("tbody", {}, ...rows)),
    h("p", { class: "lb-landscape-facts" }, "Loss at the start ", cell("start.loss"), ", least possible ", cell("least"), "; sharpness there ", cell("sharpness"), "."));
  return {
    node,
    /** @param {Analysis} now */
    update(now) {
      const known = numbersOf(now);
      for (const { key, set } of cells) set(known[key] ?? NaN);
    },
  };
};

/** @param {Analysis} now @returns {(string | Node)[][]} */
export const dataRows = (now) => {
  const known = numbersOf(now);
  const cell = (/** @type {string} */ key) => {
    const made = createNumber(key, (x) => shown(x));
    made.set(known[key]);
    return made.node;
  };
  return [
    ["Loss after step", ...now.runs.map((r) => r.short)],
    ...Array.from({ length: now.steps + 1 }, (_, t) => [String(t), ...now.runs.map((r) => number(r.losses[t], 4))]),
    ["Intercept at the end", ...now.runs.map((r) => cell(`${r.name}.intercept`))],
    ["Slope at the end", ...now.runs.map((r) => cell(`${r.name}.slope`))],
  ];
};
