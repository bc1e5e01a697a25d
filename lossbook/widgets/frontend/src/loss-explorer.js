/** LossExplorer: curves of several losses over the residual, the logit or a path, a handle to drag, and the pull of each loss there. */
import { accept, createAnnounce, createChoice, createCurve, createFrame, createHandle, createLabels, createLegend, createPlot,
  createSelect, createSlider, createTable, createTools, define, h, labelRoom, loadLosses, number, sample, stroke } from "./kit/index.js";
import { domain, span } from "./loss-explorer/extent.js";
import { createMarkers } from "./loss-explorer/markers.js";
import { createReadout } from "./loss-explorer/readout.js";
import { sentence } from "./loss-explorer/sentence.js";

/** @typedef {"value" | "gradient" | "curvature"} View */
const VIEWS = /** @type {View[]} */ (["value", "gradient", "curvature"]);
// An odd number of steps never lands on a residual of 0, where a definition may have no slope; these come as close as needed.
const BESIDE = [-5e-7, 5e-7]; // of the width of the axis
const STATIONS = 9; // where the steepest slope is looked for on a path, which may be flat at both ends
/** From where to where the curves run. @param {import("./kit/state.js").Model} model @returns {[number, number]} */
const endsOf = (model) => model.get("specs")[0].ends ?? [-model.get("reach"), model.get("reach")];
const Y_LABEL = { value: "loss", gradient: "gradient", curvature: "curvature" };

