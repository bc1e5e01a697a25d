import { h, uid } from "./dom.js";

/**
 * The numbers behind the picture as a table, closed until it is asked for; built only while open.
 * @param {{signal: AbortSignal, caption: () => string, rows: () => (string | number | Node)[][], format?: (x: number) => string}} options
 *   rows: the first is the head; the first cell of each row is its name
 */
export const createTable = ({ signal, caption, rows, format = String }) => {
  const id = uid("data");
  const box = h("div", { id, class: "lb-data", hidden: true, role: "region", "aria-label": "Data", tabindex: 0 });
  const button = h("button", { type: "button", class: "lb-button", "aria-expanded": "false", "aria-controls": id, "data-action": "data" }, "Data");
  const cell = (/** @type {string | number | Node} */ v) => h("td", { class: typeof v === "number" ? "lb-right" : null }, typeof v === "number" ? format(v) : v);
  const update = () => {
    if (box.hidden) return;
    const [head, ...body] = rows();
    box.replaceChildren(
      h("table", { class: "lb-table" }, h("caption", {}, caption()),
        h("thead", {}, h("tr", {}, ...head.map((t) => h("th", { scope: "col" }, String(t))))),
        h("tbody", {}, ...body.map(([name, ...rest]) => h("tr", {}, h("th", { scope: "row" }, typeof name === "number" ? format(name) : name), ...rest.map(cell)))),
      ),
    );
  };
  button.addEventListener("click", () => {
    box.hidden = !box.hidden;
    button.setAttribute("aria-expanded", String(!box.hidden));
    update();
  }, { signal });
  return { /** the button, for the row of tools */ button, /** the place of the table */ node: box, update };
};
