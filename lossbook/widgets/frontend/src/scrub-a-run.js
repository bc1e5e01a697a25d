/** ScrubARun: walk through a recorded training run, choose the rule that stops it, and see what the rule costs. */
import {
  accept, clamp, createAnnounce, createFrame, createHandle, createPlot, createSelect, createSlider, createTable, createTools, define, h,
  labelRoom, number, s,
} from "./kit/index.js";
import { analyse, RULES } from "./scrub-a-run/model.js";
import { createPicture, NAMES, top } from "./scrub-a-run/picture.js";
import { createMeters, createPrices, dataRows, sentence } from "./scrub-a-run/prices.js";

/** @typedef {import("./kit/state.js").Model} Model */
/** @typedef {import("./scrub-a-run/model.js").Run} Run */

const PATIENCE = /** @type {[number, number]} */ ([1, 100]), LEVELS = /** @type {[number, number]} */ ([0.001, 1]);
const index = (/** @type {(model: Model) => number} */ count) => (/** @type {any} */ v, /** @type {Model} */ model) =>
  Number.isInteger(v) && v >= 0 && v < count(model) ? v : undefined;

export default define({
  kind: "scrub-a-run",
  label: "Scrub a run",
  shared: {
    run: index((model) => model.get("runs").length),
    rule: accept.oneOf(RULES),
    patience: (v) => (Number.isInteger(v) && v >= PATIENCE[0] && v <= PATIENCE[1] ? v : undefined),
    level: accept.number(() => LEVELS),
    now: index((model) => model.get("runs")[0].steps.length),
  },
  build({ model, root, signal, state, shows }) {
    const runs = /** @type {Run[]} */ (model.get("runs")), steps = runs[0].steps, last = steps.length - 1;
    const scene = () => analyse({
      run: runs[state.get("run")], rule: state.get("rule"), patience: state.get("patience"), level: state.get("level"), now: state.get("now"),
    });
    let untouched = true, told = "";

    const left = h("div", {}), side = h("div", { class: "lb-scrub-side" });
    const run = createSelect({
      label: "Run", name: "run", signal, options: runs.map(({ name }, value) => ({ value, text: name })),
      get: () => state.get("run"), set: (value) => state.set("run", value),
    });
    if (shows("run") && runs.length > 1) left.append(run.node);
    root.append(h("div", { class: "lb-scrub" }, left));
    const plot = createPlot({
      parent: left, signal, label: "The run, step by step", x: { label: "training step", domain: [steps[0], steps[last]] },
      y: { label: "loss", domain: [0, 1] }, height: (width) => Math.round(clamp(0.72 * width, 290, 380)),
      margin: { top: 40, right: labelRoom(NAMES) }, onLayout: () => draw(),
    });
    const surface = s("rect", { class: "lb-surface" });
    plot.front.append(surface);
    const picture = createPicture(plot, shows("hint"));
    const nearest = (/** @type {number} */ x) => steps.reduce((best, step, i) => (Math.abs(step - x) < Math.abs(steps[best] - x) ? i : best), 0);
    const handle = createHandle({
      plot, signal, label: "Check looked at", name: "now", axis: "x", range: { x: [steps[0], steps[last]] }, grain: 1, surface,
      step: Math.max(...steps.slice(1).map((step, i) => step - steps[i])), // the widest gap, so that a key always moves on
      get: () => [steps[state.get("now")], 0], set: (x) => state.set("now", nearest(x)), text: () => told,
    });

    const prices = createPrices({ signal, get: () => state.get("rule"), set: (rule) => state.set("rule", rule) });
    const meters = createMeters(), announce = createAnnounce({ signal });
    const patience = createSlider({
      label: "patience", title: "Checks that the rule waits", name: "patience", range: PATIENCE, signal, show: (x) => number(x, 0),
      get: () => state.get("patience"), set: (x) => state.set("patience", Math.round(x)),
    });
    const level = createSlider({
      label: "level", title: "The training loss below which the run stops", name: "level", range: LEVELS, log: true, signal,
      get: () => state.get("level"), set: (x) => state.set("level", x), show: (x) => number(x, 3),
    });
    const sliders = h("div", { class: "lb-sliders" });
    if (shows("rules")) side.append(prices.node);
    if (shows("sliders")) side.append(sliders);
    if (shows("numbers")) side.append(meters.node);
    if (side.childElementCount) left.after(side);
    if (shows("sentence")) root.append(announce.node);
    const table = createTable({ signal, caption: () => `What was recorded: ${runs[state.get("run")].name}.`, rows: () => dataRows(scene()) });
    const tools = createTools({ model, root, signal, state, shows }, [table.button]);
    if (tools.node.childElementCount) root.append(tools.node);
    root.append(table.node);

    let offered = "";
    const draw = () => {
      const a = scene(), accuracy = a.rule === "val_accuracy";
      if (offered !== a.rule) {
        offered = a.rule;
        sliders.replaceChildren(...(a.rule === "none" ? [] : [(a.rule === "train_level" ? level : patience).node]));
      }
      plot.name({ y: accuracy ? "accuracy" : "cross-entropy (nats)" });
      plot.domain({ y: [0, top(a, accuracy)] });
      const { left: x, right, top: y, bottom } = plot.inner;
      for (const [k, v] of Object.entries({ x, y, width: right - x, height: bottom - y })) surface.setAttribute(k, String(v));
      picture.update(a, untouched);
      told = `step ${a.run.steps[a.now]}: training loss ${number(a.run.train[a.now], 3)}, validation loss ${number(a.run.validation[a.now], 3)}`;
      for (const part of [handle, run, patience, level, table]) part.update();
      prices.update(a);
      meters.update(a);
      announce.say(sentence(a));
    };
    state.on(["now"], () => { untouched = false; });
    state.on(["run", "rule", "patience", "level", "now"], createFrame(draw, signal));
    draw();
  },
});
