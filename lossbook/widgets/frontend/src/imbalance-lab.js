/** ImbalanceLab: drag the training budget, and see who owns the gradient of three losses. */
import {
  accept, clamp, createAnnounce, createChoice, createCurve, createFrame, createHandle, createLabels, createLegend, createPlot, createSlider,
  createTable, createTools, define, h, labelRoom, loadLosses, percent, s, stroke,
} from "./kit/index.js";
import { boundary, createRuns } from "./imbalance-lab/model.js";
import { createPlane } from "./imbalance-lab/plane.js";
import { sentence } from "./imbalance-lab/sentence.js";
import { createShares } from "./imbalance-lab/shares.js";
import { dataRows } from "./imbalance-lab/data.js";

/** @typedef {import("./kit/state.js").Model} Model */

const REACH = /** @type {[number, number]} */ ([-3.6, 3.6]);
const LOW = 4;
const names = (/** @type {Model} */ model) => (model.get("specs") ?? []).map((/** @type {{name: string}} */ spec) => spec.name);
const whole = (/** @type {(model: Model) => [number, number]} */ range) => (/** @type {any} */ v, /** @type {Model} */ model) => {
  const [low, high] = range(model);
  return Number.isInteger(v) && v >= low && v <= high ? v : undefined;
};
/** @type {Record<string, {label: string, domain: [number, number]}>} */
const VIEWS = {
  share: { label: "gradient owned by the rare class (%)", domain: [0, 100] },
  precision: { label: "average precision on new points", domain: [0, 1] },
};

