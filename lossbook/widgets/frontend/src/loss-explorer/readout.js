/** The numbers at the residual: one row a loss, one column a view. */
import { createNumber, h, swatch } from "../kit/index.js";

const VIEWS = /** @type {const} */ (["value", "gradient", "curvature"]);

/**
 * @param {import("../kit/losses.js").Loss[]} losses
 * @param {string} axis
 */
export const createReadout = (losses, axis) => {
  const place = createNumber("residual");
  const heads = VIEWS.map((view) => h("th", { scope: "col", "data-view": view }, view === "value" ? "loss" : view));
  const rows = losses.map((loss) => {
    const cells = VIEWS.map((view) => createNumber(`${loss.name}.${view}`));
    const row = h("tr", {}, h("th", { scope: "row" }, swatch(loss), loss.short),
      ...cells.map((c, i) => h("td", { "data-view": VIEWS[i] }, c.node)));
    return { row, cells, name: loss.name };
  });
  const first = h("th", { scope: "col" }, `${axis} `, place.node);
  const node = h("table", { class: "lb-table lb-readout" }, h("thead", {}, h("tr", {}, first, ...heads)), h("tbody", {}, ...rows.map((r) => r.row)));
  return {
    node,
    /** @param {{residual: number, view: string, on: (name: string) => boolean, here: Record<typeof VIEWS[number], number>[]}} state */
    update({ residual, view, on, here }) {
      place.set(residual);
      if (node.dataset.view !== view) node.dataset.view = view;
      rows.forEach(({ row, cells, name }, i) => {
        row.hidden = !on(name);
        VIEWS.forEach((v, k) => cells[k].set(here[i][v]));
      });
    },
  };
};
