/** The price list: each rule with the step that it keeps and what that checkpoint is worth; and the state of the run. */
import { createNumber, h, number, percent, uid } from "../kit/index.js";
import { numbersOf, RULES, SERIES } from "./model.js";

/** @typedef {import("./model.js").Analysis} Analysis */
/** @typedef {import("./model.js").Rule} Rule */

export const TITLES = /** @type {Record<Rule, string>} */ ({
  train_level: "training level", train_plateau: "training plateau", val_loss: "validation loss", val_accuracy: "validation accuracy", none: "no stop",
});
const whole = (/** @type {number} */ x) => String(x);
const share = (/** @type {number} */ x) => `${number(100 * x, 1)}%`;

/** @param {{signal: AbortSignal, get: () => Rule, set: (rule: Rule) => void}} options */
export const createPrices = ({ signal, get, set }) => {
  const group = uid("rule");
  /** @type {{key: string, cell: ReturnType<typeof createNumber>}[]} */
  const cells = [];
  const cell = (/** @type {string} */ key, /** @type {(x: number) => string} */ show) => {
    const made = createNumber(key, show);
    cells.push({ key, cell: made });
    return h("td", {}, made.node);
  };
  const rows = RULES.map((rule) => {
    const input = h("input", { type: "radio", name: group, value: rule });
    input.addEventListener("change", () => set(rule), { signal });
    const node = h("tr", {}, h("th", { scope: "row" }, h("label", {}, input, h("span", {}, TITLES[rule]))),
      cell(`${rule}.kept`, whole), cell(`${rule}.loss`, (x) => number(x, 3)), cell(`${rule}.accuracy`, share));
    return { rule, input, node };
  });
  const best = h("tr", { class: "lb-scrub-best" }, h("th", { scope: "row" }, "best of the run"), h("td", {}),
    cell("best.loss", (x) => number(x, 3)), cell("best.accuracy", share));
  const head = ["stop by", "keeps step", "test loss", "test acc."].map((text) => h("th", { scope: "col" }, text));
  const node = h("fieldset", { class: "lb-scrub-rules", "data-choice": "rule" }, h("legend", { class: "lb-sr" }, "Rule that stops the run"),
    h("table", { class: "lb-table lb-scrub-prices" }, h("thead", {}, h("tr", {}, ...head)), h("tbody", {}, ...rows.map((row) => row.node), best)));
  return {
    node,
    /** @param {Analysis} a */
    update(a) {
      const known = numbersOf(a);
      for (const { key, cell: made } of cells) made.set(known[key]);
      for (const { rule, input, node: row } of rows) {
        input.checked = rule === get();
        row.classList.toggle("lb-scrub-chosen", rule === get());
      }
    },
  };
};

/** What stands on the meters at the check looked at. */
export const createMeters = () => {
  const step = createNumber("step", whole), train = createNumber("now.train", (x) => number(x, 3));
  const loss = createNumber("now.validation", (x) => number(x, 3)), accuracy = createNumber("now.validation_accuracy", share);
  const waited = createNumber("waited", whole), limit = createNumber("limit", (x) => number(x, Number.isInteger(x) ? 0 : 3));
  const asks = h("dt"), answer = h("dd");
  const row = (/** @type {string} */ name, /** @type {Node} */ value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));
  const rule = h("div", {}, asks, answer);
  const node = h("dl", { class: "lb-scrub-meters" }, row("step", step.node), row("training loss", train.node),
    row("validation loss", loss.node), row("validation accuracy", accuracy.node), rule);
  return {
    node,
    /** @param {Analysis} a */
    update(a) {
      const { run, now } = a;
      step.set(run.steps[now]);
      train.set(run.train[now]);
      loss.set(run.validation[now]);
      accuracy.set(run.validation_accuracy[now]);
      waited.set(a.waited);
      limit.set(a.limit);
      rule.classList.toggle("lb-scrub-away", a.rule === "none");
      asks.textContent = { train_level: "stop below", train_plateau: "patience (checks)" }[/** @type {string} */ (a.rule)] ?? "checks without a new best";
      answer.replaceChildren(...(a.rule === "train_level" || a.rule === "train_plateau" ? [limit.node] : [waited.node, " of ", limit.node]));
    },
  };
};

/** @param {Analysis} a @returns {(string | number)[][]} */
export const dataRows = ({ run }) => [
  ["Step", "training loss", "validation loss", "validation acc.", "test loss", "test acc."],
  ...run.steps.map((step, i) => [String(step), ...SERIES.map((series) => (series.endsWith("accuracy") ? share(run[series][i]) : number(run[series][i], 3)))]),
];

/** The one sentence that matters. @param {Analysis} a @returns {string} */
export const sentence = (a) => {
  const { run, rule, now, stops, waited, price } = a, { stop, kept } = stops[rule], last = run.steps.length - 1;
  const cost = `On the test set it is ${number(price.loss, 3)} nats and ${number(100 * price.accuracy, 1)} points of accuracy worse than the best of the run.`;
  if (now >= stop) {
    const ran = stop === last && rule !== "none" ? "The rule never fired: the run went to its end" : rule === "none" ? "The run went to its end" : `The rule stopped at step ${run.steps[stop]}`;
    return `${ran}, and step ${run.steps[kept]} is kept. ${cost}`;
  }
  const wait = rule === "val_loss" || rule === "val_accuracy"
    ? `${waited === 1 ? "1 check" : `${waited} checks`} without a new best, and the rule waits for ${a.limit}.`
    : rule === "train_level" ? `The training loss is still above ${number(a.level, 3)}.`
    : rule === "train_plateau" ? "The training loss still falls, so the rule lets it run." : "Nothing stops this run before its end.";
  return `Step ${run.steps[now]}, ${percent(now / last)} of the run. ${wait}`;
};
