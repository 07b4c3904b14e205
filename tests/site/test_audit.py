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
    "an error that comes late": (
        "<script>setTimeout(() => fetch('no-such.json'), 400)</script>",
        "HTTP 404: /no-such.json",
    ),
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
    "a stretched picture": (
        "<img alt='' width='90' height='10' src='data:image/svg+xml,"
        "<svg xmlns=%22http://www.w3.org/2000/svg%22 width=%2230%22 height=%2230%22/>'>",
        "a stretched picture: ",
    ),
    "a formula that runs into its number": (
        "<div class='math' id='long'><span class='eqno' style='float: right'>(1)</span>"
        "<span class='katex-html' style='position: absolute; width: 1270px'><b>E = …</b>"
        "<b style='position: absolute; right: 0'>c²</b></span></div>",
        "a formula runs into its number: long",
    ),
    "an explainer that does not come": (
        "<figure class='cv-widget cv-widget-no' id='still'></figure>",
        "no explainer below still",
    ),
    "a heavy page": ("<img alt='' src='heavy.png'>", "700 KB over the wire, more than 450"),
    "a heavy page far below": (
        "<div style='height: 9000px'></div><img alt='' loading='lazy' src='heavy.png'>",
        "700 KB over the wire, more than 450",
    ),
    "a link to nothing": ("<a href='no-such.html'>to</a>", "broken link: no-such.html"),
    "a link from the root to nothing": ("<a href='/course/no.html'>to</a>", "broken link: /course"),
    "an anchor that is not there": ("<a href='#there'>to</a>", "broken anchor: #there"),
    "an anchor of another page": ("<a href='b.html#x'>to</a>", "broken anchor: b.html#x"),
}


hangs_on_the_audit = pytest.mark.tied("tools")


def write_site(folder, contents):
    """A site with pages of the given contents, {name: content}, and a good one, b.html."""
    for name, content in (contents | {"b": GOOD, "404": GOOD}).items():
        (folder / f"{name}.html").write_text(
            "<!doctype html><html lang='en' data-theme='light'><head><meta charset='utf-8'>"
            "<link rel='icon' href='dot.png'><title>A page</title><script>"
            "const dark = matchMedia('(prefers-color-scheme: dark)');"
            "const follow = () => {"
            "document.documentElement.dataset.theme = dark.matches ? 'dark' : 'light' };"
            "dark.onchange = follow; follow();</script>"
            "<meta name='viewport' content='width=device-width'></head>"
            f"<body style='margin: 0'>{content}</body></html>"
        )
    (folder / "dot.png").write_bytes(b"\x89PNG")
    (folder / "heavy.png").write_bytes(os.urandom(700_000))
    (folder / "robots.txt").write_text("Sitemap: https://site.invalid/course/sitemap.xml")
    return folder


@hangs_on_the_audit
@pytest.mark.browser
def test_the_audit_finds_each_fault(tmp_path):
    contents = {
        f"fault-{n}": GOOD.replace("</main>", content + "</main>")
        for n, (content, _) in enumerate(FAULTS.values())
    }
    pages = {page.path: page for page in audit.audit(write_site(tmp_path, contents), only="fault-")}
    assert len(pages) == len(FAULTS)
    for n, (fault, (_, says)) in enumerate(FAULTS.items()):
        faults = pages[f"fault-{n}.html"].faults
        assert [text for text in faults if text.startswith(says)], (fault, faults)


@hangs_on_the_audit
@pytest.mark.browser
def test_the_audit_finds_nothing_on_a_good_page(tmp_path):
    links = (
        "<p><a href='b.html#here'>b</a> <a href='/course/b.html'>b</a> <a href='#here'>x</a></p>"
    )
    pages = audit.audit(write_site(tmp_path, {"a": GOOD.replace("</main>", links + "</main>")}))
    assert [page.path for page in pages] == ["404.html", "a.html", "b.html"]
    assert [page.faults for page in pages] == [[], [], []]
    assert all(page.requests == 2 and 300 < page.bytes < 1000 for page in pages)


@hangs_on_the_audit
@pytest.mark.browser
def test_a_page_that_leads_on_is_not_visited(tmp_path):
    leads = "<meta http-equiv='refresh' content='0; url=b.html'><a href='no.html'>b</a>"
    site = write_site(tmp_path, {"a": leads.replace("'", '"')})
    (page,) = audit.audit(site, only="a.html")
    assert page.faults == ["broken link: no.html"]
    assert page.requests == 0


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
