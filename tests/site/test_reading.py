"""Each page of a chapter says how long it is, and a reader can mark it as read."""

import re

import audit
import pytest
import reading
from docutils import nodes

PAGE = "book/04_conv/pooling.html"


def document(*children):
    whole = nodes.section()
    whole += children
    return whole


def code(lines, *classes):
    cell = nodes.container(classes=list(classes))
    cell += nodes.literal_block("x\n" * (lines - 1) + "x", "x\n" * (lines - 1) + "x")
    return cell


def test_words_code_formulas_and_figures_take_time():
    words = nodes.paragraph("", "word " * 1800)
    assert reading.minutes(document(words)) == 10
    assert reading.minutes(document(words, code(150))) == 20
    assert reading.minutes(document(words, code(150, "tag_hide-input"))) == 10
    assert reading.minutes(document(words, *(nodes.math_block("", "x") for _ in range(30)))) == 20
    assert reading.minutes(document(words, *(nodes.figure() for _ in range(40)))) == 20
    assert reading.minutes(document(nodes.paragraph("", "short"))) == 5


def test_pages_of_chapters_say_it_and_no_others(site):
    for path in audit.page_paths(site):
        text = (site / path).read_text("utf-8")
        said = re.findall(r'<p class="cv-minutes">About (\d+) minutes', text)
        if re.match(r"book/\d\d_\w+/", path):
            assert len(said) == 1, path
            assert 5 <= int(said[0]) <= 60, path
        else:
            assert not said, path


@pytest.mark.browser
def test_a_page_that_was_marked_stays_marked(site):
    with audit.serve(site) as address, audit.browser_alone() as opened:
        tab = opened.new_page()
        tab.goto(f"{address}/{PAGE}")
        button = tab.locator(".cv-read")
        link = tab.locator("nav.bd-links a.current.internal").last
        assert button.get_attribute("aria-pressed") == "false"
        assert "(read)" not in link.text_content()
        button.click()
        tab.goto(f"{address}/book/04_conv/layer.html")
        assert tab.locator(".cv-read").get_attribute("aria-pressed") == "false"
        tab.goto(f"{address}/{PAGE}")
        assert button.get_attribute("aria-pressed") == "true"
        assert "(read)" in link.text_content()
        button.click()
        assert "(read)" not in link.text_content()


@pytest.mark.browser
def test_a_browser_that_keeps_nothing_still_shows_the_page(site):
    with audit.serve(site) as address, audit.browser_alone() as opened:
        tab, errors = opened.new_page(), []
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.add_init_script("localStorage.setItem('dl4cv-read', '{')")
        tab.goto(f"{address}/{PAGE}")
        tab.locator(".cv-read").click()
        assert not errors
