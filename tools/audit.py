"""Visit every page of the built site in Chromium and report what is wrong with it.

    python tools/audit.py _build/html

Each page is opened at 390 and 1280 pixels, light and dark. A fault is: a request to another host,
a missing file, a message on the console, a JavaScript error, an accessibility violation (axe-core),
a page wider than the window, a stretched picture, a figure without its explainer, a formula that
runs into its number (at 1280 pixels; on a phone it scrolls), more than 450 KB over the wire, a link
or an anchor that leads nowhere. Prints a table; exits 1 on any fault.
"""

import argparse
import functools
import gzip
import os
import shutil
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
MAX_BYTES = 450_000  # over the wire, at the first visit, read to its end
WIDTHS = (390, 1280)  # a phone, a desktop
THEMES = ("light", "dark")
PACKED = (".png", ".jpg", ".webp", ".gif", ".woff2", ".woff")  # gzip gains nothing
REDIRECT = 'http-equiv="refresh"'
VIOLATIONS = "axe.run({resultTypes: ['violations']}).then(result => result.violations)"
# Formulas of which a glyph reaches the number; a root's or an arrow's drawing is cut off by CSS.
LONG_FORMULAS = """[...document.querySelectorAll('div.math .eqno')].filter(number => {
    const left = number.getBoundingClientRect().left
    return [...number.parentElement.querySelectorAll('.katex-html *:not(svg, svg *)')].some(
        part => part.getBoundingClientRect().right > left)
}).map(number => number.parentElement.id)"""

STRETCHED = """[...document.images].filter(image => image.naturalWidth && Math.abs(
    image.width * image.naturalHeight / (image.height * image.naturalWidth) - 1) > 0.05
).map(image => image.src.slice(-20))"""

# Explainers are fetched when they are about to be seen: all are, or the visit's end cuts one off.
# Gives those that are not there after ten seconds.
EXPLAINERS = """async () => {
    const figures = [...document.querySelectorAll('figure.cv-widget')]
    const missing = figure => !figure.nextElementSibling?.classList.contains('cv-live')
    for (const figure of figures) {
        figure.scrollIntoView({behavior: 'instant'})
        for (let n = 0; n < 200 && missing(figure); n++) await new Promise(r => setTimeout(r, 50))
    }
    scrollTo({top: 0, behavior: 'instant'})
    return figures.filter(missing).map(figure => figure.id)
}"""


@dataclass
class Page:
    """One page of the site, and what was found on it."""

    path: str  # relative to the site, "book/index.html"
    bytes: int = 0
    requests: int = 0
    faults: list[str] = field(default_factory=list)

    def fault(self, text):
        if text not in self.faults:  # each page is opened several times
            self.faults.append(text)


# ---- Links: read from the files -----------------------------------------------------------------


class Links(HTMLParser):
    """The anchors that a page offers and the addresses that it asks for."""

    def __init__(self):
        super().__init__()
        self.anchors, self.addresses = set(), []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.anchors.update(attrs[name] for name in ("id", "name") if attrs.get(name))
        for name in ("href", "src"):
            if attrs.get(name) is not None and attrs.get("rel") != "canonical":
                self.addresses.append(attrs[name])


def read_links(site, paths):
    """The links of every page: {path: Links}."""
    links = {}
    for path in paths:
        links[path] = Links()
        links[path].feed((site / path).read_text("utf-8"))
    return links


def broken_links(site, path, links, *, prefix="/"):
    """The faults in one page's internal links; prefix: the folder that the site is served from."""
    faults = []
    for address in dict.fromkeys(links[path].addresses):
        if urlsplit(address).scheme or address.startswith("//"):
            continue
        local = "/" + address.removeprefix(prefix) if address.startswith("/") else address
        target, anchor = urldefrag(urljoin("/" + path, local))
        name = unquote(urlsplit(target).path).lstrip("/")
        name = name + "index.html" if name.endswith("/") or not name else name
        if not (site / name).is_file():
            faults.append(f"broken link: {address}")
        elif anchor and name in links and unquote(anchor) not in links[name].anchors:
            faults.append(f"broken anchor: {address}")
    return faults


# ---- Visits: in a browser -----------------------------------------------------------------------


class Handler(SimpleHTTPRequestHandler):
    """Serve the site under its prefix and at the root, as GitHub Pages would, without logging."""

    prefix = "/"

    def translate_path(self, path):
        return super().translate_path("/" + path.removeprefix(self.prefix).lstrip("/"))

    def send_error(self, code, message=None, explain=None):
        body = Path(self.directory, "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@contextmanager
def serve(site, *, prefix="/"):
    """Serve a folder on a free port of this machine; gives the address."""
    handler = type("SiteHandler", (Handler,), {"prefix": prefix})
    with ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(handler, directory=str(site))
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


def find_chromium():
    """The path of a Chromium: $CHROMIUM, or the first that is on the PATH; None without one."""
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if name and (path := shutil.which(name))), None)


def wire_size(url, body):
    """The bytes that a server with gzip sends for a response."""
    return len(body) if urlsplit(url).path.endswith(PACKED) else len(gzip.compress(body, 6))


@contextmanager
def browser_alone():
    """Chromium, for the thread that opened it."""
    from playwright.sync_api import sync_playwright  # only a visit needs a browser

    chromium = find_chromium()
    if chromium is None:
        raise FileNotFoundError("audit: no Chromium found; install it or set CHROMIUM to its path")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


@contextmanager
def browser(site):
    """Chromium with the site: gives visit(path) -> Page, for the thread that opened it."""
    with serve(site, prefix=site_prefix(site)) as address, browser_alone() as opened:
        yield functools.partial(visit, opened, address)


