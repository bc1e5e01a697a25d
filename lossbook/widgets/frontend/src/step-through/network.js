/** The network as a graph, with the numbers of the stage on its edges, and the comparison with the target beside it. */
import { attr, clamp, h, number, s, setText, stroke } from "../kit/index.js";
import { HIDDEN, NAMES, numbersOf } from "./model.js";

/** @typedef {import("./model.js").Analysis} Analysis */

const RADIUS = 20, BOX = { w: 68, h: 26 };
const CAPTIONS = /** @type {Record<string, string>} */ ({ gradient: "slope of the mean loss in each weight", update: "each weight after the update" });
const LATE = ["gradient", "update", "repeat", "converge", "validate"];
/** The stages at which a part of the right-hand column is known. */
const KNOWN = /** @type {Record<string, string[]>} */ ({ compare: ["compare", "error", ...LATE], error: ["error", ...LATE], pull: ["gradient", "update"] });

/** What stands on the edges at a stage: prefix of the key, and how it is written. */
const written = (/** @type {string} */ stage) => (stage === "gradient" ? "slope." : stage === "update" ? "next." : "");

/**
 * @param {{parent: Element, signal: AbortSignal}} options
 */
export const createNetwork = ({ parent, signal }) => {
  const svg = s("svg", { class: "lb-svg lb-through-net", role: "img" });
  const box = h("div", { class: "lb-plot" }, svg);
  parent.append(box);
  const back = s("g"), front = s("g");
  const caption = s("text", { class: "lb-axis-label", x: 0, y: 12 });
  svg.append(back, front, caption);

  const text = (/** @type {string} */ style = "") => {
    const node = s("text", { class: style, "text-anchor": "middle", dy: "0.33em" });
    front.append(node);
    return node;
  };
  /** Write the number of a key, or clear it. @param {SVGElement} node @param {string | null} key @param {Record<string, number>} known @param {string} [before] */
  const put = (node, key, known, before = "") => {
    if (key === null) {
      setText(node, "");
      attr(node, { "data-number": null, "data-value": null });
      return;
    }
    setText(node, `${before}${number(known[key])}`);
    attr(node, { "data-number": key, "data-value": Number.isFinite(known[key]) ? known[key] : "" });
  };
  const line = (/** @type {string} */ style) => {
    const node = s("line", { class: style });
    back.append(node);
    return node;
  };
  const edges = NAMES.slice(0, HIDDEN).flatMap((_, j) => [
    { name: `w1.${j}`, j, first: true, node: line("lb-through-edge"), label: text("lb-through-on-edge") },
    { name: `w2.${j}`, j, first: false, node: line("lb-through-edge"), label: text("lb-through-on-edge") },
  ]);
  const wires = { forward: line("lb-through-wire"), target: line("lb-through-wire"), error: line("lb-through-wire") };
  const circle = () => {
    const node = s("circle", { class: "lb-through-node", r: RADIUS });
    back.append(node);
    return { node, label: text("lb-through-inside") };
  };
  const input = circle(), output = circle(), units = edges.filter((e) => e.first).map(circle);
  const frame = () => {
    const node = s("rect", { class: "lb-through-box", width: BOX.w, height: BOX.h, rx: 6 });
    back.append(node);
    return { node, label: text("lb-through-inside"), name: text("lb-axis-label") };
  };
  const target = frame(), residual = frame(), cost = frame();
  const pull = text("lb-through-on-edge");
  const biases = units.map(() => text("lb-through-bias")), last = text("lb-through-bias");
  const names = { x: text("lb-axis-label"), prediction: text("lb-axis-label") };
  setText(names.x, "x");
  setText(names.prediction, "prediction");
  setText(target.name, "target");
  setText(residual.name, "residual");

  let width = 0;
  const place = (/** @type {SVGElement} */ node, /** @type {number} */ x, /** @type {number} */ y) => attr(node, { x: x.toFixed(1), y: y.toFixed(1) });
  const layout = () => {
    const wide = Math.round(box.clientWidth) || width || 480;
    if (wide === width) return;
    width = wide;
    const gap = Math.round(clamp(0.2 * wide, 92, 96)), top = 50, height = top + 2 * gap + 52;
    box.style.height = `${height}px`;
    attr(svg, { width, height, viewBox: `0 0 ${width} ${height}` });
    const [x0, x1, x2, x3] = [RADIUS + 2, 0.35 * wide, 0.665 * wide, wide - BOX.w / 2 - 2];
    const rows = [top, top + gap, top + 2 * gap], middle = rows[1];
    const join = (/** @type {SVGElement} */ node, /** @type {number[]} */ [ax, ay, bx, by]) => attr(node, { x1: ax, y1: ay, x2: bx, y2: by });
    for (const { j, first, node, label } of edges) {
      const ends = first ? [x0, middle, x1, rows[j]] : [x1, rows[j], x2, middle];
      join(node, ends);
      const at = first ? [0.42, 0.5, 0.64][j] : [0.5, 0.5, 0.4][j]; // clear of the biases under the units
      place(label, ends[0] + at * (ends[2] - ends[0]), ends[1] + at * (ends[3] - ends[1]));
    }
    const stand = (/** @type {{node: SVGElement, label: SVGElement}} */ { node, label }, /** @type {number} */ x, /** @type {number} */ y) => {
      attr(node, { cx: x, cy: y });
      place(label, x, y);
    };
    stand(input, x0, middle);
    stand(output, x2, middle);
    units.forEach((unit, j) => stand(unit, x1, rows[j]));
    biases.forEach((node, j) => place(node, x1, rows[j] + RADIUS + 12));
    place(last, x2, middle + RADIUS + 12);
    place(names.x, x0, middle - RADIUS - 11);
    place(names.prediction, x2, middle - RADIUS - 11);
    [target, residual, cost].forEach(({ node, label, name }, i) => {
      place(node, x3 - BOX.w / 2, rows[i] - BOX.h / 2);
      place(label, x3, rows[i]);
      place(name, x3, rows[i] - BOX.h / 2 - 9);
    });
    join(wires.forward, [x2, middle, x3, middle]);
    join(wires.target, [x3, rows[0], x3, rows[1]]);
    join(wires.error, [x3, rows[1], x3, rows[2]]);
    place(pull, x3, rows[1] + 0.37 * gap);
  };
  layout();
  const observer = new ResizeObserver(layout);
  observer.observe(box);
  signal.addEventListener("abort", () => observer.disconnect());

  return {
    /** @param {Analysis} now @param {string} stage @param {number} rounds */
    update(now, stage, rounds) {
      layout();
      const known = numbersOf(now, rounds), prefix = written(stage);
      const largest = Math.max(1e-9, ...edges.map(({ name }) => Math.abs(known[prefix + name])));
      svg.style.setProperty("--lb-own", stroke(now.loss));
      svg.classList.toggle("lb-through-back", stage === "gradient");
      setText(caption, CAPTIONS[stage] ?? "weights on the edges");
      const turn = (/** @type {string} */ name) => {
        const by = known[`next.${name}`] - known[name];
        return stage !== "update" || Math.abs(by) < 1e-12 ? "" : by > 0 ? "\u25b4" : "\u25be";
      };
      for (const { name, node, label } of edges) {
        node.style.strokeWidth = (0.8 + (3.2 * Math.abs(known[prefix + name])) / largest || 0.8).toFixed(2);
        put(label, prefix + name, known, turn(name));
      }
      const word = stage === "gradient" ? "slope " : "bias ";
      biases.forEach((node, j) => put(node, `${prefix}b1.${j}`, known, `${word}${turn(`b1.${j}`)}`));
      put(last, `${prefix}b2`, known, `${word}${turn("b2")}`);
      put(input.label, "x", known);
      units.forEach(({ label }, j) => put(label, `h.${j}`, known));
      put(output.label, "prediction", known);
      const on = (/** @type {string} */ part) => KNOWN[part].includes(stage);
      put(target.label, on("compare") ? "target" : null, known);
      put(residual.label, on("compare") ? "residual" : null, known);
      put(cost.label, on("error") ? "loss" : null, known);
      put(pull, on("pull") ? "pull" : null, known, width < 340 ? "" : "slope "); // no room for the word on a small phone
      setText(cost.name, now.loss.short.length > 11 ? "loss" : now.loss.short);
      for (const [part, nodes] of /** @type {[string, SVGElement[]][]} */ ([
        ["compare", [target.node, residual.node, target.name, residual.name, wires.forward, wires.target]], ["error", [cost.node, cost.name, wires.error]],
      ])) for (const node of nodes) node.classList.toggle("lb-through-later", !on(part));
      svg.setAttribute("aria-label", `The network at the ringed point: x ${number(known.x)}, prediction ${number(known.prediction)}; ${CAPTIONS[stage] ?? "weights on the edges"}. All numbers stand in the data table.`);
    },
  };
};
