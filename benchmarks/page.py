"""What a reader's browser pays for a page: weight, time until a widget answers, frames while dragging.

``python -m benchmarks.page`` opens each built page that has a widget in Chromium, from localhost, with an empty cache.
Weights are of the bodies at gzip level 6, as static hosts send them. Times are medians over fresh browser contexts.
"""

from __future__ import annotations

import gzip
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import lossbook.book
from benchmarks.table import table
from lossbook.book import chromium

HTML = Path(__file__).resolve().parent.parent / "_build" / "html"
READY = '.lb-widget[data-ready="true"]'
VISITS, MOVES = 7, 240
LIMITS = {"own": 250, "all": 800, "ready": 1000, "median": 16, "p95": 33}  # KB, KB, ms, ms, ms
STATIC = Path(lossbook.book.__file__).parent / "static"

# Runs in the page before anything else: opens the first fold where all widgets are folded away, notes when the first
# widget is ready, gives its first handle a key press and notes when the handle's value has changed.
WATCH = """
window.lbTimes = {};
addEventListener("DOMContentLoaded", () => {
  const first = document.querySelector(".afm-widget");
  if (first && !first.checkVisibility()) first.closest("details").open = true;
});
new MutationObserver((_, observer) => {
  const handle = document.querySelector('.lb-widget[data-ready="true"] [role="slider"]');
  if (!handle) return;
  observer.disconnect();
  lbTimes.ready = performance.now();
  const value = () => handle.getAttribute("aria-valuenow");
  const before = value();
  handle.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp", bubbles: true, cancelable: true }));
  const look = () => value() !== before ? lbTimes.answered = performance.now() : requestAnimationFrame(look);
  look();
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-ready"] });
"""

# From the moment a pointer move reaches the page to the moment after the next frame was painted (a message posted in
# the frame's callback is delivered after it), and the time between frames meanwhile.
FRAMES = """
() => {
  const log = window.lbFrames = { reaction: [], interval: [], stop: false };
  let first = null, last = null;
  const channel = new MessageChannel();
  channel.port1.onmessage = ({ data }) => log.reaction.push(performance.now() - data);
  addEventListener("pointermove", () => {
    if (first !== null) return;
    first = performance.now();
    requestAnimationFrame(() => { channel.port2.postMessage(first); first = null; });
  }, true);
  const tick = (now) => {
    if (last !== null) log.interval.push(now - last);
    last = now;
    if (!log.stop) requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}
"""


def kind(path: str) -> str:
    """Whose bytes the file at this URL path is: ``page``, ``own``, ``mathjax`` or ``theme``."""
    if path.endswith((".html", "/")):
        return "page"
    if "mathjax" in path:
        return "mathjax"
    name = path.partition("_static/")[2]
    return "own" if name.startswith(("afm/", "lossbook.", "question.")) or (STATIC / name).is_file() else "theme"


def weigh(browser: object, address: str) -> dict[str, int]:
    """Gzipped bytes by kind that a first visit to the page asks for."""
    page = browser.new_page()
    asked = []
    page.on("requestfinished", lambda request: asked.append(request))
    page.add_init_script(WATCH)
    page.goto(address, wait_until="networkidle")
    page.wait_for_selector(READY)
    weights = dict.fromkeys(("page", "own", "theme", "mathjax"), 0)
    for request in asked:
        if request.url.startswith("http"):
            weights[kind(urlsplit(request.url).path)] += len(gzip.compress(request.response().body(), 6))
    page.close()
    return weights


def answer_times(browser: object, address: str) -> tuple[float, float]:
    """Milliseconds from navigation until the first widget is ready, and until it has answered a key."""
    ready, answered = [], []
    for _ in range(VISITS):
        context = browser.new_context()
        page = context.new_page()
        page.add_init_script(WATCH)
        page.goto(address, wait_until="commit")
        page.wait_for_function("lbTimes.answered", timeout=20_000)
        times = page.evaluate("lbTimes")
        ready.append(times["ready"])
        answered.append(times["answered"])
        context.close()
    return statistics.median(ready), statistics.median(answered)


