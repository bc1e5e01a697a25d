/** Where each rule stops a recorded run, what it keeps, and what that costs. */

/**
 * @typedef {{name: string, steps: number[], train: number[], validation: number[], validation_accuracy: number[],
 *   test: number[], test_accuracy: number[]}} Run
 * @typedef {"train" | "validation" | "validation_accuracy" | "test" | "test_accuracy"} Series
 * @typedef {"train_level" | "train_plateau" | "val_loss" | "val_accuracy" | "none"} Rule
 * @typedef {{stop: number, kept: number}} Stop  indices into what was recorded
 * @typedef {{run: Run, rule: Rule, patience: number, level: number, now: number}} Scene
 * @typedef {Scene & {stops: Record<Rule, Stop>, waited: number, limit: number, best: {loss: number, accuracy: number},
 *   price: {loss: number, accuracy: number}}} Analysis
 */

/** @type {Series[]} */
export const SERIES = ["train", "validation", "validation_accuracy", "test", "test_accuracy"];
/** @type {Rule[]} */
export const RULES = ["train_level", "train_plateau", "val_loss", "val_accuracy", "none"];
const LEAST = 1e-3; // what the training loss must fall by for it to be no plateau

/** @param {number[]} values @param {number} patience @param {boolean} larger @returns {Stop} */
const byPatience = (values, patience, larger) => {
  let best = 0;
  for (let i = 0; i < values.length; i += 1) {
    if (larger ? values[i] > values[best] : values[i] < values[best]) best = i;
    if (i - best >= patience) return { stop: i, kept: best };
  }
  return { stop: values.length - 1, kept: best };
};

/** @param {number} found @param {number} last @returns {Stop} */
const at = (found, last) => (found < 0 ? { stop: last, kept: last } : { stop: found, kept: found });

/** @param {Scene} scene @returns {Record<Rule, Stop>} */
export const stopsOf = ({ run, patience, level }) => {
  const last = run.steps.length - 1;
  return {
    train_level: at(run.train.findIndex((value) => value < level), last),
    train_plateau: at(run.train.findIndex((value, i) => i >= patience && run.train[i - patience] - value < LEAST), last),
    val_loss: byPatience(run.validation, patience, false),
    val_accuracy: byPatience(run.validation_accuracy, patience, true),
    none: { stop: last, kept: last },
  };
};

/** @param {Scene} scene @returns {Analysis} */
export const analyse = (scene) => {
  const { run, rule, patience, level, now } = scene, stops = stopsOf(scene);
  const sought = rule === "val_accuracy" ? run.validation_accuracy.map((a) => -a) : run.validation;
  const here = Math.min(now, stops[rule].stop), seen = sought.slice(0, here + 1);
  const best = { loss: Math.min(...run.test), accuracy: Math.max(...run.test_accuracy) }, { kept } = stops[rule];
  return {
    ...scene, stops, best, waited: here - seen.indexOf(Math.min(...seen)), limit: rule === "train_level" ? level : patience,
    price: { loss: run.test[kept] - best.loss, accuracy: best.accuracy - run.test_accuracy[kept] },
  };
};

/** Every number of the picture under the key that Python's `numbers()` gives it. @param {Analysis} a @returns {Record<string, number>} */
export const numbersOf = ({ run, now, stops, waited, limit, best, price }) => {
  /** @type {Record<string, number>} */
  const out = { step: run.steps[now], waited, limit, "best.loss": best.loss, "best.accuracy": best.accuracy };
  for (const series of SERIES) out[`now.${series}`] = run[series][now];
  for (const rule of RULES) {
    const { stop, kept } = stops[rule];
    Object.assign(out, {
      [`${rule}.stop`]: run.steps[stop], [`${rule}.kept`]: run.steps[kept],
      [`${rule}.loss`]: run.test[kept], [`${rule}.accuracy`]: run.test_accuracy[kept],
    });
  }
  return { ...out, "price.loss": price.loss, "price.accuracy": price.accuracy };
};