def visit(opened, address, path):
    """Open a page at each width, look at it in each theme, and write down its faults."""
    page, responses = Page(path), []

    def on_request(request):
        inside = request.url.startswith((address, "data:", "blob:"))
        if not inside:
            page.fault(f"third-party request: {request.url}")

    def on_response(response):
        responses.append(response)
        if response.status >= 400:
            page.fault(f"HTTP {response.status}: {response.url.removeprefix(address)}")

    def on_console(message):
        if message.type in ("error", "warning"):
            page.fault(f"console {message.type}: {message.text}")

    context = opened.new_context()  # its cache is cold: a page is weighed as at the first visit
    tab = context.new_page()
    tab.on("request", on_request)
    tab.on("response", on_response)
    tab.on("console", on_console)
    tab.on("pageerror", lambda error: page.fault(f"page error: {error}"))
    tab.on("requestfailed", lambda request: page.fault(f"request failed: {request.url}"))
    for width in WIDTHS:
        tab.set_viewport_size({"width": width, "height": 900})
        tab.emulate_media(color_scheme=THEMES[0])
        tab.goto(f"{address}/{path}")
        tab.evaluate("document.fonts.ready.then(() => true)")
        for figure in tab.evaluate(EXPLAINERS):
            page.fault(f"no explainer below {figure}")
        # Figures are fetched when they are about to be seen, too.
        tab.evaluate("[...document.images].forEach(image => { image.loading = 'eager' })")
        if width == WIDTHS[0]:
            tab.wait_for_load_state("networkidle")
            weigh(page, responses)  # before axe, which asks for styles once more
            for picture in tab.evaluate(STRETCHED):
                page.fault(f"a stretched picture: {picture}")
        if width == WIDTHS[-1]:
            for formula in tab.evaluate(LONG_FORMULAS):
                page.fault(f"a formula runs into its number: {formula}")
        tab.evaluate(AXE.read_text("utf-8"))
        for theme in THEMES:
            look(tab, page, width, theme)
        tab.wait_for_load_state("networkidle")  # what comes late counts as well
    context.close()
    return page


def look(tab, page, width, theme):
    """The faults that are to be seen in one theme."""
    tab.emulate_media(color_scheme=theme)  # the theme's script follows the system's setting
    tab.wait_for_function("theme => document.documentElement.dataset.theme === theme", arg=theme)
    wide, window = tab.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    if wide > window:
        page.fault(f"{width} {theme}: {wide} px wide in a window of {window}")
    # Transitions of colour would be judged half-way.
    tab.evaluate("Promise.all(document.getAnimations().map(a => a.finish()))")
    for violation in tab.evaluate(VIOLATIONS):
        for node in violation["nodes"]:
            target = " ".join(str(part) for part in node["target"])
            page.fault(f"axe {violation['id']} ({width} {theme}): {target}")


def weigh(page, responses):
    """Add up what came over the wire."""
    page.requests = len(responses)
    page.bytes = sum(wire_size(response.url, response.body()) for response in responses)
    if page.bytes > MAX_BYTES:
        page.fault(f"{page.bytes / 1000:.0f} KB over the wire, more than {MAX_BYTES // 1000}")


def published(site):
    """The address of the published site, ending in "/": its robots.txt names the sitemap."""
    line = (site / "robots.txt").read_text("utf-8").split("Sitemap:")[1].strip()
    return line.removesuffix("sitemap.xml")


def site_prefix(site):
    """The folder that the site is published under, "/course/"."""
    return urlsplit(published(site)).path


def page_paths(site):
    """The site's pages, relative to its folder."""
    paths = (path.relative_to(site).as_posix() for path in site.rglob("*.html"))
    return sorted(path for path in paths if not path.startswith("_static/"))


def audit(site, *, only="", browsers=2):
    """Check the links of every page whose path contains `only`, and visit it: a list of Page."""
    site = Path(site)
    paths = page_paths(site)
    links, prefix = read_links(site, paths), site_prefix(site)
    paths = [path for path in paths if only in path]
    pages = {path: Page(path) for path in paths}
    # A page that leads on is not visited: its target is.
    todo = [path for path in paths if REDIRECT not in (site / path).read_text("utf-8")]
    next_ones = iter(todo)  # the browsers share it

    def work():
        with browser(site) as visit:
            for path in next_ones:
                pages[path] = visit(path)

    with ThreadPoolExecutor() as threads:
        workers = [threads.submit(work) for _ in todo[:browsers]]
    for worker in workers:
        worker.result()
    for page in pages.values():
        page.faults[:0] = broken_links(site, page.path, links, prefix=prefix)
    return list(pages.values())


def report(pages):
    """A table of the pages, then a line for each fault."""
    lines = [f"{'page':<44}{'KB':>6}{'requests':>10}{'faults':>8}"]
    for page in pages:
        size = page.bytes / 1000
        lines.append(f"{page.path:<44}{size:>6.0f}{page.requests:>10}{len(page.faults):>8}")
    faults = [f"{page.path}: {fault}" for page in pages for fault in page.faults]
    return "\n".join([*lines, *faults, f"{len(pages)} pages, {len(faults)} faults"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("site", type=Path, help="the folder of the built site: _build/html")
    parser.add_argument("--only", default="", help="visit only pages whose path contains this")
    options = parser.parse_args()
    if not (options.site / "sitemap.xml").is_file():
        parser.error(f"{options.site} holds no built site; build it first: make site")
    pages = audit(options.site, only=options.only)
    sys.stdout.write(report(pages) + "\n")
    sys.exit(any(page.faults for page in pages))


if __name__ == "__main__":
    main()
