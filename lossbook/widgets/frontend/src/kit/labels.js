import { s, setText } from "./dom.js";
import { ink, stroke } from "./theme.js";

/**
 * Move labels apart along a line: each keeps its order, stays within [low, high], and is at least `gap` from the next.
 * Pool-adjacent-violators: labels that collide form a block centered on the mean of their wishes.
 * @param {number[]} wishes
 * @param {number} gap
 * @param {number} low
 * @param {number} high
 * @returns {number[]} the places, in the order of the wishes
 */
export const dodge = (wishes, gap, low, high) => {
  const order = wishes.map((_, i) => i).sort((a, b) => wishes[a] - wishes[b] || a - b);
  const room = order.length > 1 ? Math.min(gap, (high - low) / (order.length - 1)) : gap;
  // In coordinates y - rank * gap a legal arrangement is simply non-decreasing.
  /** @type {{sum: number, n: number}[]} */
  const blocks = [];
  order.forEach((i, rank) => {
    blocks.push({ sum: wishes[i] - rank * room, n: 1 });
    while (blocks.length > 1) {
      const [a, b] = blocks.slice(-2);
      if (a.sum / a.n <= b.sum / b.n) break;
      blocks.splice(-2, 2, { sum: a.sum + b.sum, n: a.n + b.n });
    }
  });
  const places = new Array(wishes.length);
  const last = high - room * (order.length - 1);
  let rank = 0;
  for (const { sum, n } of blocks)
    for (let k = 0; k < n; k += 1) {
      places[order[rank]] = Math.min(Math.max(sum / n, low), Math.max(low, last)) + rank * room;
      rank += 1;
    }
  return places;
};

/**
 * Names written at the right-hand end of curves, in their colors, never overlapping.
 * @param {import("./plot.js").Plot} plot
 */
export const createLabels = (plot) => {
  const layer = s("g", { class: "lb-labels", "aria-hidden": "true" });
  plot.front.append(layer);
  /** @type {Map<string, {text: SVGTextElement, lead: SVGPathElement}>} */
  const made = new Map();
  return {
    /** @param {{text: string, y: number, look: import("./theme.js").Look, lead?: boolean}[]} items  y in data units;
     *   lead: false where the curve ends before the edge, so that no line leads from there to its name */
    update(items) {
      const { right, top, bottom } = plot.inner;
      const wishes = items.map((item) => Math.min(bottom - 4, Math.max(top + 4, plot.y(item.y) || 0)));
      const places = dodge(wishes, 16, top + 4, bottom - 4);
      for (const [key, { text, lead }] of made)
        if (!items.some((item) => item.text === key)) {
          text.remove();
          lead.remove();
          made.delete(key);
        }
      items.forEach((item, i) => {
        let own = made.get(item.text);
        if (!own) {
          own = { text: s("text", { dy: "0.33em" }), lead: s("path", { class: "lb-lead", fill: "none" }) };
          own.text.style.fill = ink(item.look);
          own.lead.style.stroke = stroke(item.look);
          layer.append(own.lead, own.text);
          made.set(item.text, own);
        }
        setText(own.text, item.text);
        own.text.setAttribute("x", String(right + 14));
        own.text.setAttribute("y", places[i].toFixed(1));
        own.lead.setAttribute("d", item.lead === false ? "" : `M${right + 1} ${wishes[i].toFixed(1)}L${right + 10} ${places[i].toFixed(1)}`);
      });
    },
  };
};

/** Room that the longest of some labels needs to the right of a plot, in px. */
export const labelRoom = (/** @type {string[]} */ texts) => 22 + Math.ceil(7.2 * Math.max(0, ...texts.map((t) => t.length)));