export default define({
  kind: "loss-explorer",
  label: "Loss explorer",
  shared: {
    view: accept.oneOf(VIEWS),
    residual: accept.number(endsOf),
    hyper: accept.hyper,
    off: accept.names((model) => model.get("specs").map((/** @type {{name: string}} */ s) => s.name)),
  },

  async build(context) {
    const { model, root, signal, state, shows } = context;
    const losses = await loadLosses(model.get("specs"));
    const { place: axis, label, says, ends: fixed } = losses[0];
    const ends = () => endsOf(model);
    const along = (/** @type {number} */ count) => Array.from({ length: count }, (_, i) => ends()[0] + ((ends()[1] - ends()[0]) * i) / (count - 1));
    const view = () => /** @type {View} */ (state.get("view"));
    const on = (/** @type {string} */ name) => !state.get("off").includes(name);
    const read = (/** @type {typeof losses[number]} */ loss, /** @type {number} */ x, hyper = state.get("hyper")) => {
      const [value, gradient] = loss.at(x, hyper);
      return { short: loss.short, value, gradient, curvature: loss.curvatureAt(x, hyper) };
    };

    const legend = createLegend({ items: losses, label: "Losses shown", signal, isOn: on,
      set: (name, show) => state.set("off", losses.map((l) => l.name).filter((n) => (n === name ? !show : !on(n)))) });
    const tabs = createChoice({ label: "What is drawn", name: "view", signal, get: view, set: (v) => state.set("view", v),
      options: VIEWS.map((value) => ({ value, text: value[0].toUpperCase() + value.slice(1) })) });
    const bar = h("div", { class: "lb-bar" });
    if (shows("legend")) bar.append(legend.node);
    if (shows("view")) bar.append(tabs.node);
    if (bar.childElementCount) root.append(bar);

    if (says) root.append(h("p", { class: "lb-says" }, says));
    const plot = createPlot({
      parent: root, signal, label: "Curves of the losses", zero: { x: true },
      x: { label, domain: ends() },
      y: { label: "loss", domain: [0, 1] },
      margin: () => ({ right: labelRoom(losses.map((l) => l.short)) }),
      onLayout: () => draw(),
    });
    const surface = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    surface.setAttribute("class", "lb-surface");
    plot.back.append(surface);
    const curves = losses.map((loss) => createCurve(plot, loss, { name: loss.name, width: 2.25 }));
    const labels = createLabels(plot);
    const markers = createMarkers(plot, losses);
    const handle = createHandle({
      plot, signal, surface, axis: "x", label: axis[0].toUpperCase() + axis.slice(1), name: "residual",
      get: () => [state.get("residual"), plot.y.domain()[0]], set: (x) => state.set("residual", x),
      range: { x: ends() }, step: (ends()[1] - ends()[0]) / 60, grain: (ends()[1] - ends()[0]) / 600, text: () => number(state.get("residual")),
    });

    const sliders = losses.flatMap((loss) => loss.parameters.map((p) => {
      const key = `${loss.name}.${p.name}`;
      return createSlider({ label: `${loss.short} ${p.label}`, title: p.meaning, name: key, range: p.slider, log: p.log, signal,
        color: stroke(loss), get: () => state.get("hyper")[key] ?? p.default,
        set: (x) => state.set("hyper", { ...state.get("hyper"), [key]: x }) });
    }));
    const selects = losses.flatMap(({ name, short, choice }) => {
      if (!choice) return [];
      const key = `${name}.${choice.name}`;
      return [createSelect({ label: `${short} ${choice.label}`, title: choice.meaning, name: key, options: choice.options, signal,
        get: () => state.get("hyper")[key] ?? choice.default, set: (x) => state.set("hyper", { ...state.get("hyper"), [key]: x }) })];
    });
    const announce = createAnnounce({ signal });
    const readout = createReadout(losses, axis);
    const table = createTable({ signal, format: (x) => number(x, 3), rows: () => tableRows(),
      caption: () => `${Y_LABEL[view()]} of each loss over the ${axis}` });
    const tools = createTools(context, [table.button]);
    const below = h("div", { class: "lb-below" });
    const settings = [...selects, ...sliders].map((s) => s.node);
    if (settings.length && shows("sliders")) below.append(h("div", { class: "lb-sliders" }, ...settings));
    if (shows("numbers")) below.append(readout.node);
    if (shows("sentence")) root.append(announce.node);
    if (below.childElementCount) root.append(below);
    root.append(tools.node);
    if (shows("data")) root.append(table.node);

    const tableRows = () => {
      const shown = losses.filter((l) => on(l.name));
      return [[axis, ...shown.map((l) => l.short)], ...along(13).map((x) => [x, ...shown.map((l) => read(l, x)[view()])])];
    };

    /** Curves are sampled again only when something they depend on has changed. @type {Map<string, {key: string, points: [number, number][]}>} */
    const sampled = new Map();
    const points = (/** @type {typeof losses[number]} */ loss) => {
      const hyper = state.get("hyper");
      const key = [view(), ...ends(), ...loss.setting(hyper)].join();
      const old = sampled.get(loss.name);
      if (old?.key === key) return old.points;
      const f = { value: loss.valueAt, gradient: loss.gradientAt, curvature: loss.curvatureAt }[view()];
      const beside = BESIDE.map((side) => (loss.target ?? 0) + side * (ends()[1] - ends()[0]));
      const fresh = { key, points: sample((x) => f(x, hyper), ends(), 241, beside) };
      sampled.set(loss.name, fresh);
      return fresh.points;
    };

    /** The steepest slope at the ends of the axis, or at stations along a path. @param {typeof losses} some */
    const steepest = (some) => {
      const slopes = some.flatMap((l) => along(fixed ? STATIONS : 2).map((x) => Math.abs(l.gradientAt(x, state.get("hyper")))));
      return Math.max(...slopes.filter(Number.isFinite), 1e-300);
    };

    let drawn = "";
    const drawCurves = () => {
      const key = JSON.stringify([view(), ends(), state.get("hyper"), state.get("off"), plot.width]);
      if (key === drawn) return;
      drawn = key;
      const shown = losses.filter((l) => on(l.name));
      // curvature that would change the gradient by less than a billionth of itself is none
      const dust = view() === "curvature" ? (1e-9 * steepest(shown)) / (ends()[1] - ends()[0]) : undefined;
      plot.domain({ x: ends(), y: domain(shown.map((l) => span(points(l))), dust) });
      handle.limit({ x: ends() });
      plot.name({ y: Y_LABEL[view()], plot: `${Y_LABEL[view()]} of ${shown.map((l) => l.short).join(", ") || "no loss"} over the ${axis}` });
      losses.forEach((loss, i) => {
        curves[i].show(on(loss.name));
        if (on(loss.name)) curves[i].update(points(loss));
      });
      const visible = shown.filter((loss) => points(loss).some((p) => Number.isFinite(p[1])));
      plot.say(visible.length ? "" : shown.length ? "No finite value between these ends" : "No loss is switched on");
      labels.update(visible.map((loss) => ({ text: loss.short, look: loss, y: lastFinite(points(loss)) })));
      const { left, right, top, bottom } = plot.inner;
      for (const [k, v] of Object.entries({ x: left, y: top, width: right - left, height: bottom - top })) surface.setAttribute(k, String(v));
      for (const part of [legend, tabs, ...selects, ...sliders, table]) part.update();
    };

    const draw = () => {
      drawCurves();
      const residual = state.get("residual");
      const here = losses.map((loss) => read(loss, residual));
      const shown = losses.map((_, i) => i).filter((i) => on(losses[i].name));
      markers.update({ view: view(), axis, residual, on, here, scale: (0.28 * (plot.inner.right - plot.inner.left)) / steepest(losses.filter((l) => on(l.name))) });
      handle.update();
      readout.update({ residual, view: view(), on, here });
      announce.say(sentence({ view: view(), axis, residual, losses: shown.map((i) => here[i]) }));
    };
    draw();
    state.on(["view", "residual", "hyper", "off", "reach"], createFrame(draw, signal));
  },
});

const lastFinite = (/** @type {[number, number][]} */ points) => points.findLast((p) => Number.isFinite(p[1]))?.[1] ?? 0;
