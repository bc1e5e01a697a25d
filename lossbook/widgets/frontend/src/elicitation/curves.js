/** The average loss of every answer, each loss on its own scale, and where it is lowest. */
import { attr, createCurve, createLabels, s, stroke } from "../kit/index.js";

/** @typedef {[number, number]} Point */

/** From 0 at the best answer to 1 at the worst on the axis; all 0 for a loss that charges the same everywhere.
 * @param {import("./answer.js").Best} best
 * @returns {Point[]} */
export const scaled = ({ places, values, least, most }) => {
  const size = most - least > 0 ? most - least : 1;
  return places.map((c, i) => [c, (values[i] - least) / size]);
};

/**
 * @param {import("../kit/plot.js").Plot} plot  the curves
 * @param {import("../kit/plot.js").Plot} strip  the targets below: each best answer is led down to them
 * @param {{losses: import("../kit/losses.js").Loss[], labels: () => boolean}} options
 */
export const createCurves = (plot, strip, { losses, labels }) => {
  const names = createLabels(plot);
  const made = losses.map((loss) => {
    const look = { stroke: stroke(loss), fill: stroke(loss) };
    const line = s("line", { class: "lb-asked", stroke: look.stroke, "stroke-dasharray": loss.dash || null, "data-best": loss.name });
    const band = s("rect", { class: "lb-asked-band", fill: look.fill });
    const mark = s("path", { class: "lb-asked-mark", d: "M0 -7L6 0L0 7L-6 0Z", fill: look.fill });
    strip.back.append(band, line);
    plot.front.append(mark);
    return { loss, curve: createCurve(plot, loss, { name: loss.name, width: 2.25 }), line, band, mark };
  });
  return {
    /** @param {import("./answer.js").Analysis} analysis @param {boolean} reveal */
    update({ results }, reveal) {
      for (const { loss, curve, line, band, mark } of made) {
        const best = results.find((r) => r.loss === loss)?.best;
        for (const node of [line, band, mark]) node.classList.toggle("lb-off", !best || !reveal);
        curve.show(Boolean(best) && reveal);
        if (!best || !reveal) continue;
        curve.update(scaled(best));
        const x = strip.x(best.middle), { top, bottom } = strip.inner;
        attr(line, { x1: x, x2: x, y1: top - 3, y2: bottom });
        attr(band, { x: strip.x(best.low), width: Math.max(0, strip.x(best.high) - strip.x(best.low)), y: top - 3, height: bottom - top + 3 });
        mark.setAttribute("transform", `translate(${plot.x(best.middle).toFixed(2)},${plot.y(0).toFixed(2)})`);
      }
      const shown = reveal && labels() ? results : [];
      names.update(shown.map(({ loss, best }) => ({ text: loss.short, look: loss, y: scaled(best)[best.places.length - 1][1] })));
    },
  };
};
