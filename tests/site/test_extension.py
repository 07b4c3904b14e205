"""The parts of book/_ext/course_site.py, each against the fault that it is there for."""

import sys
from pathlib import Path
from types import SimpleNamespace

import course_site
import pytest
import sphinxcontrib.katex as katex
from docutils import nodes

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("macro", sorted(katex.KATEX_DEFAULT_OPTIONS["macros"]))
def test_a_macro_of_the_course_renders(macro):
    html = katex.render_latex(macro + "{x}")
    assert 'class="katex"' in html
    assert "katex-error" not in html


def test_an_unknown_macro_fails_the_build():
    with pytest.raises(katex.KaTeXError, match="nosuchmacro"):
        katex.render_latex(r"\nosuchmacro{x}")


def test_the_styles_are_those_of_the_renderer():
    css = (ROOT / "book/_static/katex/katex.min.css").read_text("utf-8")
    assert f'.katex-version:after{{content:"{katex.katex_version}"}}' in css.replace(
        "::after", ":after"
    )


def test_a_renderer_that_is_slow_to_listen_is_waited_for(tmp_path, monkeypatch):
    # Node binds its socket and listens a moment later: the file is there, to connect is refused.
    program = (
        "import socket, sys, time; s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]);"
        "time.sleep(0.5); s.listen(); s.accept(); time.sleep(5)"
    )
    monkeypatch.setattr(
        katex.KaTeXServer,
        "build_command",
        classmethod(lambda cls, **where: [sys.executable, "-c", program, str(where["socket"])]),
    )
    process, sock = katex.KaTeXServer.start_server_process(tmp_path, timeout=20)
    try:
        assert process.poll() is None
        assert sock.getpeername() == str(tmp_path / "katex.sock")
    finally:
        sock.close()
        process.kill()
        process.communicate()


def test_a_renderer_that_dies_is_reported(tmp_path, monkeypatch):
    monkeypatch.setattr(
        katex.KaTeXServer,
        "build_command",
        classmethod(lambda cls, **where: [sys.executable, "-c", "raise SystemExit(1)"]),
    )
    with pytest.raises(katex.KaTeXError):
        katex.KaTeXServer.start_server_process(tmp_path, timeout=20)


@pytest.mark.parametrize(
    ("url", "environment", "base", "prefix"),
    [
        (
            "https://github.com/Some-Org/course",
            None,
            "https://some-org.github.io/course/",
            "/course/",
        ),
        ("https://github.com/a/b/", "", "https://a.github.io/b/", "/b/"),
        ("https://github.com/a/b", "https://example.org", "https://example.org/", "/"),
        ("https://github.com/a/b", "https://example.org/x/y/", "https://example.org/x/y/", "/x/y/"),
    ],
)
def test_the_site_knows_its_address(monkeypatch, url, environment, base, prefix):
    monkeypatch.delenv("DL4CV_BASE_URL", raising=False)
    if environment is not None:
        monkeypatch.setenv("DL4CV_BASE_URL", environment)
    config = SimpleNamespace(html_theme_options={"repository_url": url})
    course_site.set_addresses(None, config)
    assert config.html_baseurl == config.ogp_site_url == base
    assert config.notfound_urls_prefix == prefix


def test_pages_can_name_the_repository():
    app = SimpleNamespace(config=SimpleNamespace(course_repository="https://github.com/a/b"))
    source = ["git clone REPOSITORY_URL; colab/github/REPOSITORY_NAME/blob"]
    course_site.name_repository(app, "page", source)
    assert source == ["git clone https://github.com/a/b; colab/github/a/b/blob"]


def test_a_label_may_stand_in_a_comment():
    source = ["<!-- (a-b)= -->\n# Title\n\nAnd <!-- (c)= --> or <!-- a comment -->.\n"]
    course_site.show_labels(None, "page", source)
    assert source == ["(a-b)=\n# Title\n\nAnd <!-- (c)= --> or <!-- a comment -->.\n"]


@pytest.mark.parametrize(
    ("suffix", "left"), [(".ipynb", ["launch-buttons", "download"]), (".md", ["download"])]
)
def test_only_notebooks_can_be_launched(suffix, left):
    buttons = [{"label": "launch-buttons"}, {"label": "download"}]
    context = {"page_source_suffix": suffix, "header_buttons": buttons}
    course_site.keep_usable_buttons(None, "page", "page.html", context, None)
    assert [button["label"] for button in context["header_buttons"]] == left


def test_a_page_that_is_fixed_twice_stays_as_it_is(tmp_path):
    page = tmp_path / "page.html"
    html = (
        '<script src="_static/scripts/fontawesome.js?digest=1"></script>'
        '<button class="btn search-button-field x" title="Search" aria-label="Search">Search Ctrl+K'
        '</button><summary aria-label="Toggle">Show</summary><div id="pst-primary-sidebar"></div>'
        '<table><thead>\n<tr class="row-odd"><th class="head"><p></p></th>\n<th class="head">'
        '<p></p></th>\n</tr>\n</thead><tbody></tbody></table>Solution to<a class="x" href="#y"> '
        'Exercise 1</a><div class="citation" id="a" role="doc-biblioentry"></div>'
        '<thead>\n<tr class="row-odd"><th class="head"><p>N</p></th>'
    )
    once = course_site.fix_pages({page: html}, tmp_path)
    assert once[page] == (
        '<button class="btn search-button-field x" title="Search">Search Ctrl+K</button>'
        '<summary>Show</summary><div id="pst-primary-sidebar" role="complementary" '
        'aria-label="Course"></div><table><tbody></tbody></table>Solution to <a class="x" '
        'href="#y">Exercise 1</a><div class="citation" id="a" role="listitem"></div>'
        '<thead>\n<tr class="row-odd"><th class="head"><p>N</p></th>'
    )
    assert course_site.fix_pages(once, tmp_path) == once


def test_pages_are_those_of_the_book(tmp_path):
    """Neither the theme's templates nor what leads from the root to the front page."""
    (tmp_path / "_static").mkdir()
    (tmp_path / "book").mkdir()
    for name in ("index.html", "_static/macros.html", "book/index.html", "search.html"):
        (tmp_path / name).write_text(name)
    pages = course_site.read_pages(tmp_path)
    assert pages == {tmp_path / name: name for name in ("book/index.html", "search.html")}


def test_a_short_formula_keeps_what_is_attached_to_it():
    line = nodes.paragraph()
    long = "x" * (course_site.SHORT + 1)
    for part in ("(", "k", "-th), so ", "n", " and ", "i", "’s ", long, ", end"):
        line += nodes.math(part, part) if part in ("k", "n", "i", long) else nodes.Text(part)
    course_site.keep_together(None, line, "page")
    kept = [node.astext() for node in line.findall(nodes.inline)]
    assert kept == ["(k-th),", "i’s"]
    assert line.astext() == f"(k-th), so n and i’s {long}, end"
    assert all(node["classes"] == ["cv-keep"] for node in line.findall(nodes.inline))
