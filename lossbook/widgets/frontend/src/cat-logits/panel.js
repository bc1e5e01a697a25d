/** The numbers beside the picture, the one sentence that matters, and the table of all images. */
import { createNumber, h, number } from "../kit/index.js";
import { share } from "../softmax-bench/analysis.js";
import { numbersOf } from "./model.js";
import { way } from "./strip.js";

/** @typedef {import("./model.js").Analysis} Analysis */

export const createPanel = () => {
  const cells = ["loss", "loss.after", "others", "others.after"].map((key) => ({ key, cell: createNumber(key, (x) => number(x, 3)) }));
  const [loss, lossAfter, others, othersAfter] = cells.map((c) => c.cell.node);
  const row = (/** @type {string} */ name, /** @type {Node} */ now, /** @type {Node} */ then) =>
    h("div", { class: "lb-cat-row" }, h("dt", {}, name), h("dd", {}, now, " \u2192 ", then));
  const node = h("dl", { class: "lb-cat-panel" }, row("loss of this image", loss, lossAfter), row("mean loss of the others", others, othersAfter));
  return {
    node,
    /** @param {Analysis} now */
    update(now) {
      const known = numbersOf(now);
      for (const { key, cell } of cells) cell.set(known[key]);
    },
  };
};

/** @param {Analysis} now @param {string[]} names */
export const sentence = (now, names) => {
  const { active, own, ownAfter } = now;
  const signs = own.map((q, j) => way(q, ownAfter[j])).filter((_, j) => j !== active);
  const count = (/** @type {string} */ sign) => signs.filter((s) => s === sign).length;
  const [up, down] = [count("\u25b2"), count("\u25bc")];
  const some = (/** @type {number} */ n) => (n ? String(n) : "none");
  return `One step for this image takes its p(${names[now.label]}) from ${share(own[active])} to ${share(ownAfter[active])}. ` +
    `Of the other ${signs.length}, ${some(up)} become${up === 1 ? "s" : ""} more probable as what they are, ${some(down)} less.`;
};

/** @param {Analysis} now @param {string[]} names @returns {(string | Node)[][]} the head first */
export const dataRows = (now, names) => {
  const known = numbersOf(now);
  const cell = (/** @type {string} */ key, /** @type {number} */ places) => {
    const shown = createNumber(key, (x) => number(x, places));
    shown.set(known[key]);
    return shown.node;
  };
  return [
    ["This image", "score", "probability", "after", "slope"],
    ...names.map((name, k) => [k === now.label ? `${name} (label)` : name, cell(`logit.${k}`, 2), cell(`p.${k}`, 3), cell(`after.${k}`, 3), cell(`gradient.${k}`, 3)]),
    ["Its own label", "", "now", "after", ""],
    ...now.labels.map((k, j) => [`image ${j + 1}, ${names[k]}`, "", cell(`own.${j}`, 3), cell(`own_after.${j}`, 3), ""]),
  ];
};
