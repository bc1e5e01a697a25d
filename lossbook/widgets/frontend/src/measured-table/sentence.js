/** The one sentence that matters: how many words of the table come true for these data, and which is farthest off. */
import { percent } from "../kit/format.js";
import { word } from "./column.js";

const RANK = /** @type {Record<string, number>} */ ({ Low: 0, Medium: 1, High: 2 });
const KINDS = /** @type {Record<string, (d: string) => string>} */ ({
  "one way": (d) => `answers wrong one way (targets ${d} too high, labels of one class flipped)`,
  "both ways": (d) => `answers wrong both ways (targets ${d} off, labels of both classes flipped)`,
  places: (d) => `inputs ${d} off and right answers`,
});

/**
 * @param {{losses: {name: string, short: string}[], words: Record<string, string>, found: Record<string, {lost: number}>,
 *   share: number, distance: number, noise: string}} state
 * @returns {string}
 */
export const sentence = ({ losses, words, found, share, distance, noise }) => {
  const named = losses.filter((loss) => words[loss.name]);
  if (!named.length) return "The document has no word for these losses.";
  const off = (/** @type {{name: string}} */ loss) => RANK[word(found[loss.name].lost)] - RANK[words[loss.name]];
  const right = named.filter((loss) => off(loss) === 0).length;
  const d = `${Number(distance.toFixed(1))} standard deviations`;
  const start = share < 0.005 ? "With no bad point" : `With ${percent(share)} of the points bad, ${(KINDS[noise] ?? KINDS.places)(d)}`;
  const text = `${start}, ${right} of the ${named.length} words come true.`;
  const worst = [...named].sort((a, b) => Math.abs(off(b)) - Math.abs(off(a)) || found[b.name].lost - found[a.name].lost)[0];
  if (off(worst) === 0) return text;
  return `${text} ${worst.short}, which the table calls ${words[worst.name].toLowerCase()}, loses ${percent(found[worst.name].lost)} of its skill.`;
};
