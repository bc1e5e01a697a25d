/** CatLogits: drag the scores of an image, take one step for it, see what the step does to the other images. */
import {
  accept, clamp, createAnnounce, createFrame, createPlot, createSlider, createTable, createTools, define, h, importText,
} from "./kit/index.js";
import { createPanel, dataRows, sentence } from "./cat-logits/panel.js";
import { analyse, REACH } from "./cat-logits/model.js";
import { createStrip } from "./cat-logits/strip.js";
import { loadClassLosses } from "./softmax-bench/analysis.js";
import { createBars, shortened } from "./softmax-bench/bars.js";
import { createLevels } from "./softmax-bench/levels.js";

/** @typedef {import("./kit/state.js").Model} Model */

const ROOM = 12; // logits run from -REACH to REACH; the plot shows a little more
const RATES = /** @type {[number, number]} */ ([0.0001, 1]);
const count = (/** @type {Model} */ model) => model.get("labels").length;

/** Logits from a link: as many as there are, on the axis. @param {any} v @param {Model} model */
const logits = (v, model) => {
  const classes = model.get("names").length;
  const sound = (/** @type {any} */ row) => Array.isArray(row) && row.length === classes && row.every(Number.isFinite);
  if (!Array.isArray(v) || v.length !== count(model) || !v.every(sound)) return undefined;
  return v.map((row) => row.map((/** @type {number} */ z) => clamp(z, -REACH, REACH)));
};

export default define({
  kind: "cat-logits",
  label: "Cat logits",
  shared: {
    logits,
    rate: accept.number(() => RATES),
    active: (v, model) => (Number.isInteger(v) && v >= 0 && v < count(model) ? v : undefined),
  },
  async build({ model, root, signal, state, shows }) {
    const [loss] = await loadClassLosses(model.get("specs"));
    /** @type {Record<string, any>} */
    const { probability } = await importText(model.get("helpers").probability);
    const names = /** @type {string[]} */ (model.get("names")), labels = /** @type {number[]} */ (model.get("labels"));
    const analysis = () => analyse(loss, probability, {
      logits: state.get("logits"), labels, kernel: model.get("kernel"), rate: state.get("rate"), active: state.get("active"),
    });
    const strip = createStrip({
      images: model.get("images"), told: labels.map((k) => names[k]), signal, get: () => state.get("active"), set: (j) => state.set("active", j),
    });
    if (shows("images")) root.append(strip.node);
    const left = h("div", { class: "lb-cat-plots" }), right = h("div", { class: "lb-cat-side" });
    root.append(h("div", { class: "lb-cat-body" }, left));
    let column = 100; // px of a class; known before its name is drawn
    const margin = (/** @type {number} */ width) => {
      column = (width - 54) / names.length;
      return { bottom: 26 };
    };
    const columns = {
      label: "", domain: /** @type {[number, number]} */ ([-0.5, names.length - 0.5]), ticks: names.length,
      format: (/** @type {number} */ k) => shortened(names[k] ?? "", column),
    };
    const upper = createPlot({
      parent: left, signal, label: "Scores of the chosen image, and the pull of the loss on them", x: columns,
      y: { label: "score (logit); arrows: the pull of the loss", domain: [-ROOM, ROOM], ticks: 5 }, height: (width) => (width < 480 ? 200 : 220), margin, zero: { x: false, y: false },
      onLayout: () => draw(),
    });
    const lower = createPlot({
      parent: left, signal, label: "Probabilities of the chosen image, now and after the step", x: columns,
      y: { label: "probability; dashes: after the step", domain: [0, 1.16], ticks: 3, format: (v) => (v <= 1 ? String(v) : "") }, height: (width) => (width < 480 ? 146 : 165), margin, zero: { x: false },
      onLayout: () => draw(),
    });
    let untouched = shows("hint");
    const levels = createLevels(upper, {
      losses: [loss], names, reach: REACH, signal, hint: untouched,
      get: (k) => state.get("logits")[state.get("active")][k],
      set: (k, z) => state.set("logits", state.get("logits").map((/** @type {number[]} */ row, /** @type {number} */ j) =>
        (j === state.get("active") ? row.map((old, i) => (i === k ? z : old)) : row))),
    });
    const bars = createBars(lower, names, "after");
    const panel = createPanel();
    const announce = createAnnounce({ signal });
    const once = h("button", { type: "button", class: "lb-button lb-cat-step", "data-action": "step" }, "Take one step");
    once.addEventListener("click", () => state.set("logits", analysis().next), { signal });
    const rate = createSlider({
      label: "learning rate", title: "of the step on the last layer", name: "rate", range: RATES, log: true, signal,
      get: () => state.get("rate"), set: (x) => state.set("rate", x),
    });
    if (shows("step")) right.append(once);
    if (shows("sliders")) right.append(rate.node);
    if (shows("sentence")) right.append(announce.node);
    if (shows("numbers")) right.append(panel.node);
    if (right.childElementCount) left.after(right);
    const table = createTable({
      signal, caption: () => "The scores of the chosen image, and what one step for it does to every image.", rows: () => dataRows(analysis(), names),
    });
    const tools = createTools({ model, root, signal, state, shows }, [table.button]);
    if (tools.node.childElementCount) root.append(tools.node);
    root.append(table.node);

    const draw = () => {
      const now = analysis();
      strip.update(now);
      levels.update(now, untouched);
      bars.update(now);
      panel.update(now);
      announce.say(sentence(now, names));
      rate.update();
      table.update();
    };
    state.on(["logits"], () => { untouched = false; });
    state.on(["logits", "rate", "active"], createFrame(draw, signal));
    draw();
  },
});
