/** The numbers beside the picture, and the table of all of them. */
import { createNumber, h, number } from "../kit/index.js";
import { badge, LETTERS } from "./cloud.js";
import { numbersOf } from "./model.js";

/** @typedef {import("./model.js").Analysis} Analysis */

const WATCHED = /** @type {Record<string, string>} */ ({
  contrastive: "dissimilar pairs pushing", triplet: "triplets that cost", info_nce: "picks that cost",
});

/** @param {number[]} classes */
export const createPanel = (classes) => {
  const count = (/** @type {number} */ x) => String(x);
  const costly = createNumber("costly", count), watched = h("span", {}), of = h("span", { class: "lb-number" });
  const cell = (/** @type {string} */ key, /** @type {number} */ places) => ({ key, cell: createNumber(key, (x) => number(x, places)) });
  const shown = [cell("loss", 4), cell("after", 4), cell("near", 2), cell("far", 2)];
  const [loss, after, near, far] = shown.map((x) => x.cell.node);
  const row = (/** @type {Node | string} */ name, /** @type {(Node | string)[]} */ ...cells) => h("div", { class: "lb-embedding-row" }, h("dt", {}, name), h("dd", {}, ...cells));
  const marks = [...new Set(classes)].map((c) => h("span", { class: "lb-embedding-class" }, badge(c), `class ${LETTERS[c]}`));
  const node = h("div", {},
    h("p", { class: "lb-embedding-classes" }, ...marks),
    h("dl", { class: "lb-embedding-panel" },
      row("loss \u2192 after a step", loss, " \u2192 ", after), row(watched, costly.node, of), row("mean distance, similar", near), row("mean distance, others", far)));
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
    const shown = createNumber(key, (x) => number(x, 2));
    shown.set(known[key]);
    return shown.node;
  };
  return [
    ["Point", "x", "y", "force x", "force y"],
    ...now.points.map((_, i) => [`${i + 1}, ${LETTERS[now.classes[i]]}`, cell(`point.${i}.x`), cell(`point.${i}.y`), cell(`force.${i}.x`), cell(`force.${i}.y`)]),
    ["Force on the ringed point, size", "", "", cell("force"), ""],
  ];
};
