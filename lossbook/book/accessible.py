"""What the theme gets wrong for readers who listen, use the keyboard or a small screen, put right in the page."""

from bs4 import NavigableString


def _banner(page) -> None:
    """The logo and the search button stand outside all landmarks: they are the banner. The empty one goes."""
    empty = page.soup.select_one("header#pst-header")
    if empty is not None:
        empty.name = "div"
    start = page.soup.select_one(".sidebar-primary-items__start")
    if start is None:
        return
    items = [item for item in start.find_all("div", class_="sidebar-primary-item", recursive=False) if item.nav is None]
    if items:
        banner = page.tag("header", class_="lb-banner")
        items[0].insert_before(banner)
        for item in items:
            banner.append(item.extract())


def _brand(page) -> None:
    """One small mark and the book's title as text, in place of two pictures of which one is hidden."""
    brand = page.soup.select_one("a.navbar-brand")
    if brand is None:
        return
    picture = brand.find("img")
    brand.clear()
    if picture is not None:
        brand.append(page.tag("img", src=picture["src"], alt="", class_="lb-mark", width="36", height="36"))
    brand.append(page.tag("span", page.site.title, class_="lb-title"))


def _buttons(page) -> None:
    """A button's name must hold the words that it shows."""
    for button in page.soup.select("button.search-button-field, button.theme-switch-button"):
        del button["aria-label"]
    for shortcut in page.soup.select(".search-button__kbd-shortcut"):
        shortcut["aria-hidden"] = "true"
    for switch in page.soup.select("button.theme-switch-button"):
        switch.append(page.tag("span", "Color mode", class_="visually-hidden"))
        for icon in switch.find_all("i"):
            del icon["title"]
    for button in page.soup.select("button.sidebar-toggle, button.btn-fullscreen-button"):
        button["aria-label"] = button.get("title", "")
    for icon in page.soup.select('i[class*="fa-"], span[class*="fa-"]'):
        icon["aria-hidden"] = "true"
    for summary in page.soup.select("summary[aria-label]"):
        del summary["aria-label"]


def _landmarks(page) -> None:
    """Asides inside the main text are notes, not landmarks; the theme's empty footers and second contents go."""
    for aside in page.soup.select("main aside"):
        aside.name = "div"
        if aside.get("class") and "sidebar" in aside["class"]:
            aside["role"] = "note"
    for leftover in page.soup.select("#jb-print-docs-body, #ethical-ad-placement, .sidebar-title"):
        if not leftover.get_text(strip=True) or leftover.get("id") == "jb-print-docs-body":
            leftover.decompose()
    footer = page.soup.select_one("footer.bd-footer")
    if footer is not None and not footer.get_text(strip=True):
        footer.decompose()
    for entry in page.soup.select(".citation-list, .citation"):
        del entry["role"]
    main = page.soup.select_one("main")
    if main is not None and "role" in main.attrs:
        del main["role"]


def _scrollers(page) -> None:
    """Wide tables scroll inside themselves (`lossbook.js` makes them reachable by keyboard); a corner is no heading."""
    if page.article is None:
        return
    for table in page.article.find_all("table"):
        box = table.find_parent(class_="pst-scrollable-table-container")
        if box is None:
            box = table.wrap(page.tag("div"))
        box["class"] = ["lb-scroll"]
        box["data-scrolls"] = "Table"
        for head in table.select("th"):
            if not head.get_text(strip=True):
                head.name = "td"
        _cards(table)


def _cards(table) -> None:
    """A table with code in three columns or more is too wide for a phone. There a row becomes a card (`book.css`), and
    each cell says which column it is from."""
    heads = [head.get_text(" ", strip=True) for head in table.select("thead tr:last-child > *")]
    if "table" not in table.get("class", []) or len(heads) < 3 or not table.select("tbody code"):
        return
    table["class"] = [*table["class"], "lb-cards"]
    for row in table.select("tbody tr"):
        for head, cell in list(zip(heads, row.find_all(["td", "th"], recursive=False), strict=False))[1:]:
            cell["data-column"] = head


def _contents(page) -> None:
    """A page without sections has no contents, but the theme's script looks for their place."""
    if page.soup.select_one("div.bd-sidebar-secondary") is None and page.article is not None:
        page.article.insert_after(page.tag("div", class_="bd-sidebar-secondary lb-empty", hidden="hidden"))
    heading = page.soup.select_one(".page-toc.tocsection")
    if heading is not None:
        for text in heading.find_all(string=True):
            text.replace_with(NavigableString(str(text).replace("Contents", "On this page")))


def mend(page) -> None:
    for part in (_banner, _brand, _buttons, _landmarks, _scrollers, _contents):
        part(page)
