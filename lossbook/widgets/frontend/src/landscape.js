/** Landscape: the loss of a line over its two weights, and the paths that three rules of updating take on it. */
import {
  accept, clamp, createAnnounce, createChoice, createFrame, createLegend, createPlot, createSlider, createTable, createTools, define, h,
  loadLosses, number,
} from "./kit/index.js";
import { analyse, groundOf } from "./landscape/model.js";
import { createPanel, dataRows } from "./landscape/panel.js";
import { sentence } from "./landscape/sentence.js";
import { createRates, createTrace } from "./landscape/strips.js";
import { createTerrain, LOOKS } from "./landscape/terrain.js";

/** @typedef {import("./kit/state.js").Model} Model */

const RATES = /** @type {[number, number]} */ ([0.003, 3]), MOMENTA = /** @type {[number, number]} */ ([0, 0.98]);
const points = (/** @type {Model} */ model) => model.get("world").x.length;
const most = (/** @type {Model} */ model) => model.get("world").order.length;
const whole = (/** @type {(model: Model) => number} */ top) => (/** @type {any} */ v, /** @type {Model} */ model) =>
  Number.isInteger(v) && v >= 1 && v <= top(model) ? v : undefined;

export default define({
  kind: "landscape",
  label: "Loss landscape",
  shared: {
    loss: (v, model) => (model.get("specs").some((/** @type {{name: string}} */ s) => s.name === v) ? v : undefined),
    start: (v, model) => (Array.isArray(v) && v.length === 2 && v.every(Number.isFinite) ? v.map((x) => clamp(x, model.get("world").reach[0], model.get("world").reach[1])) : undefined),
    rate: accept.number(() => RATES),
    momentum: accept.number(() => MOMENTA),
    batch: whole(points),
    steps: whole(most),
    off: accept.names((model) => model.get("world").rules.map((/** @type {{name: string}} */ r) => r.name)),
  },
  async build({ model, root, signal, state, shows }) {
    const losses = await loadLosses(model.get("specs"));
    const world = model.get("world"), rules = world.rules.map((/** @type {{name: string}} */ r) => r.name);
    const grounds = new Map(losses.map((loss) => [loss.name, groundOf(loss, world)]));
    let untouched = shows("hint");
    const analysis = () => {
      const loss = losses.find((l) => l.name === state.get("loss")) ?? losses[0];
      const settings = { rate: state.get("rate"), momentum: state.get("momentum"), batch: state.get("batch"), start: state.get("start") };
      return analyse({ loss, world, ground: grounds.get(loss.name) ?? groundOf(loss, world), settings, steps: state.get("steps"), off: state.get("off") });
    };

    const choice = createChoice({
      label: "Loss", name: "loss", signal, options: losses.map((l) => ({ value: l.name, text: l.short })),
      get: () => state.get("loss"), set: (value) => state.set("loss", value),
    });
    const legend = createLegend({
      items: world.rules.map((/** @type {{name: string, short: string}} */ r) => ({ ...r, title: `Show or hide ${r.short}`, ...LOOKS[r.name] })),
      label: "Rules", signal, isOn: (name) => !state.get("off").includes(name),
      set: (name, on) => state.set("off", rules.filter((/** @type {string} */ r) => (r === name ? !on : state.get("off").includes(r)))),
    });
    const head = h("div", { class: "lb-landscape-head" });
    if (shows("loss") && losses.length > 1) head.append(choice.node);
    if (shows("legend")) head.append(legend.node);
    if (head.childElementCount) root.append(head);

    const left = h("div", {}), right = h("div", { class: "lb-landscape-side" }), below = h("div", { class: "lb-landscape-strips" });
    root.append(h("div", { class: "lb-landscape" }, left));
    const redraw = createFrame(() => draw(), signal);
    const plot = createPlot({
      parent: left, signal, label: "Level lines of the loss, and the paths", x: { label: "intercept", domain: world.reach, ticks: 6 },
      y: { label: "slope", domain: world.reach, ticks: 6 },
      height: (width) => width - 40 - 14 + 26 + 40, // one unit has the same length along both axes
      onLayout: redraw,
    });
    const terrain = createTerrain(plot, {
      rules, reach: world.reach, signal, hint: untouched, get: () => state.get("start"), set: (x, y) => state.set("start", [x, y]),
    });
    const announce = createAnnounce({ signal });
    const panel = createPanel(world.rules);
    if (shows("sentence")) right.append(announce.node);
    if (shows("numbers")) right.append(panel.node);
    const sliders = [
      createSlider({ label: "learning rate", name: "rate", range: RATES, log: true, signal, show: (x) => number(x, 3), get: () => state.get("rate"), set: (x) => state.set("rate", x) }),
      createSlider({ label: "momentum", name: "momentum", range: MOMENTA, signal, get: () => state.get("momentum"), set: (x) => state.set("momentum", x) }),
      createSlider({
        label: "points a step", name: "batch", range: [1, points(model)], signal, show: (x) => String(x), get: () => state.get("batch"),
        set: (x) => state.set("batch", Math.round(x)),
      }),
    ];
    if (shows("sliders")) right.append(h("div", { class: "lb-sliders" }, ...sliders.map((x) => x.node)));
    if (right.childElementCount) left.after(right);
    if (shows("trace") || shows("rates")) root.append(below);
    const trace = shows("trace") && createTrace(below, {
      rules, signal, most: most(model), get: () => state.get("steps"), set: (steps) => state.set("steps", steps), redraw,
    });
    const rates = shows("rates") && createRates(below, {
      rules, signal, range: RATES, get: () => state.get("rate"), set: (rate) => state.set("rate", rate), redraw,
    });

    const table = createTable({ signal, caption: () => "The loss of all points after each shown step, and where each path ends.", rows: () => dataRows(analysis()) });
    const tools = createTools({ model, root, signal, state, shows }, [table.button]);
    if (tools.node.childElementCount) root.append(tools.node);
    root.append(table.node);

    const draw = () => {
      const now = analysis();
      terrain.update(now, untouched);
      panel.update(now);
      if (trace) trace(now);
      if (rates) rates(now);
      for (const part of [choice, legend, ...sliders]) part.update();
      announce.say(sentence(now));
      table.update();
    };
    state.on(["start", "rate", "momentum", "batch"], () => { untouched = false; });
    state.on(["loss", "start", "rate", "momentum", "batch", "steps", "off"], redraw);
    draw();
  },
});
