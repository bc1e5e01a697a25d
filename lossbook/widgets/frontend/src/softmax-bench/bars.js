/** The lower plot: the probabilities as bars, each with its number, and a mark where the target of cross-entropy is. */
import { attr, s, setText } from "../kit/index.js";
import { share } from "./analysis.js";

/** A name that fits under its column, cut where it must be. @param {string} name @param {number} width in px */
export const shortened = (name, width) => {
  const most = Math.floor((width - 4) / 7.2);
  return name.length <= most ? name : `${name.slice(0, Math.max(1, most - 1)).trim()}\u2026`;
};

/** As `share`, in whole percents: for a column with no room for more. @param {number} p */
export const brief = (p) => (p > 0 && p < 0.01 ? "<1%" : p > 0.99 && p < 1 ? ">99%" : `${Math.round(100 * p)}%`);

const ROOM = 66; // px that the longest share needs

/**
 * @param {import("../kit/plot.js").Plot} plot
 * @param {string[]} names
 */
export const createBars = (plot, names) => {
  const bars = names.map(() => s("rect", { class: "lb-probability", rx: 2 }));
  const goals = names.map(() => s("line", { class: "lb-goal" }));
  const numbers = names.map((_, k) => s("text", { class: "lb-number", "text-anchor": "middle", "data-number": `p.${k}` }));
  const target = s("text", { class: "lb-goal-name", "text-anchor": "middle", "aria-hidden": "true" }, "target");
  plot.marks.append(...bars);
  plot.front.append(...goals, target, ...numbers);
  return {
    /** @param {import("./analysis.js").Analysis} analysis */
    update({ p, label, goal }) {
      const column = plot.x(1) - plot.x(0), width = Math.min(64, 0.46 * column), told = column < ROOM ? brief : share;
      p.forEach((q, k) => {
        const x = plot.x(k), y = plot.y(q);
        attr(bars[k], { x: (x - width / 2).toFixed(1), y: y.toFixed(1), width: width.toFixed(1), height: Math.max(0.5, plot.y(0) - y).toFixed(1) });
        bars[k].classList.toggle("lb-label", k === label);
        setText(numbers[k], told(q));
        numbers[k].dataset.value = String(q);
        const clear = goal && goal[k] > q && goal[k] - q < 0.15 ? goal[k] : q; // above the mark too, where that is near
        attr(numbers[k], { x: x.toFixed(1), y: (plot.y(clear) - 5).toFixed(1) });
        goals[k].classList.toggle("lb-off", !goal);
        if (!goal) return;
        const at = plot.y(goal[k]).toFixed(1);
        attr(goals[k], { x1: (x - width / 2 - 7).toFixed(1), x2: (x + width / 2 + 7).toFixed(1), y1: at, y2: at });
      });
      target.classList.toggle("lb-off", !goal || Math.abs(goal[label] - p[label]) < 0.3);
      if (goal) attr(target, { x: plot.x(label).toFixed(1), y: (plot.y(goal[label]) - 6).toFixed(1) });
    },
  };
};
