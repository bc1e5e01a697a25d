"""The comparison page: both tables sort by click and by key, and the live one keeps up with a finger."""

import pytest

PAGE = "chapters/comparison/the-measured-table.html"
WORK = """(root) => {
    const handle = root.querySelector('[data-handle]');
    const real = window.requestAnimationFrame, times = [];
    window.requestAnimationFrame = (draw) => {
        const start = performance.now();
        draw(start);
        times.push(performance.now() - start);
        return 0;
    };
    for (let i = 0; i < 25; i += 1)
        handle.dispatchEvent(new KeyboardEvent('keydown', { key: i % 5 ? 'ArrowRight' : 'Home', bubbles: true }));
    window.requestAnimationFrame = real;
    return times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
}"""


def column(table, at):
    return [row.locator("th, td").nth(at).inner_text() for row in table.locator("tbody tr").all()]


@pytest.mark.parametrize("width", [1280, 390])
def test_the_whole_table_sorts(visit, width):
    seen = visit(PAGE, width)
    table = seen.page.locator(".lb-comparison table")
    first = column(table, 0)
    assert len(first) == 7
    heads = table.locator("thead th")
    heads.nth(0).locator("button").click()
    assert column(table, 0) == sorted(first, key=str.lower)
    assert heads.nth(0).get_attribute("aria-sort") == "ascending"
    ranks = [int(r) for r in table.locator("tbody td:nth-child(3)").evaluate_all("(c) => c.map((x) => x.dataset.rank)")]
    button = heads.nth(2).locator("button")
    button.focus()
    seen.page.keyboard.press("Enter")
    after = [int(r) for r in table.locator("tbody td:nth-child(3)").evaluate_all("(c) => c.map((x) => x.dataset.rank)")]
    assert after == sorted(ranks)
    assert "outlier sensitivity, ascending" in seen.page.locator(".lb-comparison [role=status]").inner_text()
    for _ in range(2):
        seen.page.keyboard.press("Enter")
    assert column(table, 0) == first
    seen.clean()


def test_the_live_table_sorts_and_remembers(visit):
    seen = visit(PAGE)
    root = seen.page.locator(".lb-measured-table")
    table = root.locator("table").first
    first = column(table, 0)
    root.locator("[data-sort=lost]").click()
    seen.page.wait_for_timeout(100)
    values = [
        float(v) for v in table.locator("[data-number$='.lost']").evaluate_all("(n) => n.map((x) => x.dataset.value)")
    ]
    assert values == sorted(values, reverse=True)
    button = root.locator("[data-sort=document]")
    button.focus()
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_timeout(100)
    assert column(table, 1) == ["High", "Medium", "Medium", "Medium", "Low", "Low"]
    assert button.locator("xpath=..").get_attribute("aria-sort") == "descending"
    root.locator("[data-action=reset]").click()
    seen.page.wait_for_timeout(100)
    assert column(table, 0) == first
    seen.clean()


def test_a_step_of_the_handle_is_a_frame(visit):
    seen = visit(PAGE)
    assert seen.page.locator(".lb-measured-table").evaluate(WORK) < 16


def test_the_curves_follow_the_share(visit):
    seen = visit(PAGE)
    root = seen.page.locator(".lb-measured-table")
    curve = root.locator("[data-curve=mse]")
    before = curve.get_attribute("d")
    root.locator("[data-slider=share]").focus()
    seen.page.keyboard.press("Shift+ArrowRight")
    seen.page.wait_for_function("(d) => document.querySelector('[data-curve=mse]').getAttribute('d') !== d", arg=before)
    seen.page.wait_for_function("() => !document.querySelector('.lb-measured-table .lb-stale')")
    seen.clean()
