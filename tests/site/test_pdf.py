"""The PDF holds the pages in the order of the contents, unfolded; its links lead where they did."""

import pdf
import pypdf
import pytest
from bs4 import BeautifulSoup

PAGES = {
    "a/one": "<section id='one'><h1>One</h1><p><a href='#sum'>down</a>"
    " <a href='two.html#sum'>next</a> <a href='../c/three.html#x'>elsewhere</a> <a href='https://example.org/'>away</a></p>"
    "<details><summary>Show</summary><p id='sum'>folded away</p></details>"
    "<script>1</script><img src='../_images/dot.png' alt='' loading='lazy'></section>",
    "a/two": "<section id='two'><h1>Two<a class='headerlink' href='#two'>#</a></h1>"
    "<h2 id='sum'>Below</h2><p class='dropdown toggle'>an answer</p></section>",
    "c/three": "<section id='three'><h1>Three</h1><p id='x'>the end</p></section>",
}
PARTS = [("1 · First", ["a/one", "a/two"]), ("2 · Second", ["c/three"])]


@pytest.fixture
def small(tmp_path):
    """A site of three pages."""
    for name, article in PAGES.items():
        path = tmp_path / f"{name}.html"
        path.parent.mkdir(exist_ok=True)
        path.write_text(
            "<html><head><title>x</title><link rel='stylesheet' href='../_static/a.css'></head>"
            f"<body><nav>menu</nav><article class='bd-article'>{article}</article></body></html>"
        )
    (tmp_path / "robots.txt").write_text("Sitemap: https://example.org/course/sitemap.xml\n")
    return tmp_path


def links(soup):
    return [tag["href"] for tag in soup.find_all("a", href=True)]


def test_links_lead_inside_or_to_the_published_site(small):
    soup = BeautifulSoup(pdf.compose(small, PARTS[:1]), "html.parser")
    assert links(soup) == [
        "#p0-sum",
        "#p1-sum",
        "https://example.org/course/c/three.html#x",
        "https://example.org/",
    ]
    ids = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(ids) == len(set(ids))
    assert {"p0", "p1", "p0-sum", "p1-sum"} <= set(ids)
    assert soup.find("link")["href"] == "/_static/a.css"
    assert soup.find("img")["src"] == "/_images/dot.png"


def test_nothing_stays_folded_and_no_menu_is_printed(small):
    soup = BeautifulSoup(pdf.compose(small, PARTS), "html.parser")
    assert all(tag.has_attr("open") for tag in soup.find_all("details"))
    assert not soup.select(".toggle, nav, script, .headerlink, [loading=lazy]")
    heads = [(tag.name, tag.get_text()) for tag in soup.find_all(["h1", "h2", "h3"])]
    assert heads == [
        ("h1", "1 · First"),
        ("h2", "One"),
        ("h2", "Two"),
        ("h3", "Below"),
        ("h1", "2 · Second"),
        ("h2", "Three"),
    ]


@pytest.mark.browser
def test_the_pdf_has_bookmarks_and_all_text(small, tmp_path):
    pdf.write(small, tmp_path / "book.pdf", PARTS)
    book = pypdf.PdfReader(tmp_path / "book.pdf")
    text = "\n".join(page.extract_text() for page in book.pages)
    for words in ("folded away", "an answer", "the end"):
        assert words in text
    assert "menu" not in text
    marks = list(flat(book.outline))
    assert [(mark.title, book.get_destination_page_number(mark)) for mark in marks] == [
        ("1 · First", 0),
        ("One", 0),
        ("Two", 1),
        ("Below", 1),
        ("2 · Second", 2),
        ("Three", 2),
    ]


def flat(outline):
    for mark in outline:
        if isinstance(mark, list):
            yield from flat(mark)
        else:
            yield mark


def test_the_contents_hold_every_page_once(site):
    parts = pdf.contents(pdf.ROOT / "_toc.yml")
    pages = [page for _, inside in parts for page in inside]
    assert len(pages) == len(set(pages))
    for page in pages:
        assert (site / f"{page}.html").is_file(), page


def test_every_link_inside_a_chapter_leads_somewhere(site):
    [part] = [part for part in pdf.contents(pdf.ROOT / "_toc.yml") if (part[0] or "")[0:1] == "4"]
    soup = BeautifulSoup(pdf.compose(site, [part]), "html.parser")
    ids = {tag["id"] for tag in soup.find_all(id=True)}
    inside = [href[1:] for href in links(soup) if href.startswith("#")]
    assert len(inside) > 50
    assert set(inside) <= ids
