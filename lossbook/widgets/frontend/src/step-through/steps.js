/** The eight steps as one rail, and the buttons: the next step, run, start over. Nothing moves by itself. */
import { createChoice, h, reducedMotion } from "../kit/index.js";

export const STAGES = ["forward", "compare", "error", "gradient", "update", "repeat", "converge", "validate"];
const MOST = 400; // rounds of one run
const ENOUGH = 1e-5; // an update that changes no weight by more ends the run

/** @param {string} stage */
const titled = (stage) => stage[0].toUpperCase() + stage.slice(1);

/**
 * @param {{signal: AbortSignal, stage: () => string, show: (stage: string) => void, round: () => number, restart: () => void}} options
 *   show: go to a stage; round: update the weights, and say how far the farthest of them moved; restart: begin the run anew
 */
export const createSteps = ({ signal, stage, show, round, restart }) => {
  let frame = 0, left = 0;
  const rail = createChoice({
    label: "Step of the loop", name: "stage", signal, options: STAGES.map((value, i) => ({ value, text: `${i + 1} ${titled(value)}` })),
    get: stage, set: (value) => { stop(); show(value); },
  });
  rail.node.classList.add("lb-through-rail");
  const button = (/** @type {string} */ action, /** @type {string} */ text, /** @type {() => void} */ act, style = "lb-button lb-through-go") => {
    const node = h("button", { type: "button", class: style, "data-action": action }, text);
    node.addEventListener("click", act, { signal });
    return node;
  };
  const stop = () => {
    cancelAnimationFrame(frame);
    frame = left = 0;
    run.textContent = "Run";
  };
  const go = () => {
    for (let k = left > MOST - 30 ? 1 : 3; k > 0; k -= 1) {
      left -= 1;
      if (signal.aborted || round() < ENOUGH || left <= 0) return stop();
    }
    frame = requestAnimationFrame(go);
  };
  const next = button("next", "Next step", () => {
    stop();
    const at = STAGES.indexOf(stage());
    if (at < 4) return show(STAGES[at + 1]);
    round();
    if (at === 4) show("forward");
  });
  const run = button("run", "Run", () => {
    if (left > 0) return stop();
    if (STAGES.indexOf(stage()) < 5) show("repeat");
    left = MOST;
    if (reducedMotion()) {
      while (left > 0 && round() >= ENOUGH) left -= 1;
      return stop();
    }
    run.textContent = "Stop";
    frame = requestAnimationFrame(go);
  });
  const anew = button("restart", "Start over", () => { stop(); restart(); });
  signal.addEventListener("abort", stop);
  return { rail, node: h("div", { class: "lb-through-buttons" }, next, run, anew), stop };
};
