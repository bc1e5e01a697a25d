"""Questions and ledger in Chromium: by keyboard, without storage, without a script, in Jupyter's inline form."""

import os
import shutil

import pytest
from playwright.sync_api import expect, sync_playwright
from small_book import CLAIMS, asked

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--no-first-run"]  # fmt: skip


@pytest.fixture(scope="module")
def browser():
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    assert chromium, "Chromium is missing: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser, built):
    """Open a page of the small book from disk; errors on the way fail the test at its end."""
    contexts, errors = [], []

    def go(name, **options):
        context = browser.new_context(viewport={"width": 390, "height": 844}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto((built.out / f"{name}.html").as_uri())
        return page

    yield go
    for context in contexts:
        context.close()
    assert errors == []


def question(page, id):
    return page.locator(f"#question-{id}")


def test_choice_by_keyboard(visit):
    page = visit("types/mse")
    root = question(page, "noise-model")
    reply = root.locator(".lb-question__reply")
    root.get_by_role("button", name="Check").click()
    expect(reply).to_have_text("Choose an option first.")
    root.get_by_label("Laplace").check()
    expect(reply).to_be_empty()
    page.keyboard.press("Enter")
    expect(reply).to_contain_text("Not this one.")
    expect(reply).to_contain_text("That is the absolute error")
    page.keyboard.press("ArrowUp")
    expect(root.get_by_label("Gaussian")).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(reply).to_contain_text("Right.")
    expect(root.locator(".lb-question__mark")).to_be_visible()


NUMBERS = [
    ("share", "10/19", "Right."),
    ("share", "0,53", "Right."),
    ("share", " .526 ", "Right."),
    ("share", "52.6 %", "Right."),
    ("share", "5.26e-1", "Right."),
    ("share", "10/9", "The whole includes the outlier."),
    ("share", "1,11", "The whole includes the outlier."),
    ("share", "0.7", "Add up all ten."),
    ("share", "−0.53", "Add up all ten."),
    ("share", "half", "Write a number"),
    ("share", "", "Write a number"),
    ("share", "1/0", "Write a number"),
    ("share", "1.2.3", "Write a number"),
    ("thousand", "1,000", "Right."),
    ("thousand", "1 000", "Right."),
    ("thousand", "1000.4", "Right."),
    ("thousand", "1000.6", "Not yet."),
]


def test_numbers_as_people_write_them(visit):
    page = visit("types/mse")
    for id, typed, said in NUMBERS:
        root = question(page, id)
        root.get_by_label("Your answer").fill(typed)
        page.keyboard.press("Enter")
        expect(root.locator(".lb-question__reply"), typed).to_contain_text(said)


def test_progress_stays_in_this_browser(visit):
    page = visit("types/mse")
    root = question(page, "share")
    root.get_by_label("Your answer").fill("10/19")
    page.keyboard.press("Enter")
    page.reload()
    expect(root.locator(".lb-question__mark")).to_be_visible()
    expect(question(page, "thousand").locator(".lb-question__mark")).to_be_hidden()
    assert page.evaluate("localStorage.getItem('lossbook.answered')") == '{"share":true}'


@pytest.mark.parametrize(
    "storage",
    [
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('blocked') } })",
        "localStorage.setItem('lossbook.answered', '{broken')",
        "localStorage.setItem('lossbook.answered', 'null')",
    ],
)
def test_blocked_or_broken_storage_changes_nothing(visit, built, browser, storage):
    context = browser.new_context()
    context.add_init_script(storage)
    page = context.new_page()
    html = (built.out / "_static" / "question.js").read_text("utf8")
    page.goto("about:blank")
    page.route("http://small.book/", lambda route: route.fulfill(body=f"{asked()[1].html}<script>{html}</script>"))
    page.goto("http://small.book/")
    page.get_by_label("Your answer").fill("10/19")
    page.keyboard.press("Enter")
    expect(page.locator(".lb-question__reply")).to_contain_text("Right.")
    context.close()


def test_without_a_script_the_answer_can_be_opened(visit):
    page = visit("types/mse", java_script_enabled=False)
    root = question(page, "noise-model")
    expect(root.get_by_role("button", name="Check")).to_be_hidden()
    root.get_by_text("Show the answer").click()
    expect(root.get_by_text("Its logarithm is minus the square")).to_be_visible()
    ledger = visit("reference/claims", java_script_enabled=False)
    expect(ledger.locator(".lb-ledger article")).to_have_count(3)
    expect(ledger.locator(".lb-ledger__tools")).to_be_hidden()


def test_jupyter_adds_the_script_once_an_output(browser):
    """Each output carries the script; running it again finds the new question and answers nothing twice."""
    context = browser.new_context()
    page = context.new_page()
    page.route("http://lab/", lambda route: route.fulfill(body="<main></main>", content_type="text/html"))
    page.goto("http://lab/")
    for made in asked():
        page.evaluate(
            """(html) => {
                const output = document.createElement('div');
                output.innerHTML = html;
                for (const old of output.querySelectorAll('script')) {
                    const script = document.createElement('script');
                    script.textContent = old.textContent;
                    old.replaceWith(script);
                }
                document.querySelector('main').append(output);
            }""",
            made.bundle()["text/html"],
        )
    root = question(page, "thousand")
    root.get_by_label("Your answer").fill("1000")
    root.get_by_role("button", name="Check").click()
    expect(root.locator(".lb-question__reply p")).to_have_count(1)
    expect(root.locator(".lb-question__reply")).to_contain_text("Right.")
    expect(page.get_by_role("button", name="Check")).to_have_count(3)
    context.close()


def test_ledger_filter_and_order(visit):
    page = visit("reference/claims")
    seen = page.locator(".lb-ledger article:visible h2")
    expect(seen).to_have_count(3)
    page.get_by_role("button", name="Verdict").click()
    statements = [row[1] for row in CLAIMS]
    expect(seen).to_have_text([statements[1], statements[0], statements[2]])
    page.get_by_role("button", name="A to Z").click()
    expect(seen.first).to_have_text("It penalizes large errors more.")
    expect(page.get_by_role("button", name="A to Z")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="Verdict")).to_have_attribute("aria-pressed", "false")
    page.get_by_label("Does not hold as stated (1)").check()
    expect(seen).to_have_count(1)
    expect(page.get_by_role("status")).to_have_text("1 of 3 claims")
    page.get_by_label("All (3)").check()
    page.get_by_role("button", name="Book order").click()
    expect(seen.first).to_have_text("Mean squared error is highly sensitive to outliers.")
    page.get_by_role("link", name="Measured in “Mean absolute error”").click()
    expect(page.locator("#claim-mae-equal")).to_be_in_viewport()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_sideways_scroll_and_no_ground_of_its_own(visit, scheme, built):
    page = visit("index", color_scheme=scheme)
    for name in ("index", "reference/claims", "types/mse", "types/huber"):
        page.goto((built.out / f"{name}.html").as_uri())
        assert page.locator(":is(.lb-claim, .lb-count, .lb-question, .lb-loss)").count() > 0
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        grounds = page.evaluate(
            """() => [...document.querySelectorAll('.text_html:has(.lb-claim, .lb-question)')]
                .map((box) => getComputedStyle(box).backgroundColor)"""
        )
        assert set(grounds) <= {"rgba(0, 0, 0, 0)"}
