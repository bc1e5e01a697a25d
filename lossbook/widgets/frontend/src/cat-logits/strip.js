/** The images in a row, to choose from: each with its label and what the step does to the probability of that label. */
import { h, setText, uid } from "../kit/index.js";
import { brief, shortened } from "../softmax-bench/bars.js";

export const FELT = 5e-3; // a change of probability that is smaller is none

/** Up, down or level, as a sign. @param {number} from @param {number} to */
export const way = (from, to) => (to - from > FELT ? "\u25b2" : from - to > FELT ? "\u25bc" : "=");

/**
 * @param {{images: string[], told: string[], signal: AbortSignal, get: () => number, set: (j: number) => void}} options
 *   told: the label of each image
 */
export const createStrip = ({ images, told, signal, get, set }) => {
  const group = uid("choice");
  const cards = told.map((name, j) => {
    const input = h("input", { type: "radio", name: group, value: j, class: "lb-radio" });
    input.addEventListener("change", () => set(j), { signal });
    const now = h("span", { class: "lb-number", "data-number": `own.${j}` }), then = h("span", { class: "lb-number", "data-number": `own_after.${j}` });
    const sign = h("span", { class: "lb-cat-sign", "aria-hidden": "true" });
    const picture = images[j] ? [h("img", { class: "lb-cat-image", src: images[j], alt: "" })] : [];
    const face = h("span", { class: "lb-cat-card" }, ...picture, h("b", {}, shortened(name, 92)),
      h("span", { class: "lb-cat-change" }, now, " \u2192 ", then, sign));
    return { input, now, then, sign, node: h("label", {}, input, face) };
  });
  const node = h("fieldset", { class: "lb-cat-strip", "data-choice": "active" },
    h("legend", {}, "The step is taken for the chosen image. Below each: the probability of its own label, now \u2192 after the step."),
    ...cards.map((card) => card.node));
  return {
    node,
    /** @param {import("./model.js").Analysis} analysis */
    update({ own, ownAfter }) {
      cards.forEach(({ input, now, then, sign }, j) => {
        input.checked = j === get();
        for (const [place, value] of /** @type {[HTMLElement, number][]} */ ([[now, own[j]], [then, ownAfter[j]]])) {
          setText(place, brief(value));
          place.dataset.value = String(value);
        }
        const mark = way(own[j], ownAfter[j]);
        setText(sign, mark);
        sign.classList.toggle("lb-up", mark === "\u25b2");
        sign.classList.toggle("lb-down", mark === "\u25bc");
        input.setAttribute("aria-label", `${told[j]}, image ${j + 1}: probability ${brief(own[j])}, after the step ${brief(ownAfter[j])}`);
      });
    },
  };
};