def drags(browser: object, address: str) -> Iterator[tuple[str, dict[str, list[float]]]]:
    """For each widget of the page: its kind, and the reaction and frame times while its first handle is dragged."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.add_init_script(WATCH)
    page.goto(address, wait_until="networkidle")
    page.wait_for_selector(READY)
    for widget in page.query_selector_all(READY):
        handle = widget.query_selector('svg [role="slider"]')
        handle.scroll_into_view_if_needed()
        box, plot = handle.bounding_box(), widget.query_selector("svg.lb-svg").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        before = handle.get_attribute("aria-valuenow"), handle.get_attribute("aria-valuetext")
        page.mouse.move(x, y)
        page.mouse.down()
        page.evaluate(FRAMES)
        span = plot["width"] * 0.3 * (1 if x < plot["x"] + plot["width"] / 2 else -1)
        for step in range(MOVES):
            share = abs((step / MOVES * 4) % 2 - 1)  # there and back, twice
            page.mouse.move(x + span * (1 - share), y + 10 * (1 - share))
            time.sleep(0.004)
            if step == MOVES // 4 and before == (
                handle.get_attribute("aria-valuenow"),
                handle.get_attribute("aria-valuetext"),
            ):
                raise RuntimeError(f"{address}: dragging moved nothing")
        page.mouse.up()
        log = page.evaluate("() => { lbFrames.stop = true; return lbFrames; }")
        names = [name for name in widget.get_attribute("class").split() if name not in ("lb-widget",)]
        yield names[0].removeprefix("lb-"), log
    page.close()


def widget_pages(folder: Path) -> list[str]:
    """The built pages that hold a live widget, as paths below ``folder``; FileNotFoundError when there is none."""
    mark = "application/vnd.jupyter.widget-state+json"
    found = [p.relative_to(folder).as_posix() for p in sorted(folder.rglob("*.html")) if mark in p.read_text("utf-8")]
    if not found:
        raise FileNotFoundError(f"no page below {folder} has a widget: build the book first (make book SERVE=0)")
    return found


def main() -> None:
    """Print the two tables: per page, then per widget."""
    weights, frames = [], []
    with chromium.browser() as browser, chromium.served(HTML) as root:
        for name in widget_pages(HTML):
            address = f"{root}/{name}"
            sizes = weigh(browser, address)
            ready, answered = answer_times(browser, address)
            kilobytes = {key: value / 1000 for key, value in sizes.items()}
            total = sum(kilobytes.values())
            row = [
                name.removesuffix(".html"),
                *(f"{kilobytes[key]:.0f}" for key in ("own", "page", "theme", "mathjax")),
            ]
            weights.append([*row, f"{total:.0f}", f"{ready:.0f}", f"{answered:.0f}"])
            for widget, log in drags(browser, address):
                row = [name.removesuffix(".html"), widget]
                for times in (log["reaction"], log["interval"]):
                    ordered = sorted(times)
                    row += [f"{statistics.median(ordered):.1f}", f"{ordered[int(0.95 * len(ordered))]:.1f}"]
                frames.append([*row, str(len(log["reaction"]))])
    print("First visit, empty cache: KB gzipped (own JavaScript and CSS; the page; the theme; MathJax), then ms until")
    print(f"the first widget is ready and until it has answered a key (median of {VISITS}).")
    print(f"Wanted: own <= {LIMITS['own']} KB, all <= {LIMITS['all']} KB, answer <= {LIMITS['ready']} ms.\n")
    print(table(["page", "own", "page", "theme", "MathJax", "all", "ready", "answers"], weights))
    print("\nDragging the first handle with the mouse: ms from the pointer's move to the painted frame (wanted: median")
    print(f"<= {LIMITS['median']}, 95th percentile <= {LIMITS['p95']}), and ms between frames (16.7: none dropped).\n")
    print(table(["page", "widget", "reaction", "p95", "between", "p95", "frames"], frames))


if __name__ == "__main__":
    main()
