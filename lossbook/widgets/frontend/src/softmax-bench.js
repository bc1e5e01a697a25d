/** SoftmaxBench: drag the logits, see the probabilities, and how hard each loss pulls back. */
import {
  accept, clamp, createAnnounce, createChoice, createFrame, createLegend, createPlot, createSlider, createTable, createTools, define, h, stroke,
} from "./kit/index.js";
import { analyse, loadClassLosses, loadHelpers } from "./softmax-bench/analysis.js";
import { createBars, shortened } from "./softmax-bench/bars.js";
import { dataRows } from "./softmax-bench/data.js";
import { createLevels } from "./softmax-bench/levels.js";
import { createReadout } from "./softmax-bench/readout.js";
import { sentence } from "./softmax-bench/sentence.js";

/** @typedef {import("./kit/state.js").Model} Model */

const REACH = 10, ROOM = 12; // logits run from -REACH to REACH; the plot shows a little more
const TEMPERATURE = /** @type {[number, number]} */ ([0.01, 20]);
const names = (/** @type {Model} */ model) => (model.get("specs") ?? []).map((/** @type {{name: string}} */ spec) => spec.name);
const count = (/** @type {Model} */ model) => model.get("logits").length;

/** Logits from a link: as many as there are, on the axis. @param {any} v @param {Model} model */
const logits = (v, model) =>
  (Array.isArray(v) && v.length === count(model) && v.every(Number.isFinite) ? v.map((z) => clamp(z, -REACH, REACH)) : undefined);

export default define({
  kind: "softmax-bench",
  label: "Softmax bench",
  shared: {
    logits,
    label: (v, model) => (Number.isInteger(v) && v >= 0 && v < count(model) ? v : undefined),
    temperature: accept.number(() => TEMPERATURE),
    hyper: accept.hyper,
    off: accept.names(names),
  },
  async build({ model, root, signal, state, shows }) {
    const [losses, helpers] = await Promise.all([loadClassLosses(model.get("specs")), loadHelpers(model.get("helpers"))]);
    const classes = /** @type {string[]} */ (model.get("names"));
    const isOn = (/** @type {string} */ name) => !state.get("off").includes(name);
    const analysis = () => analyse(helpers, {
      logits: state.get("logits"), label: state.get("label"), temperature: state.get("temperature"), hyper: state.get("hyper"),
      losses: losses.filter((loss) => isOn(loss.name)),
    });

    const left = h("div", { class: "lb-bench-plots" }), right = h("div", { class: "lb-bench-side" });
    root.append(h("div", { class: "lb-bench-body" }, left));
    let column = 100; // px of a class; known before its name is drawn
    const margin = (/** @type {number} */ width) => {
      column = (width - 54) / classes.length;
      return { bottom: 26 };
    };
    const columns = {
      label: "", domain: /** @type {[number, number]} */ ([-0.5, classes.length - 0.5]), ticks: classes.length,
      format: (/** @type {number} */ k) => shortened(classes[k] ?? "", column),
    };
    const upper = createPlot({
      parent: left, signal, label: "Logits, and the pull of each loss on them", x: columns,
      y: { label: "logit; arrows: the pull of each loss", domain: [-ROOM, ROOM], ticks: 5 }, height: (width) => (width < 480 ? 214 : 250), margin, zero: { x: false, y: false },
      onLayout: () => draw(),
    });
    const lower = createPlot({
      parent: left, signal, label: "Probabilities, the softmax of the logits", x: columns,
      y: { label: "probability", domain: [0, 1.16], ticks: 3, format: (v) => (v <= 1 ? String(v) : "") }, height: (width) => (width < 480 ? 148 : 178), margin, zero: { x: false },
      onLayout: () => draw(),
    });
    let untouched = shows("hint");
    const levels = createLevels(upper, {
      losses, names: classes, reach: REACH, signal, hint: untouched,
      get: (k) => state.get("logits")[k],
      set: (k, z) => state.set("logits", state.get("logits").map((/** @type {number} */ old, /** @type {number} */ i) => (i === k ? z : old))),
    });
    const bars = createBars(lower, classes);

    const legend = createLegend({
      items: losses, label: "Losses", signal, isOn,
      set: (name, on) => state.set("off", losses.map((l) => l.name).filter((other) => (other === name ? !on : !isOn(other)))),
    });
    const step = (/** @type {string} */ name) => {
      const gradient = analysis().results.find((r) => r.loss.name === name)?.gradient;
      if (gradient) state.set("logits", state.get("logits").map((/** @type {number} */ z, /** @type {number} */ k) => clamp(z - gradient[k], -REACH, REACH)));
    };
    const readout = createReadout({ losses, toggles: [...legend.node.children], signal, step });
    const choice = createChoice({
      label: "The label", name: "label", signal, options: classes.map((text, k) => ({ value: String(k), text })),
      get: () => String(state.get("label")), set: (value) => state.set("label", Number(value)),
    });
    const announce = createAnnounce({ signal });
    if (shows("label")) right.append(h("div", { class: "lb-bench-label" }, h("span", { "aria-hidden": "true" }, "The label is"), choice.node));
    if (shows("numbers")) right.append(readout.node);
    if (shows("sentence")) right.append(announce.node);
    if (right.childElementCount) left.after(right);

    const heat = createSlider({
      label: "temperature T", title: "What the logits are divided by", name: "temperature", range: TEMPERATURE, log: true, signal,
      get: () => state.get("temperature"), set: (x) => state.set("temperature", x),
    });
    const own = losses.flatMap((loss) => loss.parameters.map((p) => {
      const key = `${loss.name}.${p.name}`;
      const slider = createSlider({
        label: `${loss.short} ${p.label}`, title: p.meaning, name: key, range: p.slider, log: p.log, signal, color: stroke(loss),
        get: () => state.get("hyper")[key] ?? p.default, set: (x) => state.set("hyper", { ...state.get("hyper"), [key]: x }),
      });
      return { loss: loss.name, slider };
    }));
    const sliders = h("div", { class: "lb-sliders" }, heat.node);
    if (shows("sliders")) root.append(sliders);
    let offered = "";
    const offer = () => { // the sliders of the losses that are switched on
      const on = own.filter(({ loss }) => isOn(loss));
      const key = on.map(({ loss }) => loss).join();
      if (key !== offered) sliders.replaceChildren(heat.node, ...on.map(({ slider }) => slider.node));
      offered = key;
      for (const slider of [heat, ...on.map((o) => o.slider)]) slider.update();
    };
    const table = createTable({ signal, caption: () => "Each class: its logit, its probability, and the slope of each loss by its logit.", rows: () => dataRows(analysis(), classes) });
    const tools = createTools({ model, root, signal, state, shows }, [table.button]);
    if (tools.node.childElementCount) root.append(tools.node);
    root.append(table.node);

    const draw = () => {
      const now = analysis();
      levels.update(now, untouched);
      bars.update(now);
      readout.update(now, classes[now.label]);
      announce.say(sentence(now, classes));
      offer();
      for (const part of [legend, choice, table]) part.update();
    };
    state.on(["logits"], () => { untouched = false; });
    state.on(["logits", "label", "temperature", "hyper", "off"], createFrame(draw, signal));
    draw();
  },
});
