/** The one sentence that matters: who pulls, who pushes, and whether anything is left to do. */
import { number } from "../kit/format.js";

/** @param {import("./model.js").Analysis} analysis @returns {string} */
export const sentence = ({ loss, settings, felt, near, far, force }) => {
  const rest = Math.max(...felt.force.map(([x, y]) => Math.hypot(x, y))) < 0.005;
  const apart = `Similar points are ${number(near)} apart on average, the others ${number(far)}.`;
  if (loss.name === "info_nce")
    return rest
      ? `At rest, yet every pick still costs something: InfoNCE never says "far enough". ${apart}`
      : `Only directions count here, so every arrow runs around the origin. ${apart}`;
  if (loss.name === "triplet") {
    if (felt.costly === 0) return `No triplet costs anything: all others are farther by the margin, and no force is left. ${apart}`;
    return `${felt.costly} of ${felt.terms} triplets still cost something. ${apart}`;
  }
  const { forces } = settings;
  if (forces === "pull")
    return near < 0.05 ? `Each class has shrunk to one point. Nothing keeps the classes apart: ${number(far)} on average.` : `Only similar pairs count: they pull, and nobody pushes. ${apart}`;
  const inside = felt.costly === 0 ? "No dissimilar pair is inside the margin" : `${felt.costly} of ${felt.terms} dissimilar pairs are inside the margin and push`;
  if (forces === "push") return `${inside}; nobody pulls. ${apart}`;
  if (rest && felt.costly === 0) return `Settled: no dissimilar pair is inside the margin, and none pushes. ${apart}`;
  return `${inside}; the ringed point feels a force of ${number(force)}. ${apart}`;
};
