/** Numbers as readers see them: a true minus sign, no more digits than are known, never NaN or Infinity. */
import { format } from "d3-format";

const minus = (/** @type {string} */ text) => text.replace(/-/g, "\u2212");
const exponent = (/** @type {number} */ x, /** @type {number} */ digits) => {
  const [mantissa, power] = x.toExponential(digits).split("e");
  return `${mantissa}e${Number(power)}`;
};

/**
 * `places` digits after the point; two significant digits where that would leave none; exponents far out.
 * @param {number} x
 * @param {number} [places]
 */
export const number = (x, places = 2) => {
  if (Number.isNaN(x)) return "no value";
  if (!Number.isFinite(x)) return x > 0 ? "too large" : "too low";
  const size = Math.abs(x);
  if (size >= 1e5) return minus(exponent(x, 2));
  if (size > 1e-12 && size < 0.5 * 10 ** -places) return minus(size < 1e-4 ? exponent(x, 1) : String(Number(x.toPrecision(2))));
  const text = x.toFixed(size >= 1000 ? Math.min(1, places) : places);
  return minus(Number(text) === 0 ? text.replace("-", "") : text);
};

/** As `number`, but small numbers keep two significant digits: for a hyper-parameter, which is chosen, not measured. */
export const chosen = (/** @type {number} */ x) =>
  Math.abs(x) < 0.1 && Math.abs(x) >= 1e-4 ? minus(String(Number(x.toPrecision(2)))) : number(x);

/** With an explicit plus sign, for differences. */
export const signed = (/** @type {number} */ x, places = 2) => (x > 0 && Number.isFinite(x) ? "+" : "") + number(x, places);

/** A share of one as a percentage: 0.714 -> "71%". */
export const percent = (/** @type {number} */ x) => (Number.isFinite(x) ? `${Math.round(100 * x)}%` : "no value");

const si = format("~s");
/** Tick labels: short, without trailing zeros. */
export const tick = (/** @type {number} */ x) => {
  if (x === 0) return "0";
  const size = Math.abs(x);
  if (size >= 1e15 || size < 1e-3) {
    const [mantissa, power] = Number(x.toPrecision(3)).toExponential().split("e");
    return minus(`${mantissa}e${Number(power)}`);
  }
  return minus(size >= 1e4 ? si(x) : String(Number(x.toPrecision(6))));
};

/** Round to a multiple of `step` without the dust of binary fractions. */
export const roundTo = (/** @type {number} */ x, /** @type {number} */ step) =>
  Number((Math.round(x / step) * step).toPrecision(12));

export const clamp = (/** @type {number} */ x, /** @type {number} */ low, /** @type {number} */ high) =>
  Math.min(high, Math.max(low, x));
