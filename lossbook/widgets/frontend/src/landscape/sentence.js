/** The one sentence that matters: on which side of the edge the rate is, and what that does. */
import { number } from "../kit/format.js";
import { edgeOf } from "./model.js";

/** @param {import("./model.js").Analysis} now @returns {string} */
export const sentence = ({ loss, world, ground, settings, steps, runs, startLoss }) => {
  if (!runs.length) return "No rule is shown: switch one on by its name above.";
  const { rate, batch } = settings, n = world.x.length, gd = runs.find((r) => r.name === "gd");
  const run = gd ?? runs[0];
  const lost = run.loss > startLoss;
  const fell = lost ? `it grew from ${number(startLoss)} to ${number(run.loss)}` : `it fell from ${number(startLoss)} to ${number(run.loss)}`;
  if (batch < n)
    return `Each step sees ${batch} of ${n} points. After ${run.rises} of ${steps} steps of ${run.short.toLowerCase()} the loss of all points was larger; over the whole run ${fell}.`;
  if (!gd) return `${run.short}: ${run.rises} of ${steps} steps made the loss larger; over the whole run ${fell}.`;
  const edge = edgeOf(ground);
  if (!Number.isFinite(edge))
    return `${loss.short} has no curvature, so no edge: its slope does not fade near the lowest place, and steps of a fixed rate never shrink. Over the run ${fell}.`;
  if (rate > edge)
    return lost
      ? `Above the edge: each step of gradient descent overshoots the valley by more than the last. The loss grows, from ${number(startLoss)} at the start to ${number(run.loss)} after ${steps} steps.`
      : `Above the edge: gradient descent cannot come to rest in the lowest place. After ${steps} steps the loss is ${number(run.loss)}, the least is ${number(ground.least)}.`;
  if (rate > edge / 2)
    return `Between half the edge and the edge: gradient descent overshoots the valley at each step, yet by less each time. It zigzags, and ${fell}.`;
  return `Below half the edge: nothing overshoots, but along the valley gradient descent creeps. After ${steps} steps it is ${number(run.loss - ground.least, 3)} above the least.`;
};
