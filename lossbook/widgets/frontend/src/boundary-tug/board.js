/** One row for each loss: its name (which shows or hides it), how far its boundary turned, how many points it lost. */
import { createNumber, h, percent, stroke, swatch } from "../kit/index.js";

const HALF_TURN = 90; // a bar this long in degrees is full

/**
 * @param {{losses: import("../kit/losses.js").Loss[], count: number, names: Element[], signal: AbortSignal,
 *   point: (name: string) => void}} options
 *   names: for each loss its legend button; where there is none, its name is written; point: which loss is looked at
 */
export const createBoard = ({ losses, count, names, signal, point }) => {
  const rows = losses.map((loss, k) => {
    const name = names[k] ?? h("span", { class: "lb-bt-name", title: loss.title }, swatch(loss), loss.short);
    const degrees = (/** @type {number} */ x) => (Number.isFinite(x) ? `${Math.round(x)}\u00b0` : "\u2013");
    const none = (/** @type {(x: number) => string} */ show) => (/** @type {number} */ x) => (Number.isFinite(x) ? show(x) : "\u2013");
    const turn = createNumber(`${loss.name}.turn`, degrees);
    const wrong = createNumber(`${loss.name}.wrong`, none((x) => String(x)));
    const share = createNumber(`${loss.name}.share`, none(percent));
    const bar = h("span", { class: "lb-bt-bar", "aria-hidden": "true" });
    bar.style.background = stroke(loss);
    const node = h("tr", { "data-loss": loss.name },
      h("th", { scope: "row" }, name), h("td", { class: "lb-bt-turn" }, h("span", { class: "lb-bt-track" }, bar), turn.node),
      h("td", {}, wrong.node), h("td", {}, share.node));
    node.addEventListener("pointerenter", () => point(loss.name), { signal });
    node.addEventListener("pointerleave", () => point(""), { signal });
    node.addEventListener("focusin", () => point(loss.name), { signal });
    node.addEventListener("focusout", () => point(""), { signal });
    return { loss, node, turn, wrong, share, bar };
  });
  const head = (/** @type {string} */ text, /** @type {string} */ title) => h("th", { scope: "col", title }, text);
  const node = h("div", { class: "lb-bt-board" }, h("table", {},
    h("caption", { class: "lb-sr" }, "What the stray point does to each boundary"),
    h("thead", {}, h("tr", {}, head("loss", "which loss is minimized"), head("turned by", "angle to the boundary without the stray point"),
      head("wrong", `how many of the other ${count} points are on the wrong side`), head("pull", "the stray point's share of the gradient"))),
    h("tbody", {}, ...rows.map((row) => row.node))));
  return {
    node,
    /** @param {import("./analysis.js").Analysis} analysis */
    update({ results }) {
      for (const { loss, node: row, turn, wrong, share, bar } of rows) {
        const found = results.find((r) => r.loss === loss);
        row.classList.toggle("lb-bt-off", !found);
        turn.set(found ? found.turn : NaN);
        wrong.set(found ? found.wrong : NaN);
        share.set(found ? found.share : NaN);
        const part = found && Number.isFinite(found.turn) ? Math.min(1, found.turn / HALF_TURN) : 0;
        bar.style.width = `${(100 * part).toFixed(1)}%`;
      }
    },
  };
};
