"""Print the built site as one PDF, with bookmarks and links that lead inside it.

    python tools/pdf.py [_build/html] [--to _build/book.pdf] [--only 04_conv]

The pages come in the order of the contents, each chapter under its name. What is folded on the
site is open here; explainers are their figures. A chapter is printed at a time, as Chromium takes
gigabytes for the whole book: a link to another chapter leads to the published site.
"""

import argparse
import posixpath
import sys
import tempfile
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import yaml
from audit import browser_alone, published, serve
from bs4 import BeautifulSoup
from pypdf import PdfWriter

ROOT = Path(__file__).parents[1]
LEFT_OUT = ".headerlink, .d-print-none, script, style, .cv-live"
STYLE = """
  * { animation: none !important; transition: none !important; }
  html { font-size: 13px; } body { margin: 0; } article { max-width: none; }
  h1.part, section.page { break-before: page; } h1.part + section.page { break-before: avoid; }
  h1, h2, h3, h4, h5, h6, summary { break-after: avoid; }
  figure, table, .katex-display { break-inside: avoid; } pre { white-space: pre-wrap; }
  details.hide > summary { display: none !important; }
"""
MARGIN = dict.fromkeys(("top", "bottom", "left", "right"), "18mm")


def contents(toc):
    """[(caption or None, [pages])] of _toc.yml, without .html."""
    tree = yaml.safe_load(Path(toc).read_text("utf-8"))

    def files(entries):
        for entry in entries:
            if "file" in entry:
                yield entry["file"]
            yield from files(entry.get("sections", []))

    parts = [(part.get("caption"), [*files(part["chapters"])]) for part in tree["parts"]]
    return [(None, [tree["root"]]), *parts]


def compose(site, parts):
    """One HTML document of the pages of parts, as `contents` gives them.

    Every id gets the number of its page in front. Folders of images and styles are those of the
    site's root.
    """
    site = Path(site)
    pages = [f"{page}.html" for _, inside in parts for page in inside]
    number = {page: f"p{i}" for i, page in enumerate(pages)}
    first = BeautifulSoup((site / pages[0]).read_text("utf-8"), "html.parser")
    head = first.head
    for tag in head.find_all(["script", "meta", "title", "noscript"]):
        tag.decompose()
    for link in head.find_all("link"):
        if "stylesheet" in link.get("rel", []):
            link["href"] = _from_root(pages[0], link["href"])
        else:
            link.decompose()
    address, body = published(site), []
    for caption, inside in parts:
        if caption:
            body.append(f'<h1 class="part">{caption}</h1>')
        for page in inside:
            name = f"{page}.html"
            article = _article((site / name).read_text("utf-8"))
            _lead(article, name, number, address)
            if caption:
                _sink(article)
            body.append(f'<section class="page" id="{number[name]}">{article.decode_contents()}')
            body.append("</section>")
    title = "<title>Deep Learning for Computer Vision</title>"
    styles = f"{head.decode_contents()}<style>{STYLE}</style>"
    inside = "\n".join(body)
    return (
        '<!doctype html><html lang="en" data-theme="light" data-mode="light">'
        f'<head><meta charset="utf-8">{title}{styles}</head>'
        f'<body><article class="bd-article">{inside}</article></body></html>'
    )


def _article(text):
    """The article of a page, unfolded."""
    article = BeautifulSoup(text, "html.parser").find("article", class_="bd-article")
    for tag in article.select(LEFT_OUT):
        tag.decompose()
    for tag in article.find_all("details"):
        tag["open"] = ""
    for tag in article.select(".toggle"):  # folded by a script, which does not run here
        tag["class"] = [name for name in tag["class"] if name not in ("toggle", "toggle-hidden")]
    for tag in article.find_all("img"):
        tag["loading"] = "eager"
    return article


def _lead(article, page, number, address):
    """Give ids the page's number, and let links and images lead where they did."""
    mine = number[page]
    for tag in article.find_all(id=True):
        tag["id"] = f"{mine}-{tag['id']}"
    for key in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
        for tag in article.find_all(attrs={key: True}):
            value = tag[key] if isinstance(tag[key], str) else " ".join(tag[key])
            tag[key] = " ".join(f"{mine}-{name}" for name in value.split())
    for tag in article.find_all(src=True):
        tag["src"] = _from_root(page, tag["src"])
    for tag in article.find_all("a", href=True):
        parts = urlsplit(tag["href"])
        if parts.scheme or parts.netloc:
            continue
        target = _from_root(page, parts.path).lstrip("/") if parts.path else page
        if target in number:
            tag["href"] = f"#{number[target]}" + (f"-{parts.fragment}" if parts.fragment else "")
        else:
            tag["href"] = urljoin(address, target) + (parts.fragment and f"#{parts.fragment}")


def _from_root(page, reference):
    """A reference of a page, as an absolute path of the site."""
    if urlsplit(reference).scheme:
        return reference
    return "/" + posixpath.normpath(posixpath.join(posixpath.dirname(page), reference))


def _sink(article):
    """Let headings be a level lower: above them stands the chapter's."""
    for tag in article.find_all(["h1", "h2", "h3", "h4", "h5"]):
        tag.name = f"h{int(tag.name[1]) + 1}"


def write(site, path, parts):
    """Print the pages of parts into path; Chromium makes the bookmarks of the headings."""
    book = PdfWriter()
    with tempfile.TemporaryDirectory() as folder, serve(site) as address, browser_alone() as opened:
        for i, part in enumerate(parts):
            printed = f"{folder}/{i}.pdf"
            _print(opened, f"{address}/part", compose(site, [part]), printed)
            book.append(printed)
        book.add_metadata({"/Title": "Deep Learning for Computer Vision"})
        book.write(path)


def _print(opened, address, text, path):
    tab = opened.new_page()
    tab.route(address, lambda route: route.fulfill(body=text, content_type="text/html"))
    tab.goto(address, wait_until="load", timeout=600_000)
    tab.pdf(path=path, format="A4", outline=True, tagged=True, print_background=True, margin=MARGIN)
    tab.close()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("site", nargs="?", type=Path, default=ROOT / "_build" / "html")
    parser.add_argument("--to", type=Path, default=ROOT / "_build" / "book.pdf")
    parser.add_argument("--only", default="", help="only pages whose path contains this")
    options = parser.parse_args()
    if not (options.site / "sitemap.xml").is_file():
        parser.error(f"{options.site} holds no built site; build it first: make site")
    parts = [
        (caption, [page for page in pages if options.only in page])
        for caption, pages in contents(ROOT / "_toc.yml")
    ]
    parts = [(caption, pages) for caption, pages in parts if pages]
    if not parts:
        parser.error(f"no page has {options.only!r} in its path")
    write(options.site.resolve(), options.to, parts)
    sys.stdout.write(f"{options.to}: {options.to.stat().st_size / 1e6:.1f} MB\n")


if __name__ == "__main__":
    main()