export default define({
  kind: "imbalance-lab",
  label: "Imbalance lab",
  shared: {
    rare: whole((model) => [LOW, model.get("world").rare.length]),
    flipped: (v) => ([0, 4, 12].includes(v) ? v : undefined),
    step: whole((model) => [0, model.get("world").steps]),
    view: accept.oneOf(Object.keys(VIEWS)),
    seen: (v, model) => (names(model).includes(v) ? v : undefined),
    hyper: accept.hyper,
    off: accept.names(names),
  },
  async build({ model, root, signal, state, shows }) {
    const losses = await loadLosses(model.get("specs")), world = model.get("world"), run = createRuns(world);
    const isOn = (/** @type {string} */ name) => !state.get("off").includes(name);
    const now = () => ({
      rare: state.get("rare"), flipped: state.get("flipped"), step: state.get("step"), view: state.get("view"), hyper: state.get("hyper"),
      rate: state.get("rare") / (world.common.length + state.get("rare")),
    });

    const main = h("div", { class: "lb-imbalance-main" }), side = h("div", { class: "lb-imbalance-side" });
    root.append(h("div", { class: "lb-imbalance" }, main, side));
    const view = createChoice({
      label: "Curves", name: "view", signal, options: [{ value: "share", text: "Gradient" }, { value: "precision", text: "Precision" }],
      get: () => state.get("view"), set: (value) => state.set("view", value),
    });
    if (shows("view")) main.append(h("div", { class: "lb-imbalance-pick" }, view.node));
    const plot = createPlot({
      parent: main, signal, label: "Curves over the training budget",
      x: { label: "training budget (steps)", domain: [0, world.steps] }, y: VIEWS[state.get("view")],
      height: (width) => Math.round(clamp(0.62 * width, 220, 320)),
      margin: { right: shows("labels") ? labelRoom(losses.map((loss) => loss.short)) : 14 },
      onLayout: () => { shares.layout(); draw(); },
    });
    const cursor = s("line", { class: "lb-budget" });
    plot.back.append(cursor);
    const curves = losses.map((loss) => createCurve(plot, loss, { name: loss.name, width: 2.5 }));
    const labels = shows("labels") ? createLabels(plot) : null;
    let told = "";
    const surface = s("rect", { class: "lb-surface" });
    plot.front.append(surface);
    const middle = () => (plot.y.domain()[0] + plot.y.domain()[1]) / 2;
    const handle = createHandle({
      plot, signal, label: "Training budget", name: "step", axis: "x", range: { x: [0, world.steps] }, step: 1, surface,
      get: () => [state.get("step"), middle()], set: (x) => state.set("step", Math.round(x)), text: () => told,
    });

    const legend = createLegend({
      items: losses, label: "Losses", signal, isOn,
      set: (name, on) => state.set("off", losses.map((l) => l.name).filter((other) => (other === name ? !on : !isOn(other)))),
    });
    const shares = createShares({ losses, names: shows("legend") && shows("shares") ? [...legend.node.children] : [] });
    const announce = createAnnounce({ signal });
    if (shows("shares")) main.append(shares.node);
    else if (shows("legend")) main.append(legend.node);

    const seen = createChoice({
      label: "Points drawn by their pull under", name: "seen", signal, options: losses.map((loss) => ({ value: loss.name, text: loss.short })),
      get: () => state.get("seen"), set: (value) => state.set("seen", value),
    });
    const flipped = createChoice({
      label: "Wrong labels", name: "flipped", signal, options: ["0", "4", "12"].map((value) => ({ value, text: value })),
      get: () => String(state.get("flipped")), set: (value) => state.set("flipped", Number(value)),
    });
    const picked = (/** @type {string} */ text, /** @type {Element} */ node) =>
      h("div", { class: "lb-imbalance-pick" }, h("span", { "aria-hidden": "true" }, text), node);
    if (shows("seen") && shows("plane")) side.append(picked("Pull under", seen.node));
    const square = shows("plane") ? createPlot({
      parent: side, signal, label: "The points, each as large as its pull, and the boundary", x: { label: "first input", domain: REACH },
      y: { label: "second input; size is pull", domain: REACH }, height: (width) => Math.round(clamp(0.85 * width, 240, 340)),
      zero: { x: false, y: false }, onLayout: () => draw(),
    }) : null;
    const plane = square && createPlane(square, world.common.length + world.rare.length);
    if (shows("flipped")) side.append(picked("Wrong labels", flipped.node));
    if (!side.childElementCount) side.remove();
    if (shows("sentence")) root.append(announce.node);

    const rare = createSlider({
      label: "Rare points", name: "rare", range: [LOW, world.rare.length], signal, get: () => state.get("rare"),
      set: (x) => state.set("rare", Math.round(x)), show: (x) => String(x),
    });
    const sliders = !shows("sliders") ? [] : [rare, ...losses.flatMap((loss) => loss.parameters.map((p) => {
      const key = `${loss.name}.${p.name}`;
      return createSlider({
        label: p.name === "pos_weight" ? "Weight of rare" : `${loss.short} ${p.label}`, title: p.meaning, name: key, range: p.slider, log: p.log, signal,
        color: stroke(loss), get: () => state.get("hyper")[key] ?? p.default, set: (x) => state.set("hyper", { ...state.get("hyper"), [key]: x }),
      });
    }))];
    if (sliders.length) root.append(h("div", { class: "lb-sliders" }, ...sliders.map((slider) => slider.node)));

    const results = () => losses.filter((loss) => isOn(loss.name)).map((loss) => run(now(), loss));
    const table = createTable({
      signal, caption: () => `Shares of the gradient after ${now().step} steps, and the score on new points; the rare class is ${percent(now().rate)}.`,
      rows: () => dataRows(results(), now()),
    });
    const tools = createTools({ model, root, signal, state, shows }, [table.button]);
    if (tools.node.childElementCount) root.append(tools.node);
    root.append(table.node);

    const draw = () => {
      const at = now(), found = results();
      plot.name({ y: VIEWS[at.view].label });
      plot.domain({ y: VIEWS[at.view].domain });
      const { left, right, top, bottom } = plot.inner, x = plot.x(at.step);
      for (const [k, v] of Object.entries({ x1: x, x2: x, y1: top, y2: bottom })) cursor.setAttribute(k, String(v));
      for (const [k, v] of Object.entries({ x: left, y: top, width: right - left, height: bottom - top })) surface.setAttribute(k, String(v));
      losses.forEach((loss, k) => {
        const result = found.find((r) => r.loss === loss);
        curves[k].show(Boolean(result));
        if (result) curves[k].update(result.curve);
      });
      labels?.update(found.map((r) => ({ text: r.loss.short, y: r.curve[r.curve.length - 1][1], look: r.loss })).filter(({ y }) => Number.isFinite(y)));
      told = `${at.step} steps; rare class owns ${found.map((r) => `${r.loss.short} ${percent(r.rare)}`).join(", ")}`;
      handle.update();
      shares.update(found, at.step);
      const drawn = losses.find((loss) => loss.name === state.get("seen"));
      if (plane && square && drawn) {
        const result = found.find((r) => r.loss === drawn) ?? run(at, drawn);
        plane.update(result, boundary(result.theta, REACH));
      }
      for (const part of [view, seen, flipped, legend, ...sliders, table]) part.update();
      announce.say(sentence(found, at));
    };
    state.on(["rare", "flipped", "step", "view", "seen", "hyper", "off"], createFrame(draw, signal));
    shares.layout();
    draw();
  },
});
