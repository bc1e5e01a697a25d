/** Numbers as readers see them: a true minus sign, no more digits than are known, never NaN or Infinity. */
import { format } from "d3-format";

const minus = (/** @type {string} */ text) => text.replace(/-/g, "\u2212");
const exponent = (/** @type {number} */ x, /** @type {number} */ digits) => {
  const [mantissa, power] = x.toExponential(digits).split("e");
  return `${mantissa}e${Number(power)}`;
};

/**
 * `places` digits after the point; very large and very small numbers in exponent form.
 * @param {number} x
 * @param {number} [places]
 */
export const number = (x, places = 2) => {
  if (Number.isNaN(x)) return "undefined";
  if (!Number.isFinite(x)) return x > 0 ? "beyond range" : "below range";
  const size = Math.abs(x);
  if (size >= 1e5) return minus(exponent(x, 2));
  if (size > 0 && size < 0.5 * 10 ** -places) return size < 1e-12 ? (0).toFixed(places) : minus(exponent(x, 1));
  const text = x.toFixed(size >= 1000 ? Math.min(1, places) : places);
  return minus(Number(text) === 0 ? text.replace("-", "") : text);
};

/** With an explicit plus sign, for differences. */
export const signed = (/** @type {number} */ x, places = 2) => (x > 0 && Number.isFinite(x) ? "+" : "") + number(x, places);

/** A share of one as a percentage: 0.714 -> "71%". */
export const percent = (/** @type {number} */ x) => (Number.isFinite(x) ? `${Math.round(100 * x)}%` : "undefined");

const si = format("~s");
/** Tick labels: short, without trailing zeros. */
export const tick = (/** @type {number} */ x) => {
  if (x === 0) return "0";
  const size = Math.abs(x);
  if (size >= 1e15 || size < 1e-4) return minus(exponent(x, 0));
  return minus(size >= 1e4 ? si(x) : String(Number(x.toPrecision(6))));
};

/** Round to a multiple of `step` without the dust of binary fractions. */
export const roundTo = (/** @type {number} */ x, /** @type {number} */ step) =>
  Number((Math.round(x / step) * step).toPrecision(12));

export const clamp = (/** @type {number} */ x, /** @type {number} */ low, /** @type {number} */ high) =>
  Math.min(high, Math.max(low, x));
