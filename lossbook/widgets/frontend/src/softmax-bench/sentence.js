/** The one sentence that matters: how hard each loss pulls the label up, and how long it needs. */
import { number } from "../kit/format.js";
import { ENOUGH, MOST, share } from "./analysis.js";

const list = (/** @type {string[]} */ parts) => (parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts[parts.length - 1]}`);

/** @param {import("./analysis.js").Result} result @param {number} label */
const pull = ({ gradient }, label) => (gradient[label] > 0 ? `${number(gradient[label])} down` : number(-gradient[label]));
const count = (/** @type {number | null} */ n) => (n === null ? `more than ${MOST.toLocaleString("en-US")} steps` : n === 1 ? "1 step" : `${n} steps`);

/**
 * @param {import("./analysis.js").Analysis} analysis
 * @param {string[]} names
 */
export const sentence = ({ p, label, results, naive }, names) => {
  const name = names[label];
  const has = `The label, ${name}, has ${share(p[label])} of the probability`;
  if (!results.length) return `${has}. No loss is switched on.`;
  const known = results.filter((r) => r.known), lost = results.filter((r) => !r.known).map((r) => r.loss.short);
  const without = lost.length ? ` ${list(lost)} ${lost.length > 1 ? "have" : "has"} no finite slope here.` : "";
  const end = `${without}${Number.isFinite(naive) ? "" : " The naive formula breaks here."}`;
  if (!known.length) return `${has}.${end}`;
  if (p[label] > ENOUGH)
    return `${has}: it leads. ${list(known.map((r, i) => `${r.loss.short} ${i ? "" : "still pulls its logit by "}${pull(r, label)}`))}.${end}`;
  const [first, ...rest] = known;
  const others = rest.map((r) => `${r.loss.short} by ${pull(r, label)} and needs ${count(r.steps)}`);
  return `${has}. ${first.loss.short} pulls its logit by ${pull(first, label)} and needs ${count(first.steps)} to win it over half${others.length ? `; ${list(others)}` : ""}.${end}`;
};
