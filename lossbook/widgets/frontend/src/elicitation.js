/** Elicitation: drag targets and one answer to all of them, and see which answer each loss asks for. */
import {
  accept, attr, clamp, createAnnounce, createChoice, createFrame, createHandle, createLegend, createPlot, createSelect, createSlider, createTable,
  createTools, define, h, labelRoom, loadLosses, number, s, stroke, tick,
} from "./kit/index.js";
import { createAnalysis } from "./elicitation/answer.js";
import { createCurves } from "./elicitation/curves.js";
import { createRows, dataRows } from "./elicitation/rows.js";
import { sentence } from "./elicitation/sentence.js";
import { createStrip } from "./elicitation/strip.js";
import { steps } from "./robust-fit/cloud.js";

/** @typedef {import("./kit/state.js").Model} Model */

const names = (/** @type {Model} */ model) => (model.get("specs") ?? []).map((/** @type {{name: string}} */ spec) => spec.name);
const STRIP = 78; // px for the dots
const LABELS = 460; // px of width from which on the curves carry their names

/** Targets from a link: as many as there are, on the axis. @param {any} v @param {Model} model */
const points = (v, model) => {
  const sound = Array.isArray(v) && v.length === model.get("points").length && v.every(Number.isFinite);
  return sound ? v.map((y) => clamp(y, model.get("bounds")[0], model.get("bounds")[1])) : undefined;
};

