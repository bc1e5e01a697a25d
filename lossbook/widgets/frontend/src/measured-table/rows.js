/** The table itself: the document's word beside the measured one, sorted by a click or a key on a heading. */
import { createNumber, h, number, setText, stroke } from "../kit/index.js";
import { word } from "./column.js";

/** @typedef {import("../kit/losses.js").Loss} Loss */
/** @typedef {{sort: string, down: boolean}} Order */

const RANK = /** @type {Record<string, number>} */ ({ Low: 0, Medium: 1, High: 2 });
const HEADS = [
  { key: "loss", text: "Loss" },
  { key: "document", text: "The table says" },
  { key: "lost", text: "Measured" },
  { key: "clean", text: "No bad point" },
];
const share = (/** @type {number} */ x) => (Number.isFinite(x) ? `${number(Math.round(1000 * x) / 10, 1)}%` : "no value");

/**
 * The rows in their order. @param {Loss[]} losses @param {Order} order
 * @param {Record<string, string>} words @param {Record<string, {lost: number, clean: number}>} found
 */
export const sorted = (losses, { sort, down }, words, found) => {
  const key = /** @type {Record<string, (loss: Loss) => number | string>} */ ({
    loss: (loss) => loss.short.toLowerCase(),
    document: (loss) => RANK[words[loss.name]] ?? -1,
    lost: (loss) => found[loss.name].lost,
    clean: (loss) => found[loss.name].clean,
  })[sort];
  if (!key) return losses;
  const sign = down ? -1 : 1;
  return [...losses].sort((a, b) => (key(a) < key(b) ? -sign : key(a) > key(b) ? sign : losses.indexOf(a) - losses.indexOf(b)));
};

/**
 * @param {{losses: Loss[], words: Record<string, string>, signal: AbortSignal, get: () => Order, set: (order: Order) => void}} options
 */
export const createRows = ({ losses, words, signal, get, set }) => {
  const heads = HEADS.map(({ key, text }) => {
    const button = h("button", { type: "button", class: "lb-sort", "data-sort": key }, text);
    button.addEventListener("click", () => {
      const { sort, down } = get();
      set(sort === key ? { sort: key, down: !down } : { sort: key, down: key === "lost" || key === "document" || key === "clean" });
    }, { signal });
    return { key, button, cell: h("th", { scope: "col" }, button) };
  });
  const rows = losses.map((loss) => {
    const lost = createNumber(`${loss.name}.lost`, share), clean = createNumber(`${loss.name}.clean`, share);
    const measured = h("span", { class: "lb-measured-word" }), bar = h("span", { class: "lb-measured-bar", "aria-hidden": "true" });
    bar.style.setProperty("--lb-own", stroke(loss));
    const agree = h("span", { class: "lb-measured-agree" });
    const row = h("tr", {}, h("th", { scope: "row" }, loss.short, h("span", { class: "lb-measured-task" }, loss.axis === "residual" ? "line" : "classifier")),
      h("td", {}, words[loss.name] ?? "\u2013"),
      h("td", {}, h("span", { class: "lb-measured-cell" }, measured, lost.node, agree), bar), h("td", {}, clean.node));
    return { loss, row, lost, clean, measured, bar, agree };
  });
  const body = h("tbody", {}, ...rows.map((r) => r.row));
  const node = h("div", { class: "lb-measured-scroll" },
    h("table", { class: "lb-table lb-measured" }, h("caption", { class: "lb-sr" }, "Outlier sensitivity: the word of the table and the measured one. Headings sort."),
      h("thead", {}, h("tr", {}, ...heads.map((head) => head.cell))), body));
  let order = "";
  return {
    node,
    /** @param {Record<string, {lost: number, clean: number}>} found */
    update(found) {
      const now = get();
      for (const { key, cell } of heads) {
        const own = now.sort === key;
        if (own) cell.setAttribute("aria-sort", now.down ? "descending" : "ascending");
        else cell.removeAttribute("aria-sort");
      }
      for (const { loss, lost, clean, measured, bar, agree } of rows) {
        const { lost: x, clean: y } = found[loss.name];
        lost.set(x);
        clean.set(y);
        setText(measured, word(x));
        bar.style.setProperty("--lb-part", `${Math.max(0, Math.min(100, 100 * x)).toFixed(1)}%`);
        const same = !words[loss.name] ? "" : words[loss.name] === word(x) ? "as the table says" : RANK[word(x)] > RANK[words[loss.name]] ? "more than it says" : "less than it says";
        setText(agree, same);
      }
      const wanted = sorted(losses, now, words, found);
      const key = wanted.map((loss) => loss.name).join();
      if (key === order) return;
      order = key;
      body.append(...wanted.map((loss) => rows[losses.indexOf(loss)].row));
    },
  };
};
