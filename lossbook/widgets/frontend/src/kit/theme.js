/** Colors come from CSS variables alone, so light, dark and print need no JavaScript. */

/** @typedef {{color: number, dash: string}} Look  color 1-8 (--lb-1 ... --lb-8) and an SVG dash pattern in px */

export const stroke = (/** @type {Look} */ look) => `var(--lb-${look.color})`;

/** The same hue, mixed with the text color until small text reads well (contrast over 4.5:1) on both themes. */
export const ink = (/** @type {Look} */ look) => `color-mix(in srgb, var(--lb-${look.color}) 64%, var(--lb-ink))`;

export const reducedMotion = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** In Jupyter a kernel owns the state; in the built book the address does. */
export const inJupyter = () => document.body.hasAttribute("data-jp-theme-light");
