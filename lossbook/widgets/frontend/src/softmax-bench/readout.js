/** The numbers for the label: one row a loss, with a button that takes one gradient step under it. */
import { createNumber, h, number, setText, signed } from "../kit/index.js";
import { MOST } from "./analysis.js";

const or = (/** @type {(x: number) => string} */ show) => (/** @type {number} */ x) => (Number.isFinite(x) ? show(x) : "\u2013");

/**
 * @param {{losses: import("./analysis.js").ClassLoss[], toggles: Element[], signal: AbortSignal, step: (name: string) => void}} options
 */
export const createReadout = ({ losses, toggles, signal, step }) => {
  const pull = h("th", { scope: "col" }, "pull");
  const rows = losses.map((loss, i) => {
    const cells = {
      value: createNumber(`${loss.name}.value`, or((x) => number(x))),
      gradient: createNumber(`${loss.name}.gradient`, or((x) => signed(-x))),
      steps: createNumber(`${loss.name}.steps`, (x) => (Number.isFinite(x) ? String(x) : `>${MOST}`)),
    };
    const button = h("button", { type: "button", class: "lb-button lb-step", "data-step": loss.name, "aria-label": `Take one step with ${loss.short}` }, "Step");
    button.addEventListener("click", () => step(loss.name), { signal });
    const node = h("tr", {}, h("th", { scope: "row" }, toggles[i]),
      ...Object.values(cells).map((cell) => h("td", {}, cell.node)), h("td", {}, button));
    return { loss, cells, button, node };
  });
  const naive = createNumber("naive", (x) => (Number.isFinite(x) ? number(x) : x > 0 ? "log 0" : "\u221e/\u221e"));
  const floor = createNumber("floor", (x) => number(x));
  const crossed = losses.some((loss) => loss.name === "cross_entropy");
  const extra = (/** @type {string} */ name, /** @type {{node: Element}} */ shown) =>
    h("tr", { class: "lb-extra" }, h("th", { scope: "row" }, name), h("td", {}, shown.node), h("td", { colspan: 3 }));
  const rest = crossed ? [extra("CE, naive formula", naive), extra("least CE possible", floor)] : [];
  const node = h("table", { class: "lb-table lb-bench" },
    h("thead", {}, h("tr", {}, h("td", {}), h("th", { scope: "col" }, "loss"), pull, h("th", { scope: "col" }, "steps"), h("td", {}))),
    h("tbody", {}, ...rows.map((row) => row.node), ...rest));
  const key = h("p", { class: "lb-bench-key" });
  return {
    node: h("div", { class: "lb-bench-box" }, node, key),
    /** @param {import("./analysis.js").Analysis} analysis @param {string} name of the label */
    update({ label, results, naive: written, floor: least }, name) {
      setText(key, `Pull: on the logit of ${name}, up is +. Steps: of length 1, until ${name} has over half.`);
      for (const { loss, cells, button } of rows) {
        const result = results.find((r) => r.loss === loss);
        cells.value.set(result ? result.value : NaN);
        cells.gradient.set(result ? result.gradient[label] : NaN);
        cells.steps.set(result?.steps ?? NaN);
        if (!result) setText(cells.steps.node, "\u2013");
        button.disabled = !result?.known;
      }
      naive.set(written);
      floor.set(least);
    },
  };
};
