/** MarginLab: move the points of two classes, and see which of them each loss listens to. */
import {
  accept, chosen, clamp, createAnnounce, createChoice, createFrame, createLegend, createPlot, createSlider, createTable, createTools, define, h,
  loadLosses, stroke,
} from "./kit/index.js";
import { analyse } from "./margin-lab/analysis.js";
import { createCloud } from "./margin-lab/cloud.js";
import { dataRows } from "./margin-lab/data.js";
import { createPanel } from "./margin-lab/panel.js";
import { sentence } from "./margin-lab/sentence.js";
import { createStreets } from "./margin-lab/street.js";

/** @typedef {[number, number]} Point */
/** @typedef {import("./kit/state.js").Model} Model */

const PENALTIES = /** @type {Point} */ ([0.001, 1]); // what the slider offers
const names = (/** @type {Model} */ model) => (model.get("specs") ?? []).map((/** @type {{name: string}} */ spec) => spec.name);

/** Points from a link: as many as there are, inside the axes. @param {any} v @param {Model} model */
const points = (v, model) => {
  const [xs, ys] = model.get("bounds");
  const sound = Array.isArray(v) && v.length === model.get("labels").length && v.every((p) => Array.isArray(p) && p.length === 2 && p.every(Number.isFinite));
  return sound ? v.map(([x, y]) => [clamp(x, xs[0], xs[1]), clamp(y, ys[0], ys[1])]) : undefined;
};

export default define({
  kind: "margin-lab",
  label: "Margin lab",
  shared: {
    points,
    active: (v, model) => (Number.isInteger(v) && v >= 0 && v < model.get("labels").length ? v : undefined),
    penalty: accept.number(() => [1e-4, 100]),
    focus: (v, model) => (v === "" || names(model).includes(v) ? v : undefined),
    hyper: accept.hyper,
    off: accept.names(names),
  },
  async build({ model, root, signal, state, shows }) {
    const losses = await loadLosses(model.get("specs"));
    const labels = model.get("labels"), [xs, ys] = model.get("bounds");
    const isOn = (/** @type {string} */ name) => !state.get("off").includes(name);
    const activate = (/** @type {number} */ i) => i !== state.get("active") && state.set("active", i);
    const analysis = () => analyse({
      points: state.get("points"), labels, active: state.get("active"), focus: state.get("focus"), penalty: state.get("penalty"),
      hyper: state.get("hyper"), losses: losses.filter((loss) => isOn(loss.name)),
    });

    const left = h("div", { class: "lb-margin-plot" }), right = h("div", { class: "lb-margin-side" });
    root.append(h("div", { class: "lb-margin" }, left));
    // one unit is as long up as across, so that distances are what they look like
    const tall = (/** @type {number} */ width) => Math.round((width - 54) * ((ys[1] - ys[0]) / (xs[1] - xs[0])) + 66);
    const plot = createPlot({
      parent: left, signal, label: "Points of two classes and the boundaries between them",
      x: { label: "first feature", domain: xs }, y: { label: "second feature", domain: ys }, height: tall, zero: { x: false, y: false },
      onLayout: () => draw(),
    });
    const streets = createStreets(plot, losses);
    let untouched = shows("hint");
    const cloud = createCloud(plot, {
      labels, signal, hint: untouched, range: { x: xs, y: ys }, activate,
      get: (i) => state.get("points")[i],
      set(i, x, y) {
        state.set({ active: i, points: state.get("points").map((/** @type {Point} */ p, /** @type {number} */ k) => (k === i ? [x, y] : p)) });
      },
    });

    const legend = createLegend({
      items: losses, label: "Losses", signal, isOn,
      set: (name, on) => state.set("off", losses.map((l) => l.name).filter((other) => (other === name ? !on : !isOn(other)))),
    });
    const toggles = shows("legend") && shows("panel") ? [...legend.node.children] : []; // each in its loss's row of the panel
    const panel = createPanel({ losses, count: labels.length, names: toggles });
    const announce = createAnnounce({ signal });
    if (shows("panel")) right.append(panel.node);
    else if (shows("legend")) right.append(legend.node);
    if (shows("sentence")) right.append(announce.node);
    if (right.childElementCount) left.after(right);

    const sliders = !shows("sliders") ? [] : losses.flatMap((loss) => loss.parameters.map((p) => {
      const key = `${loss.name}.${p.name}`;
      return createSlider({
        label: `${loss.short} ${p.label}`, title: p.meaning, name: key, range: p.slider, log: p.log, signal, color: stroke(loss),
        get: () => state.get("hyper")[key] ?? p.default, set: (x) => state.set("hyper", { ...state.get("hyper"), [key]: x }),
      });
    }));
    if (shows("penalty")) sliders.unshift(createSlider({
      label: "penalty λ", title: "weight of the squared length of w, halved, beside the mean loss", name: "penalty", range: PENALTIES, log: true, signal,
      get: () => state.get("penalty"), set: (x) => state.set("penalty", x), show: (x) => (x < 0.01 ? String(Number(x.toPrecision(2))) : chosen(x)),
    }));
    if (sliders.length) root.append(h("div", { class: "lb-sliders" }, ...sliders.map((slider) => slider.node)));
    const focus = createChoice({
      label: "Street and pulling points of", name: "focus", signal,
      options: losses.map((loss) => ({ value: loss.name, text: loss.short })),
      get: () => state.get("focus"), set: (value) => state.set("focus", value),
    });
    const table = createTable({
      signal, caption: () => `The points and their margins, label times score; the marked one is number ${state.get("active") + 1}.`,
      rows: () => dataRows(analysis()),
    });
    const tools = createTools({ model, root, signal, state, shows }, [table.button]);
    const choice = h("div", { class: "lb-margin-focus" }, h("span", { "aria-hidden": "true" }, "Street of"), focus.node);
    const foot = [...(shows("focus") && losses.length > 1 ? [choice] : []), ...(tools.node.childElementCount ? [tools.node] : [])];
    if (foot.length) root.append(h("div", { class: "lb-bar lb-margin-foot" }, ...foot));
    root.append(table.node);

    const draw = () => {
      const now = analysis();
      streets.update(now);
      cloud.update(now, untouched);
      panel.update(now);
      legend.update();
      for (const slider of sliders) slider.update();
      focus.update();
      announce.say(sentence(now));
      table.update();
    };
    state.on(["points"], () => { untouched = false; });
    state.on(["points", "active", "hyper", "off", "focus", "penalty"], createFrame(draw, signal));
    draw();
  },
});
