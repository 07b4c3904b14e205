"""What the built site promises: `make site` first."""

import functools
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import audit
import pytest
import yaml
from myst_nb.core.read import is_myst_markdown_notebook, read_myst_markdown_notebook

from autograder.tie import Kept

ROOT = Path(__file__).parents[2]
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
CONTENTS = [TOC["root"], *(page["file"] for part in TOC["parts"] for page in part["chapters"])]


@pytest.fixture(scope="module")
def pages(site):
    """{page: its HTML} for every page of the contents."""
    return {name: (site / f"{name}.html").read_text("utf-8") for name in CONTENTS}


def links(html):
    return re.findall(r'<a\b[^>]*?href="([^"]*)"', html)


# ---- In a browser -------------------------------------------------------------------------------

SPECIAL = ["404", "genindex", "search"]  # pages that are in no table of contents
EVERY_PAGE = (
    "_config.yml",
    "_toc.yml",
    "book/_ext",
    "book/_static",
    "tools/audit.py",
    "tools/vendor",
)
WHOLE_SITE = ("assignments", "book", "cs_lib")


def made_of(name):
    """The mark of a page's test: what the page is made of, and the code of its cells."""
    if name in SPECIAL:
        return pytest.mark.tied(*EVERY_PAGE, *WHOLE_SITE)
    (source,) = ROOT.glob(f"{name}.*")
    text = source.read_text("utf-8")
    shown = re.findall(r"\{(?:literalinclude|include)\} (\S+)", text)
    paths = {(source.parent / path).resolve().relative_to(ROOT).as_posix() for path in shown}
    code = ()
    if is_myst_markdown_notebook(text):
        cells = read_myst_markdown_notebook(text).cells
        code = [cell.source for cell in cells if cell.cell_type == "code"]
        paths |= {*files_read().get(name, ())}
    elif re.search(r"^```\{reference", text, re.MULTILINE):
        paths.add("cs_lib")
    elif "{bibliography}" in text:
        paths.add("book/references.bib")
    return pytest.mark.tied(*EVERY_PAGE, f"{name}{source.suffix}", *sorted(paths), code=code)


@functools.cache
def files_read():
    """{page: the files that its cells read when they were last run}; see book/_ext/execution.py."""
    parts = Kept.read(ROOT / "_build/.jupyter_cache/ties.json").parts
    return {name: part["result"]["reads"] for name, part in parts.items()}


@pytest.mark.parametrize(
    ("name", "paths", "code"),
    [
        ("book/notation", ["book/notation.md", "_toc.yml", "book/_static", "tools/audit.py"], ""),
        (
            "book/01_knn/distances",
            ["book/01_knn/distances.md", "cs_lib/numpy/classifiers.py"],
            "from cs_lib import data, viz",
        ),
        ("book/reference/layers", ["book/reference/layers.md", "cs_lib"], ""),
        ("book/bibliography", ["book/bibliography.md", "book/references.bib"], ""),
        ("assignments/01_knn/01_knn", ["assignments/01_knn/01_knn.ipynb", "_config.yml"], ""),
        ("search", ["book", "assignments", "cs_lib"], ""),
    ],
)
def test_a_page_is_tied_to_what_it_is_made_of(name, paths, code):
    mark = made_of(name)
    assert {*paths} <= {*mark.args}
    assert code in "\n".join(mark.kwargs.get("code", ()))
    assert all((ROOT / path).exists() for path in mark.args)


@pytest.fixture(scope="session")
def visit(site):
    """A function that visits a page, in one browser for all.

    It lives in a thread of its own: playwright keeps an event loop running there, next to which a
    test could start none.
    """
    browser = audit.browser(site)
    with ThreadPoolExecutor(1) as thread:
        look = thread.submit(browser.__enter__).result()
        yield lambda path: thread.submit(look, path).result()
        thread.submit(browser.__exit__, None, None, None).result()


@pytest.mark.browser
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=made_of(name)) for name in [*CONTENTS, *SPECIAL]]
)
def test_a_page_has_no_fault(visit, name):
    page = visit(f"{name}.html")
    assert page.requests > 5
    assert not page.faults, "\n".join(page.faults)


