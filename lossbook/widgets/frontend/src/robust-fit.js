/** RobustFit: drag a point, and see which losses let it drag their line along. */
import {
  accept, clamp, createAnnounce, createChoice, createFrame, createLegend, createPlot, createSlider, createTable, createTools, define, h, labelRoom, loadLosses,
  stroke,
} from "./kit/index.js";
import { createAnalysis } from "./robust-fit/analysis.js";
import { createCloud } from "./robust-fit/cloud.js";
import { createLines } from "./robust-fit/lines.js";
import { sentence } from "./robust-fit/sentence.js";
import { dataRows } from "./robust-fit/data.js";
import { createTug } from "./robust-fit/tug.js";

/** @typedef {[number, number]} Point */
/** @typedef {import("./kit/state.js").Model} Model */

const names = (/** @type {Model} */ model) => (model.get("specs") ?? []).map((/** @type {{name: string}} */ spec) => spec.name);
const count = (/** @type {Model} */ model) => model.get("points").length;

/** Points from a link: as many as there are, inside the axes. @param {any} v @param {Model} model */
const points = (v, model) => {
  const [xs, ys] = model.get("bounds");
  const sound = Array.isArray(v) && v.length === count(model) && v.every((p) => Array.isArray(p) && p.length === 2 && p.every(Number.isFinite));
  return sound ? v.map(([x, y]) => [clamp(x, xs[0], xs[1]), clamp(y, ys[0], ys[1])]) : undefined;
};

export default define({
  kind: "robust-fit",
  label: "Robust fit",
  shared: {
    points,
    active: (v, model) => (Number.isInteger(v) && v >= 0 && v < count(model) ? v : undefined),
    hyper: accept.hyper,
    off: accept.names(names),
    residuals: (v, model) => (v === "" || names(model).includes(v) ? v : undefined),
  },
  async build({ model, root, signal, state, shows }) {
    const losses = await loadLosses(model.get("specs"));
    const n = count(model);
    const [xs, ys] = model.get("bounds");
    const analyse = createAnalysis();
    const isOn = (/** @type {string} */ name) => !state.get("off").includes(name);
    const activate = (/** @type {number} */ i) => i !== state.get("active") && state.set("active", i);
    const analysis = () => analyse({
      points: state.get("points"), active: state.get("active"), hyper: state.get("hyper"), losses: losses.filter((loss) => isOn(loss.name)),
    });

    const left = h("div", { class: "lb-fit-plot" }), right = h("div", { class: "lb-fit-side" });
    root.append(h("div", { class: "lb-fit" }, left));
    const plot = createPlot({
      parent: left, signal, label: "Points and the lines fitted to them",
      x: { label: model.get("x_label"), domain: xs }, y: { label: model.get("y_label"), domain: ys },
      height: (width) => Math.round(clamp(0.75 * width, 250, 375)),
      margin: { right: shows("labels") ? labelRoom(losses.map((loss) => loss.short)) : 14 },
      onLayout: () => { tug.layout(); draw(); },
    });
    const lines = createLines(plot, { losses, count: n, labels: shows("labels") });
    let untouched = shows("hint");
    const cloud = createCloud(plot, {
      count: n, signal, hint: untouched, range: { x: xs, y: ys }, activate,
      get: (i) => state.get("points")[i],
      set(i, x, y) {
        state.set({ active: i, points: state.get("points").map((/** @type {Point} */ p, /** @type {number} */ k) => (k === i ? [x, y] : p)) });
      },
    });

    const legend = createLegend({
      items: losses, label: "Losses", signal, isOn,
      set: (name, on) => state.set("off", losses.map((l) => l.name).filter((other) => (other === name ? !on : !isOn(other)))),
    });
    const toggles = shows("legend") && shows("bars") ? [...legend.node.children] : []; // each in its loss's row of the tug
    const tug = createTug({ losses, count: n, signal, activate, names: toggles });
    const announce = createAnnounce({ signal });
    if (shows("bars")) right.append(tug.node);
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
    if (sliders.length) root.append(h("div", { class: "lb-sliders" }, ...sliders.map((slider) => slider.node)));
    const residuals = createChoice({
      label: "Residuals drawn to the line of", name: "residuals", signal,
      options: [{ value: "", text: "None" }, ...losses.map((loss) => ({ value: loss.name, text: loss.short }))],
      get: () => state.get("residuals"), set: (value) => state.set("residuals", value),
    });
    const table = createTable({
      signal, caption: () => `The points and their shares of each gradient; the ringed point is number ${state.get("active") + 1}.`,
      rows: () => dataRows(analysis()),
    });
    const tools = createTools({ model, root, signal, state, shows }, [table.button]);
    const choice = h("div", { class: "lb-fit-residuals" }, h("span", { "aria-hidden": "true" }, "Residuals"), residuals.node);
    const foot = [...(shows("residuals") ? [choice] : []), ...(tools.node.childElementCount ? [tools.node] : [])];
    if (foot.length) root.append(h("div", { class: "lb-bar lb-fit-foot" }, ...foot));
    root.append(table.node);

    const draw = () => {
      const now = analysis();
      lines.update(now, state.get("residuals"));
      cloud.update(now, untouched);
      tug.update(now);
      legend.update();
      for (const slider of sliders) slider.update();
      residuals.update();
      announce.say(sentence(now));
      table.update();
    };
    state.on(["points"], () => { untouched = false; });
    state.on(["points", "active", "hyper", "off", "residuals"], createFrame(draw, signal));
    tug.layout();
    draw();
  },
});
