/* Small comforts of every page: what scrolls sideways can be reached by keyboard, folds are open on paper. */
(() => {
  "use strict";
  let count = 0;

  /** A box that scrolls sideways is a stop for the keyboard and has a name; one that does not is neither. */
  const mark = (box) => {
    const scrolls = box.scrollWidth > box.clientWidth + 1;
    if (scrolls === box.hasAttribute("tabindex")) return;
    box.dataset.number ??= ++count; // names of regions differ, so that a list of them makes sense
    const label = `${box.dataset.scrolls} ${box.dataset.number}, scrolls sideways`;
    for (const [name, value] of Object.entries({ tabindex: "0", role: "region", "aria-label": label }))
      scrolls ? box.setAttribute(name, value) : box.removeAttribute(name);
  };
  const sizes = new ResizeObserver((entries) => {
    for (const { target } of entries) mark(target.closest("[data-scrolls]"));
  });
  const watch = (box, kind) => {
    box.dataset.scrolls ??= kind;
    mark(box);
    sizes.observe(box);
    for (const child of box.children) sizes.observe(child);
  };
  const start = async () => {
    for (const box of document.querySelectorAll("[data-scrolls]")) watch(box);
    await window.MathJax?.startup?.promise; // formulas have a width once they are set
    for (const box of document.querySelectorAll('mjx-container[display="true"]')) watch(box, "Formula");
  };
  if (document.readyState === "complete") start();
  else addEventListener("load", start);

  /** On paper a dark page turns light and every fold is open; afterwards all is as it was. */
  const root = document.documentElement;
  let kept = null;
  const print = () => {
    if (kept) return;
    kept = { theme: root.dataset.theme, folds: [...document.querySelectorAll("main details:not([open])")] };
    root.dataset.theme = "light";
    for (const fold of kept.folds) fold.open = true;
  };
  const restore = () => {
    if (!kept) return;
    root.dataset.theme = kept.theme;
    for (const fold of kept.folds) fold.open = false;
    kept = null;
  };
  addEventListener("beforeprint", print);
  addEventListener("afterprint", restore);
  matchMedia("print").addEventListener("change", ({ matches }) => (matches ? print() : restore()));
})();
