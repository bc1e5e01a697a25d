/** StepThrough: a small network learns, one step of the loop at a time, with the numbers on its edges. */
import {
  accept, clamp, createAnnounce, createChoice, createFrame, createSlider, createTable, createTools, define, h, loadLosses, number, stroke,
} from "./kit/index.js";
import { createFit, createHistory, X_ENDS, Y_ENDS } from "./step-through/fit.js";
import { analyse, NAMES, remembered, stepped } from "./step-through/model.js";
import { createNetwork } from "./step-through/network.js";
import { createPanel, dataRows } from "./step-through/panel.js";
import { sentence } from "./step-through/sentence.js";
import { createSteps, STAGES } from "./step-through/steps.js";

/** @typedef {import("./step-through/model.js").Point} Point */
/** @typedef {import("./kit/state.js").Model} Model */

const count = (/** @type {Model} */ model) => model.get("points").length;
const numbers = (/** @type {any} */ v, /** @type {number} */ length) => Array.isArray(v) && v.length === length && v.every(Number.isFinite);
const RATES = /** @type {[number, number]} */ ([0.01, 1]);
const TRAITS = ["points", "weights", "rounds", "history", "loss", "hyper", "rate", "learn", "active", "stage"];

export default define({
  kind: "step-through",
  label: "One step of training at a time",
  shared: {
    points: (v, model) => (Array.isArray(v) && v.length === count(model) && v.every((p) => numbers(p, 2)) ? v.map(([x, y]) => [clamp(x, ...X_ENDS), clamp(y, ...Y_ENDS)]) : undefined),
    weights: (v) => (numbers(v, NAMES.length) ? v.map((/** @type {number} */ w) => clamp(w, -1000, 1000)) : undefined),
    rounds: (v) => (Number.isInteger(v) && v >= 0 && v <= 1e5 ? v : undefined),
    history: (v) => (Array.isArray(v) && v.length <= 80 && v.every((row) => numbers(row, 3)) ? v : undefined),
    loss: (v, model) => (model.get("specs").some((/** @type {{name: string}} */ s) => s.name === v) ? v : undefined),
    hyper: accept.hyper,
    rate: accept.number(() => RATES),
    learn: accept.oneOf(["all", "one"]),
    active: (v, model) => (Number.isInteger(v) && v >= 0 && v < count(model) ? v : undefined),
    stage: accept.oneOf(STAGES),
  },
  async build({ model, root, signal, state, shows }) {
    const losses = await loadLosses(model.get("specs"));
    const chosenLoss = () => losses.find((l) => l.name === state.get("loss")) ?? losses[0];
    const scene = () => ({
      weights: state.get("weights"), points: state.get("points"), validation: model.get("validation"), active: state.get("active"), learn: state.get("learn"),
      rate: state.get("rate"), loss: chosenLoss(), hyper: state.get("hyper"),
    });
    let untouched = shows("hint");

    const steps = createSteps({
      signal, stage: () => state.get("stage"), show: (stage) => state.set("stage", stage),
      round() {
        const now = scene(), next = stepped(now), rounds = state.get("rounds");
        state.set({ weights: next, rounds: rounds + 1, history: remembered(state.get("history"), rounds, analyse(now)) });
        return Math.max(...next.map((w, i) => Math.abs(w - now.weights[i])));
      },
      restart: () => state.set({ weights: [...model.get("start")], rounds: 0, history: [], stage: "forward" }),
    });
    const choice = createChoice({
      label: "Loss", name: "loss", signal, options: losses.map((l) => ({ value: l.name, text: l.short })),
      get: () => state.get("loss"), set: (value) => state.set({ loss: value, history: [] }), // another loss, another unit
    });
    const learn = createChoice({
      label: "Learn from", name: "learn", signal, options: [{ value: "all", text: "all points" }, { value: "one", text: "the ringed one" }],
      get: () => state.get("learn"), set: (value) => state.set("learn", value),
    });

    if (shows("stages")) root.append(steps.rail.node);
    const left = h("div", { class: "lb-through-graph" }), side = h("div", { class: "lb-through-side" });
    root.append(h("div", { class: "lb-through" }, left));
    const network = createNetwork({ parent: left, signal });
    const announce = createAnnounce({ signal });
    const panel = createPanel();
    if (shows("steps")) side.append(steps.node);
    if (shows("sentence")) side.append(announce.node);
    if (shows("numbers")) side.append(panel.node);
    if (side.childElementCount) left.after(side);

    const named = (/** @type {string} */ name, /** @type {HTMLElement} */ node) => h("div", { class: "lb-through-named" }, h("span", { "aria-hidden": "true" }, name), node);
    const rate = createSlider({
      label: "learning rate", name: "rate", range: RATES, log: true, signal, show: (x) => number(x), get: () => state.get("rate"), set: (x) => state.set("rate", x),
    });
    const own = new Map(losses.map((loss) => [loss.name, loss.parameters.map((p) => {
      const key = `${loss.name}.${p.name}`;
      return createSlider({
        label: `${loss.short} ${p.label}`, title: p.meaning, name: key, range: p.slider, log: p.log, signal, color: stroke(loss),
        get: () => state.get("hyper")[key] ?? p.default, set: (x) => state.set({ hyper: { ...state.get("hyper"), [key]: x }, history: [] }),
      });
    })]));
    const sliders = h("div", { class: "lb-sliders" });
    const setting = h("div", { class: "lb-through-setting" });
    if (shows("loss") && losses.length > 1) setting.append(named("Loss", choice.node));
    if (shows("learn")) setting.append(named("Learn from", learn.node));
    if (shows("sliders")) setting.append(sliders);
    if (setting.childElementCount) root.append(setting);

    const below = h("div", { class: "lb-through-plots" });
    if (shows("fit") || shows("history")) root.append(below);
    const fit = shows("fit") ? createFit({
      parent: below, signal, count: count(model), validation: model.get("validation"), hint: untouched, grasp: steps.stop, onLayout: () => draw(),
      get: (i) => state.get("points")[i], activate: (i) => i !== state.get("active") && state.set("active", i),
      set: (i, x, y) => state.set({ active: i, points: state.get("points").map((/** @type {Point} */ p, /** @type {number} */ k) => (k === i ? [x, y] : p)) }),
    }) : null;
    const past = shows("history") ? createHistory({ parent: below, signal, onLayout: () => draw() }) : null;

    const table = createTable({
      signal, caption: () => "Every weight with its slope and its value after the update, and what happens at the ringed point.", rows: () => dataRows(analyse(scene()), state.get("rounds")),
    });
    const tools = createTools({ model, root, signal, state, shows }, [table.button]);
    if (tools.node.childElementCount) root.append(tools.node);
    root.append(table.node);

    let fitted = "";
    const draw = () => {
      const now = analyse(scene()), stage = state.get("stage"), rounds = state.get("rounds"), history = state.get("history");
      if (fitted !== now.loss.name) {
        fitted = now.loss.name;
        sliders.replaceChildren(rate.node, ...(own.get(fitted) ?? []).map((slider) => slider.node));
      }
      root.dataset.stage = stage;
      network.update(now, stage, rounds);
      fit?.update(now, stage, untouched);
      past?.update(now, history, rounds);
      panel.update(now, rounds);
      for (const part of [steps.rail, choice, learn, rate, ...(own.get(fitted) ?? [])]) part.update();
      announce.say(sentence(now, stage, rounds, history));
      table.update();
    };
    state.on(["points"], () => { untouched = false; });
    state.on(TRAITS, createFrame(draw, signal));
    draw();
  },
});
