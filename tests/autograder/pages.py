"""What tests ask of a page: its text, what in it could do harm, how it looks in Chromium."""

import os
import re
import sys
from html.parser import HTMLParser

import pytest
from mini_course import ROOT

sys.path.insert(0, str(ROOT / "tools"))
import audit

AXE = audit.AXE


class Elements(HTMLParser):
    """The tags of a page, and its text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.text += "" if tag in ("span", "wbr", "a", "code", "em", "strong") else " "
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def flat(text):
    return " ".join(Elements(text).text.split())


ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "main", "header", "h1", "h2", "h3"),
    *("p", "small", "progress", "table", "thead", "tbody", "tr", "th", "td", "a", "span", "wbr"),
    *("pre", "code", "details", "summary", "div", "strong", "em", "img", "br", "hr", "s"),
    *("ul", "ol", "li", "blockquote"),
}
ATTRIBUTES = {
    *("lang", "charset", "content", "class", "href", "rel", "id", "scope", "aria-label"),
    *("aria-hidden", "max", "value", "alt", "width", "height", "src", "name", "http-equiv"),
}


def faults(text):
    """What in a page may run, load or send anything."""
    found = []
    for tag, attrs in Elements(text).tags:
        if tag not in ALLOWED:
            found.append(f"<{tag}>")
        for name, value in attrs.items():
            address = (value or "").strip().lower()
            if name not in ATTRIBUTES:
                found.append(f"<{tag} {name}>")
            if name == "href" and not address.startswith(("http://", "https://", "mailto:", "#")):
                found.append(f"<{tag} href={address[:30]}>")
            if name == "src" and not re.match(r"data:image/(png|jpeg);base64,[\w+/=]*$", address):
                found.append(f"<{tag} src={address[:30]}>")
            if name == "http-equiv" and value != "Content-Security-Policy":
                found.append(f"<meta {value}>")
    return found


@pytest.fixture
def browser():
    """Chromium. Without one the test is skipped, but in CI it fails."""
    path = audit.find_chromium()
    if path is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium found, and CI may not skip: install the package chromium")
        pytest.skip("no Chromium found: install it or set CHROMIUM to its path")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def visit(browser, path, wait="networkidle", **context):
    """(tab, what it asked for, what it said)."""
    tab = browser.new_context(**context).new_page()
    asked, said = [], []
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("console", lambda message: said.append(message.text))
    tab.on("dialog", lambda dialog: said.append("dialog"))
    tab.goto(path.as_uri(), wait_until=wait)
    return tab, [url for url in asked if not url.startswith("data:image/")], said