def test_no_link_leads_nowhere(site):
    paths = audit.page_paths(site)
    links, prefix = audit.read_links(site, paths), audit.site_prefix(site)
    broken = {path: audit.broken_links(site, path, links, prefix=prefix) for path in paths}
    assert sum(len(links[path].addresses) for path in paths) > 1000
    assert not any(broken.values()), {path: faults for path, faults in broken.items() if faults}


@pytest.mark.browser
def test_the_search_finds_a_word_of_the_glossary(site):
    from playwright.sync_api import sync_playwright

    with audit.serve(site) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=audit.find_chromium(), args=["--no-sandbox"]
        )
        tab = browser.new_page()
        tab.goto(f"{address}/book/index.html")
        tab.keyboard.press("Control+k")
        tab.keyboard.type("Manhattan")
        tab.keyboard.press("Enter")
        tab.wait_for_selector("#search-results li a")
        found = tab.eval_on_selector_all("#search-results li a", "all => all.map(a => a.href)")
        browser.close()
    assert any("/book/glossary.html" in address for address in found), found


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_a_link_to_a_place_far_down_a_page_leads_there(site, width):
    from playwright.sync_api import sync_playwright

    with audit.serve(site) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=audit.find_chromium(), args=["--no-sandbox"]
        )
        tab = browser.new_page(viewport={"width": width, "height": 800}, reduced_motion="reduce")
        page = f"{address}/book/02_linear/losses.html"
        found = {}
        for place in ("its-gradient-step-by-step", "fig-linear-street", "exercises"):
            tab.goto("about:blank")
            tab.goto(f"{page}#{place}", wait_until="networkidle")
            found[place] = tab.evaluate(
                "id => document.getElementById(id).getBoundingClientRect().top", place
            )
        browser.close()
    assert all(0 <= top < 300 for top in found.values()), found


@pytest.mark.browser
def test_the_page_for_a_wrong_address_has_its_styles_at_any_depth(site):
    from playwright.sync_api import sync_playwright

    prefix = audit.site_prefix(site)
    with audit.serve(site, prefix=prefix) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=audit.find_chromium(), args=["--no-sandbox"]
        )
        tab = browser.new_page()
        statuses = {}
        tab.on("response", lambda response: statuses.update({response.url: response.status}))
        wrong = f"{address}{prefix}no/such/page.html"
        tab.goto(wrong, wait_until="networkidle")
        heading = tab.inner_text("article h1")
        browser.close()
    assert heading == "Page not found"
    assert statuses.pop(wrong) == 404
    assert len(statuses) > 10
    assert set(statuses.values()) == {200}


def test_every_page_can_be_edited_reported_and_downloaded(pages, config):
    repository = config["repository"]["url"]
    for name, html in pages.items():
        source = next(ROOT.glob(f"{name}.*"))
        there = links(html)
        edit = f"{repository}/edit/{config['repository']['branch']}/{name}{source.suffix}"
        assert edit in there, name
        assert any(link.startswith(f"{repository}/issues/new") for link in there), name
        assert repository in there, name
        assert any(link.endswith(f"_sources/{name}{source.suffix}") for link in there), name


def test_notebooks_and_only_notebooks_can_be_launched(pages, config):
    owner_and_name = "/".join(config["repository"]["url"].split("/")[-2:])
    branch = config["repository"]["branch"]
    for name, html in pages.items():
        header = html.split("<article", 1)[0]  # a page's text may link to a service as well
        services = [link for link in links(header) if "colab." in link]
        if (ROOT / f"{name}.ipynb").is_file():
            file = f"{name}.ipynb"
            address = "https://colab.research.google.com/github"
            assert services == [f"{address}/{owner_and_name}/blob/{branch}/{file}"]
        else:
            assert services == [], name


def test_a_page_with_code_can_be_downloaded_as_a_notebook(pages, site):
    for name, html in pages.items():
        source = ROOT / f"{name}.md"
        if source.is_file() and "{code-cell}" in source.read_text("utf-8"):
            assert any(link.endswith(f"_sources/{name}.ipynb") for link in links(html)), name
            assert (site / f"_sources/{name}.ipynb").is_file(), name


