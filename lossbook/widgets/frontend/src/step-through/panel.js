/** The losses beside the picture, and the table of all numbers. */
import { createNumber, h, number } from "../kit/index.js";
import { HIDDEN, NAMES, numbersOf } from "./model.js";

/** @typedef {import("./model.js").Analysis} Analysis */

export const createPanel = () => {
  const cell = (/** @type {string} */ key, /** @type {(x: number) => string} */ show = (x) => number(x, 3)) => ({ key, cell: createNumber(key, show) });
  const shown = [cell("rounds", String), cell("mean"), cell("after"), cell("validation")];
  const [rounds, mean, after, validation] = shown.map((x) => x.cell.node);
  const row = (/** @type {string} */ name, /** @type {(Node | string)[]} */ ...cells) => h("div", { class: "lb-through-row" }, h("dt", {}, name), h("dd", {}, ...cells));
  const node = h("dl", { class: "lb-through-panel" }, row("rounds so far", rounds), row("training loss", mean), row("after one more round", after), row("validation loss", validation));
  return {
    node,
    /** @param {Analysis} now @param {number} times */
    update(now, times) {
      const known = numbersOf(now, times);
      for (const { key, cell } of shown) cell.set(known[key]);
    },
  };
};

/** @param {string} name */
const spoken = (name) => {
  const [kind, j] = name.split(".");
  if (kind === "w1") return `weight, input to hidden ${Number(j) + 1}`;
  if (kind === "w2") return `weight, hidden ${Number(j) + 1} to output`;
  return kind === "b1" ? `bias of hidden ${Number(j) + 1}` : "bias of the output";
};

/** @param {Analysis} now @param {number} rounds @returns {(string | Node)[][]} */
export const dataRows = (now, rounds) => {
  const known = numbersOf(now, rounds);
  const cell = (/** @type {string} */ key) => {
    const shown = createNumber(key, (x) => number(x, 4));
    shown.set(known[key]);
    return shown.node;
  };
  const one = (/** @type {string} */ name, /** @type {string} */ key) => [name, cell(key), "", ""];
  return [
    ["Quantity", "now", "slope", "after"],
    ...NAMES.map((name) => [spoken(name), cell(name), cell(`slope.${name}`), cell(`next.${name}`)]),
    one("x of the ringed point", "x"),
    ...[...Array(HIDDEN).keys()].map((j) => one(`hidden ${j + 1}`, `h.${j}`)),
    one("prediction", "prediction"), one("target", "target"), one("residual", "residual"),
    ["loss of the ringed point", cell("loss"), cell("pull"), ""],
    ["training loss", cell("mean"), "", cell("after")],
    one("validation loss", "validation"),
  ];
};
