/** A row a loss: its switch, the average loss of the answer, the way down, and what it asks for. */
import { createNumber, h, number, setText, swatch } from "../kit/index.js";
import { wayOf } from "./sentence.js";

const ARROWS = { left: "\u25c2", right: "\u25b8", lowest: "\u2713", flat: "\u2013" };
const WORDS = { left: "lower to the left", right: "lower to the right", lowest: "at its lowest", flat: "flat here" };

/** "4.05", or "2.00 to 3.00" where all of these are equally good. @param {import("./answer.js").Best} best */
const wide = ({ low, high }) => high - low > 1e-6 * (1 + Math.abs(low));

/** @param {{losses: import("../kit/losses.js").Loss[], names: Element[]}} options  names: for each loss its legend button */
export const createRows = ({ losses, names }) => {
  const rows = losses.map((loss, k) => {
    const at = createNumber(`${loss.name}.at`), best = createNumber(`${loss.name}.best`);
    const low = createNumber(`${loss.name}.low`), high = createNumber(`${loss.name}.high`);
    const arrow = h("span", { class: "lb-asks-way", "aria-hidden": "true" }), said = h("span", { class: "lb-sr" });
    const single = h("span", {}, best.node), range = h("span", {}, low.node, " to ", high.node);
    const word = h("span", { class: "lb-asks-word" }), unknown = h("span", {}, "?");
    const name = names[k] ?? h("span", { class: "lb-tug-name", title: loss.title }, swatch(loss), loss.short);
    const node = h("div", { class: "lb-asks-row", "data-loss": loss.name }, name,
      h("span", { class: "lb-asks-at" }, at.node, arrow, said), h("span", { class: "lb-asks-best" }, single, range, unknown, " ", word));
    return { loss, node, at, best, low, high, arrow, said, single, range, word, unknown };
  });
  const head = h("div", { class: "lb-asks-row lb-asks-head" }, h("span", {}, "Loss"), h("span", {}, "average here"), h("span", {}, "asks for"));
  return {
    node: h("div", { class: "lb-asks", role: "group", "aria-label": "What each loss asks for" }, head, ...rows.map((row) => row.node)),
    /** @param {import("./answer.js").Analysis} analysis @param {boolean} reveal @param {number} near */
    update({ results, estimate }, reveal, near) {
      for (const { loss, node, at, best, low, high, arrow, said, single, range, word, unknown } of rows) {
        const result = results.find((r) => r.loss === loss);
        node.classList.toggle("lb-asks-none", !result);
        at.set(result ? result.at : NaN);
        const known = result && reveal ? result.best : null, several = Boolean(known && wide(known));
        best.set(known ? known.middle : NaN);
        low.set(known ? known.low : NaN);
        high.set(known ? known.high : NaN);
        single.classList.toggle("lb-off", !known || several);
        range.classList.toggle("lb-off", !several);
        unknown.classList.toggle("lb-off", Boolean(known));
        setText(word, known && result ? result.asks : "");
        if (!result) continue;
        const way = wayOf(result, estimate, near);
        setText(arrow, ARROWS[way]);
        setText(said, `, ${WORDS[way]}`);
      }
    },
  };
};

/** The numbers behind the picture, as rows of a table; the head first.
 * @param {import("./answer.js").Analysis} analysis @param {boolean} reveal @returns {(string | Node)[][]} */
export const dataRows = ({ results }, reveal) => {
  const cell = (/** @type {string} */ key, /** @type {number} */ value) => {
    const shown = createNumber(key, (x) => number(x, 3));
    shown.set(value);
    return shown.node;
  };
  const hidden = (/** @type {string} */ key, /** @type {number} */ value) => (reveal ? cell(key, value) : "?");
  return [
    ["Loss", "average here", "slope here", "best: low end", "best: high end", "average there"],
    ...results.map(({ loss: { name, short }, at, slope, best }) => [
      short, cell(`${name}.at`, at), cell(`${name}.slope`, slope),
      hidden(`${name}.low`, best.low), hidden(`${name}.high`, best.high), hidden(`${name}.least`, best.least),
    ]),
  ];
};
