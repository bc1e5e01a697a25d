/**
 * Run `draw` at most once a frame, however often the returned function is called. The first call draws at once.
 * @param {() => void} draw
 * @param {AbortSignal} signal
 */
export const createFrame = (draw, signal) => {
  let pending = 0;
  signal.addEventListener("abort", () => cancelAnimationFrame(pending));
  return () => {
    if (pending || signal.aborted) return;
    pending = requestAnimationFrame(() => {
      pending = 0;
      if (!signal.aborted) draw();
    });
  };
};
