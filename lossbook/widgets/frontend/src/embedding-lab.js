/** EmbeddingLab: points of a plane that pull and push one another, under losses of pairs, triplets and picks. */
import {
  accept, clamp, createAnnounce, createChoice, createFrame, createPlot, createSlider, createTable, createTools, define, h, number,
} from "./kit/index.js";
import { createCloud } from "./embedding-lab/cloud.js";
import { analyse, felt, loadTerms, REACH, stepped, termsOf } from "./embedding-lab/model.js";
import { createPanel, dataRows } from "./embedding-lab/panel.js";
import { sentence } from "./embedding-lab/sentence.js";
import { createSteps } from "./embedding-lab/steps.js";

/** @typedef {import("./embedding-lab/model.js").Point} Point */
/** @typedef {import("./kit/state.js").Model} Model */

const count = (/** @type {Model} */ model) => model.get("classes").length;
const RANGES = /** @type {Record<string, [number, number]>} */ ({ margin: [0, 3], temperature: [0.02, 5], rate: [0.01, 1] });
const sound = (/** @type {any} */ p) => Array.isArray(p) && p.length === 2 && p.every(Number.isFinite);

export default define({
  kind: "embedding-lab",
  label: "Embedding lab",
  shared: {
    points: (v, model) => (Array.isArray(v) && v.length === count(model) && v.every(sound) ? v.map((p) => p.map((/** @type {number} */ x) => clamp(x, -REACH, REACH))) : undefined),
    loss: (v, model) => (model.get("specs").some((/** @type {{name: string}} */ s) => s.name === v) ? v : undefined),
    margin: accept.number(() => RANGES.margin),
    temperature: accept.number(() => RANGES.temperature),
    rate: accept.number(() => RANGES.rate),
    forces: accept.oneOf(["both", "pull", "push"]),
    active: (v, model) => (Number.isInteger(v) && v >= 0 && v < count(model) ? v : undefined),
  },
  async build({ model, root, signal, state, shows }) {
    const losses = await loadTerms(model.get("specs"));
    const classes = model.get("classes");
    const chosenLoss = () => losses.find((l) => l.name === state.get("loss")) ?? losses[0];
    const settings = () => ({ margin: state.get("margin"), temperature: state.get("temperature"), forces: state.get("forces") });
    const analysis = () => analyse({
      points: state.get("points"), classes, active: state.get("active"), rate: state.get("rate"), loss: chosenLoss(), settings: settings(),
    });
    let untouched = shows("hint");

    const choice = createChoice({
      label: "Loss", name: "loss", signal, options: losses.map((l) => ({ value: l.name, text: l.short })),
      get: () => state.get("loss"), set: (value) => state.set("loss", value),
    });
    const forces = createChoice({
      label: "Pairs that count", name: "forces", signal,
      options: [{ value: "both", text: "Both" }, { value: "pull", text: "Pull only" }, { value: "push", text: "Push only" }],
      get: () => state.get("forces"), set: (value) => state.set("forces", value),
    });
    const steps = createSteps({
      signal,
      step() {
        const loss = chosenLoss(), points = state.get("points");
        const here = felt(loss, points, classes, settings(), termsOf(loss.name, classes));
        const next = stepped(points, here.force, state.get("rate"));
        state.set("points", next);
        return Math.max(...next.map(([x, y], i) => Math.hypot(x - points[i][0], y - points[i][1])));
      },
    });
    const head = h("div", { class: "lb-embedding-head" });
    if (shows("loss") && losses.length > 1) head.append(choice.node);
    if (shows("steps")) head.append(steps.node);
    if (head.childElementCount) root.append(head);

    const left = h("div", { class: "lb-embedding-plot" }), right = h("div", { class: "lb-embedding-side" });
    root.append(h("div", { class: "lb-embedding" }, left));
    const edge = REACH + 0.1;
    const plot = createPlot({
      parent: left, signal, label: "Points and the force on each", x: { label: "embedding, axis 1", domain: [-edge, edge], ticks: 5 },
      y: { label: "embedding, axis 2", domain: [-edge, edge], ticks: 5 },
      height: (width) => width - 40 - 14 + 26 + 40, // one unit has the same length along both axes
      onLayout: () => draw(),
    });
    const cloud = createCloud(plot, {
      classes, signal, hint: untouched, grasp: steps.stop,
      get: (i) => state.get("points")[i], activate: (i) => i !== state.get("active") && state.set("active", i),
      set: (i, x, y) => state.set({ active: i, points: state.get("points").map((/** @type {Point} */ p, /** @type {number} */ k) => (k === i ? [x, y] : p)) }),
    });
    const panel = createPanel(classes);
    const announce = createAnnounce({ signal });
    if (shows("sentence")) right.append(announce.node);
    if (shows("numbers")) right.append(panel.node);
    const slider = (/** @type {string} */ name, /** @type {string} */ label, /** @type {[number, number]} */ range, log = false) => createSlider({
      label, name, range, log, signal, show: (x) => number(x), get: () => state.get(name), set: (x) => state.set(name, x),
    });
    const rate = slider("rate", "step size", RANGES.rate, true);
    const margin = slider("margin", "margin", RANGES.margin), temperature = slider("temperature", "temperature", RANGES.temperature, true);
    const sliders = h("div", { class: "lb-sliders" });
    if (shows("forces")) right.append(forces.node);
    if (shows("sliders")) right.append(sliders);
    if (right.childElementCount) left.after(right);

    const table = createTable({ signal, caption: () => "Each point with its class, and the force on it: minus the gradient times the number of points.", rows: () => dataRows(analysis()) });
    const tools = createTools({ model, root, signal, state, shows }, [table.button]);
    if (tools.node.childElementCount) root.append(tools.node);
    root.append(table.node);

    let fitted = "";
    const draw = () => {
      const now = analysis();
      if (fitted !== now.loss.name) {
        fitted = now.loss.name;
        sliders.replaceChildren((fitted === "info_nce" ? temperature : margin).node, rate.node);
        forces.node.classList.toggle("lb-embedding-away", fitted !== "contrastive");
      }
      cloud.update(now, untouched);
      panel.update(now);
      for (const part of [choice, forces, rate, margin, temperature]) part.update();
      announce.say(sentence(now));
      table.update();
    };
    state.on(["points"], () => { untouched = false; });
    state.on(["points", "loss", "margin", "temperature", "rate", "forces", "active"], createFrame(draw, signal));
    draw();
  },
});