export default define({
  kind: "elicitation",
  label: "What each loss asks for",
  shared: {
    points,
    estimate: accept.number((model) => model.get("bounds")),
    reveal: (v) => (typeof v === "boolean" ? v : undefined),
    hyper: accept.hyper,
    off: accept.names(names),
  },
  async build({ model, root, signal, state, shows }) {
    const losses = await loadLosses(model.get("specs"));
    const bounds = /** @type {[number, number]} */ (model.get("bounds"));
    const { step, grain } = steps(bounds);
    const near = grain / 2;
    const analyse = createAnalysis();
    const isOn = (/** @type {string} */ name) => !state.get("off").includes(name);
    const reveal = () => Boolean(state.get("reveal"));
    const analysis = () => analyse({
      points: state.get("points"), estimate: state.get("estimate"), hyper: state.get("hyper"), bounds, asks: model.get("asks"),
      losses: losses.filter((loss) => isOn(loss.name)),
    });

    const shapes = Object.entries(/** @type {Record<string, number[]>} */ (model.get("shapes")));
    const shape = () => shapes.find(([, ys]) => String(ys) === String(state.get("points")))?.[0] ?? "";
    const select = createSelect({
      label: "Targets", name: "shape", signal, options: [...shapes.map(([name]) => ({ value: name, text: name })), { value: "", text: "your own" }], get: shape,
      set: (name) => { const found = shapes.find(([other]) => other === name); if (found) state.set("points", [...found[1]]); },
    });
    const choice = createChoice({
      label: "Best answers", name: "reveal", signal, options: [{ value: "no", text: "Guess" }, { value: "yes", text: "Reveal" }],
      get: () => (reveal() ? "yes" : "no"), set: (value) => state.set("reveal", value === "yes"),
    });
    const bar = h("div", { class: "lb-bar" });
    if (shows("shapes") && shapes.length) bar.append(select.node);
    if (shows("reveal")) bar.append(choice.node);
    if (bar.childElementCount) root.append(bar);

    const margin = (/** @type {number} */ width) => ({ left: 46, right: shows("labels") && width >= LABELS ? labelRoom(losses.map((l) => l.short)) : 14 });
    const plot = createPlot({
      parent: root, signal, label: "Average loss of every answer", zero: { x: false },
      x: { label: "", domain: bounds, ticks: 0 },
      y: { label: "average loss, each from its lowest to its highest", domain: [0, 1.08], ticks: 2, format: (v) => `${Math.round(100 * v)}%` },
      height: (width) => Math.round(clamp(0.4 * width, 190, 290)), margin: (width) => ({ top: 38, bottom: 14, ...margin(width) }), onLayout: () => draw(),
    });
    const strip = createPlot({
      parent: root, signal, label: "The targets", zero: { x: false }, x: { label: model.get("x_label"), domain: bounds },
      y: { label: "", domain: [0, STRIP], ticks: 0 }, height: () => STRIP + 46, margin: (width) => ({ top: 6, bottom: 40, ...margin(width) }), onLayout: () => draw(),
    });
    const surface = s("rect", { class: "lb-surface" });
    plot.back.append(surface);
    const curves = createCurves(plot, strip, { losses, labels: () => shows("labels") && plot.width >= LABELS });
    const pins = [plot, strip].map((p) => { const line = s("line", { class: "lb-answer" }); p.front.append(line); return { p, line }; });
    let untouched = shows("hint");
    const handle = createHandle({
      plot, signal, surface, axis: "x", label: "Answer", name: "estimate", range: { x: bounds }, step, grain,
      get: () => [state.get("estimate"), 1.08], set: (x) => state.set("estimate", x), text: () => number(state.get("estimate")),
    });
    const invite = s("g", { class: "lb-invite", "aria-hidden": "true" },
      s("path", { d: "M-15,-5L-21,0L-15,5" }), s("path", { d: "M15,-5L21,0L15,5" }), s("text", { dy: "0.33em" }, "drag me"));
    if (untouched) plot.front.append(invite);
    const dots = createStrip(strip, {
      count: state.get("points").length, signal, range: bounds, step, grain, get: () => state.get("points"),
      set: (i, y) => state.set("points", state.get("points").map((/** @type {number} */ old, /** @type {number} */ k) => (k === i ? y : old))),
    });

    const legend = createLegend({
      items: losses, label: "Losses", signal, isOn,
      set: (name, on) => state.set("off", losses.map((l) => l.name).filter((other) => (other === name ? !on : !isOn(other)))),
    });
    const rows = createRows({ losses, names: [...legend.node.children] });
    root.append(...(shows("rows") ? [rows.node] : []));
    const announce = createAnnounce({ signal });
    if (shows("sentence")) root.append(announce.node);
    const sliders = !shows("sliders") ? [] : losses.flatMap((loss) => loss.parameters.map((p) => {
      const key = `${loss.name}.${p.name}`;
      return createSlider({
        label: `${loss.short} ${p.label}`, title: p.meaning, name: key, range: p.slider, log: p.log, signal, color: stroke(loss),
        get: () => state.get("hyper")[key] ?? p.default, set: (x) => state.set("hyper", { ...state.get("hyper"), [key]: x }),
      });
    }));
    if (sliders.length) root.append(h("div", { class: "lb-sliders" }, ...sliders.map((slider) => slider.node)));
    const table = createTable({
      signal, caption: () => `The answer ${number(state.get("estimate"))} to the targets ${state.get("points").map(tick).join(", ")}.`,
      rows: () => dataRows(analysis(), reveal()),
    });
    root.append(createTools({ model, root, signal, state, shows }, [table.button]).node, table.node);

    const place = () => {
      const { left, right, top, bottom } = plot.inner, x = plot.x(state.get("estimate"));
      attr(surface, { x: left, y: top, width: Math.max(0, right - left), height: Math.max(0, bottom - top) });
      for (const { p, line } of pins) attr(line, { x1: x, x2: x, y1: p === plot ? top : 0, y2: p.inner.bottom + (p === plot ? 14 : 0) });
      handle.update();
      invite.classList.toggle("lb-off", !untouched);
      const flip = x > right - 100;
      invite.setAttribute("transform", `translate(${x.toFixed(1)},${top})`);
      attr(/** @type {Element} */ (invite.lastElementChild), { x: flip ? -27 : 27, "text-anchor": flip ? "end" : "start" });
    };
    const draw = () => {
      const now = analysis();
      plot.say(reveal() ? "" : "Where is each average loss lowest?");
      curves.update(now, reveal());
      place();
      dots.update();
      rows.update(now, reveal(), near);
      announce.say(sentence(now, { reveal: reveal(), near }));
      for (const part of [select, choice, legend, ...sliders, table]) part.update();
    };
    state.on(["estimate"], () => { untouched = false; });
    state.on(["points", "estimate", "reveal", "hyper", "off"], createFrame(draw, signal));
    draw();
  },
});
