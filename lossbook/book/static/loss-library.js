/* The library of losses: search and sort its table; open the explorer that a link means. */
(() => {
  "use strict";
  const table = document.querySelector(".lb-library");
  if (table) {
    const tools = table.querySelector(".lb-library__tools");
    const [search, family] = [tools.querySelector("input[type=search]"), tools.querySelector("select")];
    const wanted = [...tools.querySelectorAll("input[type=checkbox]")];
    const body = table.querySelector("tbody");
    const rows = [...body.rows];
    const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));

    const filter = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const row of rows)
        row.hidden = !(words.every((word) => texts.get(row).includes(word)) && ["", row.dataset.family].includes(family.value)
          && wanted.every((box) => !box.checked || ["yes", "if"].includes(row.dataset[box.value])));
      const seen = rows.filter((row) => !row.hidden).length;
      tools.querySelector("[role=status]").textContent = seen === rows.length ? `${seen} losses` : `${seen} of ${rows.length} losses`;
    };
    tools.addEventListener("input", filter);

    /** A press sorts by a column, the next one the other way round, the third restores the book's order. */
    const heads = [...table.querySelectorAll("thead th")];
    const sort = (head, at) => {
      const next = { none: "ascending", ascending: "descending", descending: "none" }[head.ariaSort ?? "none"];
      for (const other of heads) other.ariaSort = other === head ? next : "none";
      const text = (row) => row.cells[at].textContent.trim();
      const sign = next === "descending" ? -1 : 1;
      body.append(...(next === "none" ? rows : rows.toSorted((a, b) => sign * text(a).localeCompare(text(b)))));
    };
    heads.forEach((head, at) => {
      const button = Object.assign(document.createElement("button"), { type: "button", textContent: head.textContent });
      head.replaceChildren(button);
      head.ariaSort = "none";
      button.addEventListener("click", () => sort(head, at));
    });
    tools.hidden = false;
    filter(); // a browser may have kept what was typed before
  }

  /** A link to the state of an explorer opens it: what is folded has not started, and reads no address. */
  const open = () => {
    for (const [, name] of location.hash.matchAll(/lb\.loss-explorer\.([\w-]+)=/g))
      document.querySelector(`.lb-loss__live[data-loss="${name}"]`)?.setAttribute("open", "");
  };
  open();
  addEventListener("hashchange", open);
})();