ASSIGNMENTS = sorted(path.name for path in (ROOT / "assignments").iterdir())


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_the_released_notebook_is_shown_and_was_not_run(pages, name):
    notebook = pages[f"assignments/{name}/{name}"]
    assert "raise" in notebook
    assert "cell_output" not in notebook
    assert "Traceback" not in notebook


def test_every_page_names_the_licences_and_the_edition(pages, config):
    (edition,) = re.findall(r"Edition of [^.]*", config["html"]["extra_footer"])
    for name, html in pages.items():
        footer = html.rsplit("<footer", 2)[1] + html.rsplit("<footer", 2)[2]
        for words in (edition, "creativecommons.org/licenses/by/4.0", "MIT"):
            assert words in footer, name


def test_the_edition_is_the_same_everywhere(config):
    (edition,) = re.findall(r"Edition of [^.]*", config["html"]["extra_footer"])
    changelog = (ROOT / "book/changelog.md").read_text("utf-8")
    assert re.findall(r"^## (.*)", changelog, re.MULTILINE)[0] == edition
    released = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))["date-released"]
    assert f"Edition of {released.day} {released:%B %Y}" == edition


def test_the_sitemap_lists_the_pages_of_the_contents(site):
    base = (site / "robots.txt").read_text("utf-8").split("Sitemap: ")[1].strip()
    base = base.removesuffix("sitemap.xml")
    listed = re.findall("<loc>(.*?)</loc>", (site / "sitemap.xml").read_text("utf-8"))
    assert sorted(listed) == sorted(f"{base}{name}.html" for name in CONTENTS)


def test_nothing_of_an_earlier_build_is_left(site):
    there = {path.relative_to(site).with_suffix("").as_posix() for path in site.rglob("*.html")}
    there = {name for name in there if not name.startswith("_static/")}
    assert there == {"index", *SPECIAL, *CONTENTS}  # index leads on to the first page


def test_every_page_has_a_picture_and_a_text_for_who_shares_it(pages, site):
    for name, html in pages.items():
        for what in ("og:title", "og:description", "og:image"):
            assert f'<meta property="{what}" content="' in html, (name, what)
        (image,) = re.findall(r'<meta property="og:image" content="([^"]*)"', html)
        assert (site / image[image.index("_images/") :]).is_file(), name


def test_formulas_are_finished_when_a_page_arrives(pages):
    assert 'class="katex"' in pages["book/notation"]
    for name, html in pages.items():
        text = re.sub(r"<(script|code|pre|annotation)\b.*?</\1>", "", html, flags=re.DOTALL)
        assert not re.search(r"\\[(\[]|\$\$|katex-error", text), name


def test_figures_are_numbered_by_chapter(pages):
    for part in TOC["parts"]:
        chapter = re.match(r"\d+", part["caption"])
        for page in part["chapters"]:
            numbers = re.findall(r'caption-number">\w+\.? ([\d.]+)', pages[page["file"]])
            begins = rf"{chapter[0]}\.\d+$" if chapter else r"\d+$"
            assert all(re.match(begins, number) for number in numbers), (page["file"], numbers)
            if chapter and page["file"].startswith("book/"):
                assert numbers, page["file"]


def test_the_sections_that_hints_point_at_are_there(site):
    files = sorted(ROOT.glob("assignments/*/hints.json"))
    assert files
    for file in files:
        for name, mistake in json.loads(file.read_text("utf-8"))["mistakes"].items():
            page, anchor = mistake["read"].rsplit("/book/", 1)[1].split("#")
            assert f'id="{anchor}"' in (site / "book" / page).read_text("utf-8"), name


def test_no_placeholder_is_left_in_a_page(pages):
    for name, html in pages.items():
        assert "REPOSITORY_" not in html, name


def test_the_bibliography_is_sorted_by_key():
    keys = re.findall(r"^@\w+\{([^,]*),", (ROOT / "book/references.bib").read_text("utf-8"), re.M)
    assert keys == sorted(set(keys))
    assert len(keys) > 5


def test_every_picture_of_a_page_says_what_it_shows(pages):
    for name, html in pages.items():
        article = html.split("<article", 1)[1].split("</article>")[0]
        for image in re.findall(r"<img\b[^>]*>", article):
            (alt,) = re.findall(r'alt="([^"]*)"', image)
            assert len(alt) > 20, (name, image)
            assert not alt.startswith("../"), (name, image)
