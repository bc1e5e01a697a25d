import { h } from "./dom.js";

/**
 * The one sentence that matters. Readers see it change at once; assistive technology hears it when it has rested
 * for `delay` ms, so that dragging does not stutter.
 * @param {{signal: AbortSignal, delay?: number}} options
 */
export const createAnnounce = ({ signal, delay = 400 }) => {
  const seen = h("p", { class: "lb-sentence", "aria-hidden": "true" });
  const heard = h("p", { class: "lb-sr", role: "status", "aria-live": "polite" });
  const node = h("div", { class: "lb-say" }, seen, heard);
  let text = "";
  let timer = 0;
  signal.addEventListener("abort", () => clearTimeout(timer));
  return {
    node,
    /** @param {string} sentence */
    say(sentence) {
      if (sentence === text) return;
      const first = text === "";
      text = sentence;
      seen.textContent = sentence;
      clearTimeout(timer);
      if (first) heard.textContent = sentence;
      else timer = window.setTimeout(() => (heard.textContent = text), delay);
    },
  };
};
