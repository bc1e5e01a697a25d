/** Step and run: gradient descent at the reader's command. It never starts by itself. */
import { h, reducedMotion } from "../kit/index.js";

const MOST = 400; // steps of one run
const ENOUGH = 5e-4; // a step that moves no point farther ends the run

/**
 * @param {{signal: AbortSignal, step: () => number}} options  step: takes one step, says how far the farthest point moved
 */
export const createSteps = ({ signal, step }) => {
  let frame = 0, left = 0;
  const once = h("button", { type: "button", class: "lb-button lb-embedding-go", "data-action": "step" }, "Step");
  const run = h("button", { type: "button", class: "lb-button lb-embedding-go", "data-action": "run" }, "Run");
  const stop = () => {
    cancelAnimationFrame(frame);
    frame = left = 0;
    run.textContent = "Run";
  };
  const go = () => {
    left -= 1;
    if (signal.aborted || step() < ENOUGH || left <= 0) stop();
    else frame = requestAnimationFrame(go);
  };
  once.addEventListener("click", () => { stop(); step(); }, { signal });
  run.addEventListener("click", () => {
    if (left > 0) return stop();
    left = MOST;
    if (reducedMotion()) {
      while (left > 0 && step() >= ENOUGH) left -= 1;
      return stop();
    }
    run.textContent = "Stop";
    frame = requestAnimationFrame(go);
  }, { signal });
  signal.addEventListener("abort", stop);
  return { node: h("div", { class: "lb-embedding-steps" }, once, run), stop };
};
