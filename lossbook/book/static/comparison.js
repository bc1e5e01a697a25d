/* The comparison table: a heading sorts. Text columns sort by verdict first, so that what does not hold stands together. */
(() => {
  "use strict";
  for (const box of document.querySelectorAll(".lb-comparison")) {
    const body = box.querySelector("tbody");
    const status = box.querySelector("[role=status]");
    const rows = [...body.rows];
    const heads = [...box.querySelectorAll("thead th")];
    const names = heads.map((head) => head.textContent);
    const compare = (at) => (a, b) => {
      const [x, y] = [a.cells[at], b.cells[at]];
      if (at === 0) return x.textContent.localeCompare(y.textContent, document.documentElement.lang || "en");
      return x.dataset.rank - y.dataset.rank || (x.dataset.said ?? "").localeCompare(y.dataset.said ?? "");
    };
    /** A press sorts, the next one the other way round, the third restores the order of the document. */
    const sort = (head, at) => {
      const next = { none: "ascending", ascending: "descending", descending: "none" }[head.ariaSort];
      for (const other of heads) other.ariaSort = other === head ? next : "none";
      const sign = next === "descending" ? -1 : 1;
      const by = compare(at);
      body.append(...(next === "none" ? rows : [...rows].sort((a, b) => sign * by(a, b) || a.dataset.order - b.dataset.order)));
      status.textContent = next === "none" ? "In the order of the document" : `Sorted by ${names[at].toLowerCase()}, ${next}`;
    };
    heads.forEach((head, at) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: names[at] });
      head.replaceChildren(button);
      head.ariaSort = "none";
      button.addEventListener("click", () => sort(head, at));
    });
  }
})();
