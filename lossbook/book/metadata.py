"""Where the book lives and what each page says about itself to those who link to it.

The public address stands in one place, ``repository.url`` of ``_config.yml``; everything else follows from it.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import yaml

PREVIEW = "_static/social-preview.png"  # 1200 by 630 px, drawn by `preview`
LONGEST = 200  # characters of a description; search engines and messengers cut there


def repository(config_path: str | Path) -> str:
    """The address of the source repository in a ``_config.yml``, without a slash at the end.

    Raises ValueError where ``repository.url`` is missing or not of the form ``https://github.com/OWNER/NAME``.
    """
    config = yaml.safe_load(Path(config_path).read_text("utf8")) or {}
    url = str((config.get("repository") or {}).get("url") or "").rstrip("/")
    if not re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+", url):
        raise ValueError(f"repository.url in {config_path}: got {url!r}, want https://github.com/OWNER/NAME")
    return url


def pages_address(repository_url: str) -> str:
    """Where GitHub Pages serves a repository, with a slash at the end; raises ValueError for another host."""
    host, parts = urlsplit(repository_url).netloc, urlsplit(repository_url).path.strip("/").split("/")
    if host != "github.com" or len(parts) != 2:
        raise ValueError(f"repository_url: got {repository_url!r}, want https://github.com/OWNER/NAME")
    owner, name = parts
    return f"https://{owner}.github.io/{'' if name == f'{owner}.github.io' else name + '/'}"


def strange_addresses(notebook: dict, config_path: str | Path) -> list[str]:
    """GitHub repositories that a notebook's code installs from and that are not the book's own: want none."""
    own = repository(config_path)
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    code = "\n".join(cell for cell in cells if "pip" in cell)
    found = re.findall(r"https://github\.com/[\w.-]+/[\w.-]+?(?=(?:\.git)?(?:[@#/\"'\s]|$))", code)
    return sorted({url for url in found if url != own})


@dataclass(frozen=True)
class Site:
    """The book as its pages name it."""

    title: str
    address: str
    first: str  # document name of the page that the bare address shows

    @classmethod
    def of(cls, config) -> "Site":
        """From Sphinx's configuration; ``html_baseurl`` wins over the address that the repository implies."""
        url = (config.html_theme_options or {}).get("repository_url") or ""
        address = config.html_baseurl or (pages_address(url) if url else "")
        return cls(config.html_title, f"{address.rstrip('/')}/" if address else "", config.master_doc)


def _description(page) -> str:
    """The first paragraph of running text, with maths as it would be read aloud at worst: by its letters."""
    for paragraph in page.article.select("section > p") if page.article else ():
        if paragraph.find_parent(class_=["admonition", "cell", "sidebar"]):
            continue
        text = re.sub(r"\\[()\[\]]|\\(?:tfrac|frac|left|right|,|;)\b", "", paragraph.get_text())
        text = " ".join(text.split())
        if len(text) > 30:
            return text if len(text) <= LONGEST else text[: LONGEST - 1].rsplit(" ", 1)[0] + "…"
    return ""


def describe(page) -> None:
    """Add title, description and picture for search engines and for previews of a link."""
    soup, site = page.soup, page.site
    heading = soup.select_one("article h1")
    if heading is None or page.name in ("search", "genindex"):
        return
    said = "".join(t for t in heading.find_all(string=True) if "headerlink" not in (t.parent.get("class") or []))
    description = _description(page)
    if description:
        soup.head.append(soup.new_tag("meta", attrs={"name": "description", "content": description}))
    card = {"og:type": "article", "og:site_name": site.title}
    card |= {"og:title": " ".join(said.split()), "og:description": description}
    if site.address:
        own = site.address if page.name == site.first else f"{site.address}{page.name}.html"
        card |= {"og:url": own, "og:image": site.address + PREVIEW}
        card |= {"og:image:width": "1200", "og:image:height": "630", "og:image:alt": f"{site.title}: three loss curves"}
        soup.head.append(page.tag("link", rel="canonical", href=own))
    for key, value in card.items():
        if value:
            soup.head.append(page.tag("meta", property=key, content=value))
    soup.head.append(soup.new_tag("meta", attrs={"name": "twitter:card", "content": "summary_large_image"}))
