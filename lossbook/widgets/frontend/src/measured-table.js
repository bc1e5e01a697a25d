/** MeasuredTable: set the bad points, and the outlier column of the comparison table is measured anew. */
import {
  accept, createAnnounce, createChoice, createFrame, createNumber, createSlider, createTable, createTools, define, h, importText, loadLosses, number, percent, stroke,
} from "./kit/index.js";
import { measure } from "./measured-table/column.js";
import { createPanel } from "./measured-table/panel.js";
import { createRows } from "./measured-table/rows.js";
import { sentence } from "./measured-table/sentence.js";

const DISTANCES = /** @type {[number, number]} */ ([0, 30]), SHARES = /** @type {[number, number]} */ ([0, 0.4]);
const NOISES = [{ value: "one way", text: "Answers" }, { value: "both ways", text: "Answers \u00b1" }, { value: "places", text: "Places" }];
const SORTS = ["table", "loss", "document", "clean", "lost"];
const GRID = Array.from({ length: 16 }, (_, i) => 2 * i); // distances at which the curves are computed
const REST = 140; // ms after the last change until the curves follow

/** @typedef {import("./kit/losses.js").Loss} Loss */
/** @typedef {import("./measured-table/column.js").Fit} Fit */

export default define({
  kind: "measured-table",
  label: "Measured table",
  shared: {
    share: accept.number(() => SHARES),
    distance: accept.number(() => DISTANCES),
    noise: accept.oneOf(NOISES.map((noise) => noise.value)),
    sample: (v, model) => (Number.isInteger(v) && v >= 1 && v <= model.get("draws").length ? v : undefined),
    sort: accept.oneOf(SORTS),
    down: (v) => (typeof v === "boolean" ? v : undefined),
    hyper: accept.hyper,
  },
  async build({ model, root, signal, state, shows }) {
    const losses = await loadLosses(model.get("specs"));
    /** @type {import("./measured-table/column.js").Skills} */
    const skills = {};
    for (const [axis, text] of Object.entries(model.get("skills"))) skills[axis] = (await importText(/** @type {string} */ (text))).lost;
    const words = model.get("words");
    const cell = (/** @type {Loss} */ loss, /** @type {number} */ distance, share = state.get("share")) =>
      measure(loss, state.get("hyper"), model.get("draws")[state.get("sample") - 1], { share, distance, noise: state.get("noise") }, skills);

    /** Fits are computed again only when what they depend on has changed. @type {Map<string, {key: string, value: any}>} */
    const memory = new Map();
    /** @template T @param {string} place @param {string} key @param {() => T} make @returns {T} */
    const kept = (place, key, make) => {
      const known = memory.get(place);
      if (known?.key === key) return known.value;
      const value = make();
      memory.set(place, { key, value });
      return value;
    };
    const setting = (/** @type {Loss} */ loss) => `${state.get("sample")} ${loss.hyper(state.get("hyper"))}`;
    const around = (/** @type {Loss} */ loss) => `${setting(loss)} ${state.get("share")} ${state.get("noise")}`;
    const present = () => {
      /** @type {Record<string, Fit & {clean: number}>} */
      const found = {};
      for (const loss of losses) {
        const clean = kept(`${loss.name} clean`, setting(loss), () => cell(loss, 0, 0).lost);
        const fit = kept(loss.name, `${around(loss)} ${state.get("distance")}`, () => cell(loss, state.get("distance")));
        found[loss.name] = { ...fit, clean };
      }
      return found;
    };

    /** @type {Record<string, [number, number][]>} */
    const curves = {};
    /** @type {Record<string, string>} */
    const drawn = {};
    const trace = (/** @type {Loss} */ loss) => {
      curves[loss.name] = GRID.map((x) => [x, cell(loss, x).lost]);
      drawn[loss.name] = around(loss);
    };
    let timer = 0;
    signal.addEventListener("abort", () => clearTimeout(timer));
    /** One loss at a time, so that no key or finger has to wait. */
    const follow = () => {
      const next = losses.find((loss) => drawn[loss.name] !== around(loss));
      if (!next) return;
      trace(next);
      draw();
      timer = window.setTimeout(follow, 0);
    };
    losses.forEach(trace);

    const panels = h("div", { class: "lb-measured-panels" });
    const tasks = [{ axis: "residual", title: "A line" }, { axis: "margin", title: "A classifier" }]
      .map((task) => ({ ...task, losses: losses.filter((loss) => loss.axis === task.axis) })).filter((task) => task.losses.length);
    root.append(panels);
    const pictures = tasks.map(({ axis, title, losses: own }) => ({
      own,
      panel: createPanel({
        parent: panels.appendChild(h("div", {})), signal, losses: own, names: losses.map((loss) => loss.short), title, name: `distance-${axis}`, ends: DISTANCES, labels: shows("labels"),
        get: () => state.get("distance"), set: (x) => state.set("distance", x), draw: () => draw(),
      }),
    }));

    const noise = createChoice({ label: "What is wrong with the bad points", name: "noise", options: NOISES, signal, get: () => state.get("noise"), set: (v) => state.set("noise", v) });
    const sample = createChoice({
      label: "Sample of points", name: "sample", signal, options: model.get("draws").map((/** @type {any} */ _, /** @type {number} */ i) => ({ value: String(i + 1), text: String(i + 1) })),
      get: () => String(state.get("sample")), set: (v) => state.set("sample", Number(v)),
    });
    const share = createSlider({
      label: "Bad points", name: "share", range: SHARES, signal, show: percent,
      get: () => state.get("share"), set: (x) => state.set("share", Math.round(100 * x) / 100),
    });
    const own = losses.flatMap((loss) => loss.parameters.map((p) => {
      const key = `${loss.name}.${p.name}`;
      return createSlider({
        label: `${loss.short} ${p.label}`, title: p.meaning, name: key, range: p.slider, log: p.log, signal, color: stroke(loss), show: (x) => String(Number(x.toFixed(3))),
        get: () => state.get("hyper")[key] ?? p.default, set: (x) => state.set("hyper", { ...state.get("hyper"), [key]: x }),
      });
    }));
    const bar = h("div", { class: "lb-bar" });
    const beside = (/** @type {string} */ text, /** @type {HTMLElement} */ node) => h("div", { class: "lb-measured-set" }, h("span", { "aria-hidden": "true" }, text), node);
    if (shows("noise")) bar.append(beside("What is wrong", noise.node));
    if (shows("sample")) bar.append(beside("Sample", sample.node));
    if (bar.childElementCount) panels.before(bar);
    const sliders = [...(shows("share") ? [share] : []), ...(shows("sliders") ? own : [])];
    if (sliders.length) root.append(h("div", { class: "lb-sliders" }, ...sliders.map((slider) => slider.node)));
    const announce = createAnnounce({ signal });
    if (shows("sentence")) root.append(announce.node);
    const rows = createRows({
      losses, words, signal, get: () => ({ sort: state.get("sort"), down: state.get("down") }), set: (order) => state.set(order),
    });
    const at = createNumber("distance", (x) => number(x, 1)), part = createNumber("share", percent);
    const above = h("p", { class: "lb-measured-at" }, "Measured with ", part.node, " of 100 points bad, ", at.node, " standard deviations off.");
    if (shows("table")) root.append(above, rows.node);
    const table = createTable({
      signal, caption: () => "The fits: a line through the spoiled points, or the score of a classifier.",
      rows: () => {
        const found = present();
        const shown = (/** @type {string} */ key, /** @type {number} */ x) => {
          const node = createNumber(key, (v) => number(v, 3));
          node.set(x);
          return node.node;
        };
        return [["Loss", "Intercept", "Slope"], ...losses.map((loss) => [
          loss.short, shown(`${loss.name}.intercept`, found[loss.name].intercept), shown(`${loss.name}.slope`, found[loss.name].slope),
        ])];
      },
    });
    const tools = createTools({ model, root, signal, state, shows }, [table.button]);
    if (tools.node.childElementCount) root.append(tools.node);
    root.append(table.node);

    const draw = () => {
      const found = present();
      const lost = Object.fromEntries(losses.map((loss) => [loss.name, found[loss.name].lost]));
      for (const { own: mine, panel } of pictures) panel.update(lost, curves, mine.some((loss) => drawn[loss.name] !== around(loss)));
      for (const part of [noise, sample, share, ...own, table]) part.update();
      at.set(state.get("distance"));
      part.set(state.get("share"));
      rows.update(found);
      announce.say(sentence({ losses, words, found, share: state.get("share"), distance: state.get("distance"), noise: state.get("noise") }));
    };
    const frame = createFrame(draw, signal);
    state.on(["share", "distance", "noise", "sample", "sort", "down", "hyper"], () => {
      frame();
      clearTimeout(timer);
      timer = window.setTimeout(follow, REST);
    });
    draw();
  },
});
