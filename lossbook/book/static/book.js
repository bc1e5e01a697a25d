/* Small comforts of every page: wide tables and formulas that scroll can be reached by keyboard, folds open on paper. */
(() => {
  "use strict";

  /** A box that scrolls sideways is a stop for the keyboard and has a name; one that does not is neither. */
  const mark = (box) => {
    const scrolls = box.scrollWidth > box.clientWidth + 1;
    if (scrolls === box.hasAttribute("tabindex")) return;
    for (const [name, value] of [["tabindex", "0"], ["role", "group"], ["aria-label", `${box.dataset.scrolls}, scrolls sideways`]])
      scrolls ? box.setAttribute(name, value) : box.removeAttribute(name);
  };
  const watch = () => {
    const boxes = document.querySelectorAll("[data-scrolls]");
    const sizes = new ResizeObserver((entries) => entries.forEach(({ target }) => mark(target.closest("[data-scrolls]"))));
    for (const box of boxes) {
      mark(box);
      sizes.observe(box);
      for (const child of box.children) sizes.observe(child);
    }
    const maths = window.MathJax?.startup?.promise; // formulas get their width when they are set
    maths?.then(() => boxes.forEach(mark));
  };
  if (document.readyState === "complete") watch();
  else addEventListener("load", watch);

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("main details:not([open])")];
    for (const fold of opened) fold.open = true;
  });
  addEventListener("afterprint", () => {
    for (const fold of opened) fold.open = false;
    opened = [];
  });
})();
