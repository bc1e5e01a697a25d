/* Quick questions: check an answer against the explanations that stand in the page. One listener serves every question,
   also those that come later; running the script again only looks for new ones. Marks stay in this browser. */
(() => {
  "use strict";
  const KEY = "lossbook.answered";

  // Storage may be blocked or missing (private window, file:// in some browsers): then marks last as long as the page.
  let marks = {};
  try {
    marks = JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    marks = {};
  }
  const remember = (id) => {
    marks[id] = true;
    try {
      localStorage.setItem(KEY, JSON.stringify(marks));
    } catch {
      // nothing to do: the mark is on the page
    }
  };

  /** The numbers that a text may mean: 0.53, 0,53, 1,000, 10/19, 53% (as 53 or 0.53), 1e-3. None if it is not one. */
  const readings = (text) => {
    const clean = text.trim().replace(/[\u2212\u2013]/g, "-").replace(/[\s\u00a0\u202f_']/g, "");
    const fraction = clean.match(/^([^/]+)\/([^/]+)$/);
    if (fraction) {
      const [above, below] = fraction.slice(1).map((part) => readings(part)[0]);
      return below && above !== undefined ? [above / below] : [];
    }
    const body = clean.replace(/%$/, "");
    const forms = new Set();
    if (/^[-+]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(body)) forms.add(body.replace(/,/g, "")); // 1,000.5
    if ((body.match(/,/g) ?? []).length <= 1 && !/,.*\.|\..*,/.test(body)) forms.add(body.replace(",", "."));
    return [...forms]
      .filter((form) => /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(form))
      .flatMap((form) => (clean.endsWith("%") ? [Number(form), Number(form) / 100] : [Number(form)]));
  };

  const say = (root, state, word, source) => {
    const reply = root.querySelector(".lb-question__reply");
    const line = document.createElement("p");
    const strong = document.createElement("strong");
    strong.textContent = word;
    line.append(strong);
    if (source) line.append(" ", ...[...source.cloneNode(true).childNodes]);
    reply.replaceChildren(line);
    root.dataset.state = state;
    window.MathJax?.typesetPromise?.([reply])?.catch?.(() => {});
  };

  const answered = (root) => {
    root.querySelector(".lb-question__mark").hidden = false;
    root.dataset.answered = "true";
  };

  const judge = (root, item, fallback) => {
    const because = item?.querySelector(".lb-question__because");
    if (item?.hasAttribute("data-right")) {
      say(root, "right", "✓ Right.", because);
      remember(root.dataset.question);
      answered(root);
    } else say(root, "wrong", item ? "✗ Not this one." : "✗ Not yet.", because ?? fallback);
  };

  const checkChoice = (root) => {
    const chosen = root.querySelector("input:checked");
    if (!chosen) return say(root, "empty", "Choose an option first.");
    judge(root, root.querySelector(`[data-option="${chosen.value}"]`));
  };

  const checkNumber = (root) => {
    const field = root.querySelector("input");
    const numbers = readings(field.value);
    if (!numbers.length) {
      say(root, "empty", "Write a number, such as 0.53, 0,53 or 10/19.");
      return field.focus();
    }
    const distance = (item) => Math.min(...numbers.map((number) => Math.abs(number - Number(item.dataset.value))));
    const known = [...root.querySelectorAll("[data-value]")].filter(
      (item) => distance(item) <= Number(root.dataset.tolerance) * (1 + 1e-9),
    );
    const right = known.find((item) => item.hasAttribute("data-right"));
    const item = right ?? known.sort((a, b) => distance(a) - distance(b))[0];
    judge(root, item, root.querySelector("[data-hint] .lb-question__because"));
  };

  const check = (root) => (root.dataset.kind === "choice" ? checkChoice : checkNumber)(root);

  const wake = () => {
    for (const root of document.querySelectorAll(".lb-question:not([data-ready])")) {
      root.dataset.ready = "true";
      root.querySelector(".lb-question__actions").hidden = false;
      if (marks[root.dataset.question] === true) answered(root);
    }
  };

  if (!window.lossbookQuestions) {
    document.addEventListener("click", (event) => {
      const button = event.target.closest?.(".lb-question__check");
      if (button) check(button.closest(".lb-question"));
    });
    document.addEventListener("keydown", (event) => {
      const root = event.target.matches?.(".lb-question input") && event.target.closest(".lb-question");
      if (!root || event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      check(root);
    });
    // a new choice or number takes the old reply away
    document.addEventListener("input", (event) => {
      const root = event.target.closest?.(".lb-question");
      if (!root || !root.dataset.state) return;
      delete root.dataset.state;
      root.querySelector(".lb-question__reply").replaceChildren();
    });
    window.lossbookQuestions = { wake, readings };
  }
  window.lossbookQuestions.wake();
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", window.lossbookQuestions.wake);
  else setTimeout(window.lossbookQuestions.wake); // Jupyter may run the script just before it attaches the output
})();
