/* Order and filter for the claims ledger. Without this script the list is whole, in the order of the book. */
(() => {
  "use strict";
  for (const ledger of document.querySelectorAll(".lb-ledger")) {
    const list = ledger.querySelector(".lb-ledger__list");
    const status = ledger.querySelector(".lb-ledger__status");
    const claims = [...list.children];
    const text = (claim) => claim.querySelector(".lb-claim__statement").textContent;
    const orders = {
      order: (a, b) => a.dataset.order - b.dataset.order,
      verdict: (a, b) => a.dataset.rank - b.dataset.rank || a.dataset.order - b.dataset.order,
      statement: (a, b) => text(a).localeCompare(text(b), document.documentElement.lang || "en"),
    };

    const show = (verdict) => {
      for (const claim of claims) claim.hidden = verdict !== "" && claim.dataset.verdict !== verdict;
      const seen = claims.filter((claim) => !claim.hidden).length;
      status.textContent = seen === claims.length ? `${seen} claims` : `${seen} of ${claims.length} claims`;
    };
    ledger.addEventListener("change", (event) => {
      if (event.target.name === "lb-ledger-show") show(event.target.value);
    });
    ledger.addEventListener("click", (event) => {
      const button = event.target.closest("button[data-order]");
      if (!button) return;
      for (const other of ledger.querySelectorAll("button[data-order]"))
        other.setAttribute("aria-pressed", String(other === button));
      list.append(...[...claims].sort(orders[button.dataset.order]));
    });
    // a link to one claim of the list must find it, whatever the filter says
    window.addEventListener("hashchange", () => {
      const all = ledger.querySelector('input[value=""]');
      if (claims.some((claim) => claim.hidden && `#${claim.id}` === location.hash)) {
        all.checked = true;
        show("");
        document.getElementById(location.hash.slice(1)).scrollIntoView();
      }
    });
    show(ledger.querySelector("input:checked")?.value ?? ""); // the browser may have kept a choice
    ledger.querySelector(".lb-ledger__tools").hidden = false;
  }
})();
