/** The numbers beside the picture, and the table of all of them. */
import { createNumber, h, number } from "../kit/index.js";
import { badge, LETTERS } from "./cloud.js";
import { numbersOf } from "./model.js";

/** @typedef {import("./model.js").Analysis} Analysis */

const WATCHED = /** @type {Record<string, string>} */ ({
  contrastive: "dissimilar pairs that push", triplet: "triplets that cost", info_nce: "picks that cost",
});

/** @param {number[]} classes */
export const createPanel = (classes) => {
  const count = (/** @type {number} */ x) => String(x);
  const lines = /** @type {const} */ ([["loss", "loss", 4], ["after", "after one step", 4], ["near", "mean distance, similar", 2], ["far", "mean distance, dissimilar", 2]]);
  const costly = createNumber("costly", count), watched = h("span", {}), of = h("span", { class: "lb-number" });
  const shown = lines.map(([key, text, places]) => ({ key, text, cell: createNumber(key, (x) => number(x, places)) }));
  const row = (/** @type {Node | string} */ name, /** @type {Node[]} */ ...cells) => h("div", { class: "lb-embedding-row" }, h("dt", {}, name), h("dd", {}, ...cells));
  const marks = [...new Set(classes)].map((c) => h("span", { class: "lb-embedding-class" }, badge(c), `class ${LETTERS[c]}`));
  const node = h("div", {},
    h("p", { class: "lb-embedding-classes" }, ...marks),
    h("dl", { class: "lb-embedding-panel" }, ...shown.slice(0, 2).map((x) => row(x.text, x.cell.node)), row(watched, costly.node, of), ...shown.slice(2).map((x) => row(x.text, x.cell.node))));
  return {
    node,
    /** @param {Analysis} now */
    update(now) {
      const known = numbersOf(now);
      for (const { key, cell } of shown) cell.set(known[key]);
      costly.set(known.costly);
      watched.textContent = WATCHED[now.loss.name];
      of.textContent = ` of ${now.felt.terms}`;
    },
  };
};

/** @param {Analysis} now @returns {(string | Node)[][]} */
export const dataRows = (now) => {
  const known = numbersOf(now);
  const cell = (/** @type {string} */ key) => {
    const shown = createNumber(key, (x) => number(x, 3));
    shown.set(known[key]);
    return shown.node;
  };
  return [
    ["Point", "class", "x", "y", "force, x", "force, y"],
    ...now.points.map((_, i) => [String(i + 1), LETTERS[now.classes[i]], cell(`point.${i}.x`), cell(`point.${i}.y`), cell(`force.${i}.x`), cell(`force.${i}.y`)]),
    ["Size of the force on the ringed point", "", "", "", cell("force"), ""],
  ];
};
