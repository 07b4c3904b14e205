"""The audit of the site finds each fault that it is there to find, on a page made for it."""

import os

import audit
import pytest

GOOD = "<main><h1>A page</h1><p id='here'>Text.</p></main>"

FAULTS = {  # what stands in the page, and what the audit says of it
    "a third-party request": (
        "<img alt='' src='http://third-party.invalid/pixel.png'>",
        "third-party request: http://third-party.invalid/pixel.png",
    ),
    "a missing file": ("<img alt='' src='no-such.png'>", "HTTP 404: /no-such.png"),
    "an error on the console": ("<script>console.error('oh')</script>", "console error: oh"),
    "a warning on the console": ("<script>console.warn('hm')</script>", "console warning: hm"),
    "a JavaScript error": ("<script>undefined.x</script>", "page error: "),
    "a picture without a description": ("<img src='dot.png'>", "axe image-alt (390 light): img"),
    "pale text in the dark": (
        "<style>@media (prefers-color-scheme: dark) {"
        "html { background: #000 } p { color: #333 } h1 { color: #fff } }</style>",
        "axe color-contrast (1280 dark): #here",
    ),
    "a page wider than a phone": (
        "<div style='width: 700px'>wide</div>",
        "390 light: 700 px wide in a window of 390",
    ),
    "a heavy page": ("<img alt='' src='heavy.png'>", "700 KB over the wire, more than 600"),
    "a link to nothing": ("<a href='no-such.html'>to</a>", "broken link: no-such.html"),
    "a link from the root to nothing": ("<a href='/course/no.html'>to</a>", "broken link: /course"),
    "an anchor that is not there": ("<a href='#there'>to</a>", "broken anchor: #there"),
    "an anchor of another page": ("<a href='b.html#x'>to</a>", "broken anchor: b.html#x"),
}


@pytest.fixture
def make_site(tmp_path):
    """A function that writes a site with one page of the given content."""

    def make(content):
        page = (
            "<!doctype html><html lang='en' data-theme='light'><head><meta charset='utf-8'>"
            "<link rel='icon' href='dot.png'><title>A page</title><script>"
            "const dark = matchMedia('(prefers-color-scheme: dark)');"
            "const follow = () => {"
            "document.documentElement.dataset.theme = dark.matches ? 'dark' : 'light' };"
            "dark.onchange = follow; follow();</script>"
            "<meta name='viewport' content='width=device-width'></head>"
            f"<body style='margin: 0'>{content}</body></html>"
        )
        (tmp_path / "a.html").write_text(page)
        (tmp_path / "b.html").write_text(page.replace(content, GOOD))
        (tmp_path / "404.html").write_text(page.replace(content, GOOD))
        (tmp_path / "dot.png").write_bytes(b"\x89PNG")
        (tmp_path / "heavy.png").write_bytes(os.urandom(700_000))
        (tmp_path / "robots.txt").write_text("Sitemap: https://site.invalid/course/sitemap.xml")
        return tmp_path

    return make


@pytest.mark.browser
@pytest.mark.parametrize(("content", "fault"), FAULTS.values(), ids=FAULTS)
def test_the_audit_finds(make_site, content, fault):
    (page,) = audit.audit(make_site(GOOD.replace("</main>", content + "</main>")), only="a.html")
    assert [text for text in page.faults if text.startswith(fault)], page.faults


@pytest.mark.browser
def test_the_audit_finds_nothing_on_a_good_page(make_site):
    links = (
        "<p><a href='b.html#here'>b</a> <a href='/course/b.html'>b</a> <a href='#here'>x</a></p>"
    )
    pages = audit.audit(make_site(GOOD.replace("</main>", links + "</main>")))
    assert [page.path for page in pages] == ["404.html", "a.html", "b.html"]
    assert [page.faults for page in pages] == [[], [], []]


def test_the_command_fails_on_a_fault_and_not_without(monkeypatch, tmp_path, capsys):
    (tmp_path / "sitemap.xml").touch()
    for faults, code in ([], 0), (["broken link: x"], 1):
        found = [audit.Page("a.html", faults=faults)]
        monkeypatch.setattr(audit, "audit", lambda site, only, found=found: found)
        monkeypatch.setattr("sys.argv", ["audit.py", str(tmp_path)])
        with pytest.raises(SystemExit) as stopped:
            audit.main()
        assert stopped.value.code == code
    assert "a.html: broken link: x" in capsys.readouterr().out


def test_the_command_says_how_to_build_a_site_that_is_not_there(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr("sys.argv", ["audit.py", str(tmp_path)])
    with pytest.raises(SystemExit):
        audit.main()
    assert "build it first: make site" in capsys.readouterr().err
