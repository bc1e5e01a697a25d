/** BoundaryTug: drag a mislabeled point, and see which losses let it turn the boundary between two classes. */
import {
  accept, clamp, createAnnounce, createChoice, createFrame, createLegend, createPlot, createSlider, createTable, createTools, define, h, loadLosses, stroke,
} from "./kit/index.js";
import { createAnalysis } from "./boundary-tug/analysis.js";
import { createBoard } from "./boundary-tug/board.js";
import { dataRows } from "./boundary-tug/data.js";
import { createScene } from "./boundary-tug/scene.js";
import { sentence } from "./boundary-tug/sentence.js";

/** @typedef {import("./kit/state.js").Model} Model */

const names = (/** @type {Model} */ model) => (model.get("specs") ?? []).map((/** @type {{name: string}} */ spec) => spec.name);

/** A place from a link, moved inside the axes. @param {any} v @param {Model} model */
const place = (v, model) => {
  const sound = Array.isArray(v) && v.length === 2 && v.every(Number.isFinite);
  return sound ? model.get("bounds").map((/** @type {[number, number]} */ [low, high], /** @type {number} */ k) => clamp(v[k], low, high)) : undefined;
};

export default define({
  kind: "boundary-tug",
  label: "Boundary tug-of-war",
  shared: { stray: place, label: accept.oneOf(["circle", "square", "out"]), hyper: accept.hyper, off: accept.names(names) },
  async build({ model, root, signal, state, shows }) {
    const losses = await loadLosses(model.get("specs"));
    const points = model.get("points"), bounds = model.get("bounds");
    const [[x0, x1], [y0, y1]] = bounds;
    const analyse = createAnalysis(points);
    const isOn = (/** @type {string} */ name) => !state.get("off").includes(name);

    const left = h("div", { class: "lb-fit-plot" }), right = h("div", { class: "lb-fit-side" });
    root.append(h("div", { class: "lb-fit" }, left));
    const plot = createPlot({
      parent: left, signal, label: "Two classes of points and the boundaries between them",
      x: { label: "first feature", domain: bounds[0] }, y: { label: "second feature", domain: bounds[1] }, zero: { x: false, y: false },
      // one unit is as long upward as across, so that angles are true
      height: (width) => Math.round(66 + clamp((width - 54) * ((y1 - y0) / (x1 - x0)), 150, 480)),
      onLayout: () => { scene.layout(); draw(); },
    });
    let untouched = shows("hint");
    const scene = createScene(plot, {
      points, losses, bounds, hint: untouched, signal, get: () => state.get("stray"), set: (x, y) => state.set("stray", [x, y]),
    });

    const legend = createLegend({
      items: losses, label: "Losses", signal, isOn,
      set: (name, on) => state.set("off", losses.map((l) => l.name).filter((other) => (other === name ? !on : !isOn(other)))),
    });
    const board = createBoard({ losses, count: points.length, signal, names: shows("legend") ? [...legend.node.children] : [], point: scene.point });
    const announce = createAnnounce({ signal });
    right.append(board.node);
    if (shows("sentence")) right.append(announce.node);
    left.after(right);

    const sliders = !shows("sliders") ? [] : losses.flatMap((loss) => loss.parameters.map((p) => {
      const key = `${loss.name}.${p.name}`;
      return createSlider({
        label: `${loss.short} ${p.label}`, title: p.meaning, name: key, range: p.slider, log: p.log, signal, color: stroke(loss),
        get: () => state.get("hyper")[key] ?? p.default, set: (x) => state.set("hyper", { ...state.get("hyper"), [key]: x }),
      });
    }));
    if (sliders.length) root.append(h("div", { class: "lb-sliders" }, ...sliders.map((slider) => slider.node)));
    const label = createChoice({
      label: "The stray point is said to be", name: "label", signal,
      options: [{ value: "circle", text: "\u25cf circle" }, { value: "square", text: "\u25a1 square" }, { value: "out", text: "left out" }],
      get: () => state.get("label"), set: (value) => state.set("label", value),
    });
    const analysis = () => analyse({
      stray: state.get("stray"), label: state.get("label"), hyper: state.get("hyper"), losses: losses.filter((loss) => isOn(loss.name)),
    });
    const table = createTable({
      signal, caption: () => "What the stray point does to each boundary, and the coefficients of each fit.", rows: () => dataRows(analysis()),
    });
    const tools = createTools({ model, root, signal, state, shows }, [table.button]);
    const choice = h("div", { class: "lb-bt-label" }, h("span", { "aria-hidden": "true" }, "Its label says"), label.node);
    const foot = [...(shows("label") ? [choice] : []), ...(tools.node.childElementCount ? [tools.node] : [])];
    if (foot.length) root.append(h("div", { class: "lb-bar lb-fit-foot" }, ...foot));
    root.append(table.node);

    const draw = () => {
      const now = analysis();
      scene.update(now, untouched);
      board.update(now);
      legend.update();
      for (const slider of sliders) slider.update();
      label.update();
      announce.say(sentence(now));
      table.update();
    };
    state.on(["stray"], () => { untouched = false; });
    state.on(["stray", "label", "hyper", "off"], createFrame(draw, signal));
    scene.layout();
    draw();
  },
});
