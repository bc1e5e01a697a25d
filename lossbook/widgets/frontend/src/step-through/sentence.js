/** The one sentence that matters at each of the eight steps. */
import { number, signed } from "../kit/format.js";

/** @typedef {import("./model.js").Analysis} Analysis */

/** @param {Analysis} now @param {string} stage @param {number} rounds @param {number[][]} history @returns {string} */
export const sentence = (now, stage, rounds, history) => {
  const [x, y] = now.points[now.active];
  const { residual, loss, prediction, mean, judged, after, rate, pull, slopes } = now;
  const side = residual === 0 ? "exactly right" : `${number(Math.abs(residual))} too ${residual > 0 ? "high" : "low"}`;
  const whom = now.learn === "one" ? "this one point" : `${now.points.length} points`;
  const times = rounds === 1 ? "1 round" : `${rounds} rounds`;
  switch (stage) {
    case "forward":
      return `At x = ${number(x)} the network says ${number(prediction)}. The weights decide that; the target has not been looked at yet.`;
    case "compare":
      return `The network says ${number(prediction)}, the target is ${number(y)}: ${side}. No loss is involved so far.`;
    case "error":
      return `${loss.short} charges ${number(now.cost)} for a prediction that is ${side}. The mean over all ${now.points.length} points is ${number(mean)}. Choose another loss: this is the first number that changes.`;
    case "gradient": {
      const steepest = Math.max(...slopes.map(Math.abs));
      return `Here the loss has the slope ${signed(pull)}. Backward along the edges, and averaged over ${whom}, it becomes a slope for each weight; the steepest is ${number(steepest)}.`;
    }
    case "update": {
      const way = after < mean ? "falls" : after > mean ? "rises" : "stays";
      const why = after > mean ? (now.learn === "one" ? " What helps this point hurts others." : " The step is too long.") : "";
      return `Each weight moves against its slope, ${number(rate)} times as far. The training loss ${way} from ${number(mean, 4)} to ${number(after, 4)}.${why}`;
    }
    case "repeat":
      return rounds === 0 ? "Press Run: the same five steps, hundreds of times." : `After ${times} the training loss is ${number(mean, 3)}. The next round takes it to ${number(after, 3)}.`;
    case "converge": {
      const from = history.findLast((row) => row[0] <= rounds - 10);
      if (!from) return "Has the run settled? Let it go on for ten rounds at least.";
      const by = 1 - mean / from[1];
      const change = Number.isFinite(by) ? `${by >= 0 ? "fallen" : "risen"} by ${number(100 * Math.abs(by), 1)}%` : "stayed where it was";
      return `Since round ${from[0]} the training loss has ${change}. It tells whether the run has settled, not whether it has learned enough.`;
    }
    default: {
      const low = history.reduce((best, row) => (row[2] < best[2] ? row : best), [rounds, mean, judged]);
      const told = `Training loss ${number(mean, 3)}, validation loss ${number(judged, 3)} on points that it never learns from.`;
      if (low[0] === rounds) return `${told} ${rounds ? "The validation loss has not been lower before." : ""}`.trim();
      return `${told} Around round ${low[0]} validation was lower, ${number(low[2], 3)}: what came after fits the noise.`;
    }
  }
};
