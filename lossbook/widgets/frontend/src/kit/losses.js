/** Losses as compiled from their torch definition: module text, imported from a blob: address. */

/**
 * @typedef {{name: string, label: string, default: number, low: number | null, high: number | null,
 *   open_low: boolean, open_high: boolean, slider: [number, number], log: boolean, meaning: string}} Parameter
 * @typedef {{name: string, id: string, title: string, short: string, color: number, dash: string,
 *   axis: "residual" | "margin" | "path", target: number | null, ends: [number, number] | null, label: string, place: string,
 *   says: string, parameters: Parameter[], value: string, slope: string, choice: Choice | null}} Spec
 *   target: what stands on the other side of the curve, null on a path; ends: of the path; label, place: names of the axis
 * @typedef {{name: string, label: string, meaning: string, default: string | number | boolean,
 *   options: {value: string | number | boolean, text: string}[], texts: Record<string, [string, string]>}} Choice
 *   one more hyper-parameter, whose options are compiled each; texts: value and slope of all but the default
 * @typedef {Record<string, any>} Hyper  "huber.delta" -> 1.0; what is left out has its default
 * @typedef {Spec & {
 *   hyper: (hyper: Hyper) => number[],
 *   setting: (hyper: Hyper) => any[],
 *   at: (x: number, hyper: Hyper) => [number, number],
 *   valueAt: (x: number, hyper: Hyper) => number,
 *   gradientAt: (x: number, hyper: Hyper) => number,
 *   curvatureAt: (x: number, hyper: Hyper) => number,
 *   kernel: (...numbers: number[]) => number[],
 * }} Loss
 */

const BESIDE = 1e-9;

/** @type {Map<string, Promise<Record<string, (...numbers: number[]) => any>>>} */
const modules = new Map();

/** One import per distinct text, however many widgets use it. */
export const importText = (/** @type {string} */ text) => {
  let found = modules.get(text);
  if (!found) {
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    found = import(url).finally(() => URL.revokeObjectURL(url));
    modules.set(text, found);
  }
  return found;
};

/** An option as Python writes it, which is how the texts are named. */
const optionKey = (/** @type {any} */ option) => (typeof option === "boolean" ? (option ? "True" : "False") : String(option));

/**
 * @param {Spec} spec
 * @returns {Promise<Loss>}
 */
export const loadLoss = async (spec) => {
  const load = async (/** @type {string} */ value, /** @type {string} */ slope) => {
    const [first, second] = await Promise.all([importText(value), importText(slope)]);
    return {
      value: first[spec.id],
      kernel: first[`${spec.id}_grad`], // (input, target, ...hyper), or (place on the path, ...hyper) -> [value, gradient]
      bend: second[`${spec.id}_slope_grad`], // ... -> [gradient, curvature]
    };
  };
  const own = await load(spec.value, spec.slope);
  const others = Object.entries(spec.choice?.texts ?? {}).map(async ([option, texts]) => /** @type {const} */ ([option, await load(...texts)]));
  const variants = new Map(await Promise.all(others));
  const chosen = (/** @type {Hyper} */ given) => spec.choice && (given[`${spec.name}.${spec.choice.name}`] ?? spec.choice.default);
  const form = (/** @type {Hyper} */ given) => variants.get(optionKey(chosen(given))) ?? own;
  const keys = spec.parameters.map((p) => `${spec.name}.${p.name}`);
  const held = spec.target === null ? [] : [spec.target];
  /** @type {Loss["hyper"]} */
  const hyper = (given) => keys.map((key, i) => given[key] ?? spec.parameters[i].default);
  return {
    ...spec,
    hyper,
    setting: (given) => [...hyper(given), chosen(given)],
    kernel: own.kernel,
    at: (x, given) => {
      const [v, g] = form(given).kernel(x, ...held, ...hyper(given));
      return [v, g];
    },
    valueAt: (x, given) => form(given).value(x, ...held, ...hyper(given)),
    gradientAt: (x, given) => form(given).kernel(x, ...held, ...hyper(given))[1],
    // Beside the target: a definition through |r| has no curvature at 0 itself, where torch says 0.
    curvatureAt: (x, given) => form(given).bend(x === spec.target ? x + BESIDE : x, ...held, ...hyper(given))[1],
  };
};

/** @param {Spec[]} specs */
export const loadLosses = (specs) => Promise.all(specs.map(loadLoss));
