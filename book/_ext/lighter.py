"""What makes a finished page light: figures, icons and styles hold no more than the site shows, and
nothing is fetched before the first word is seen but one file of styles.
"""

import hashlib
import io
import logging
import posixpath
import re
from concurrent.futures import ThreadPoolExecutor

from fontTools import subset, ttLib
from PIL import Image

# Else the build's last words are fifty lines about glyphs.
logging.getLogger("fontTools").setLevel(logging.WARNING)

HEAVY = 25_000  # bytes of a figure that gets a palette
COLOURS = 256  # then a pixel is off by 4 of 255 at most, as a rule: its root mean square


def shrink_figures(images):
    """Figures of cells as lossless WebP: the same pixels as Matplotlib's PNG in half the bytes.

    What is heavy even so, rows of pictures, gets a palette: a third of the bytes, and nothing to
    be seen.
    """
    with ThreadPoolExecutor() as pool:  # Pillow lets go of Python while it encodes
        list(pool.map(shrink, images.glob("[0-9a-f]" * 64 + ".png")))


def shrink(png):
    with Image.open(png) as figure:
        data = _webp(figure)
        if len(data) > HEAVY:
            method, dither = Image.Quantize.MAXCOVERAGE, Image.Dither.NONE
            few = figure.convert("RGB").quantize(COLOURS, method=method, kmeans=2, dither=dither)
            data = min(data, _webp(few.convert("RGB")), key=len)
    png.with_suffix(".webp").write_bytes(data)
    png.unlink()


def _webp(figure):
    file = io.BytesIO()
    figure.save(file, "WEBP", lossless=True)
    return file.getvalue()


def measure_figures(html, folder):
    """Give the pictures of a page their size and let them come when they are about to be seen.

    Without the size, what stands below would jump when they come.
    """

    def measured(tag):
        path = folder / tag["src"]
        if not path.is_file():
            return tag[0]
        with Image.open(path) as picture:
            width, height = picture.size
        return f'<img loading="lazy" width="{width}" height="{height}"{tag["rest"]}'

    pattern = r'<img(?P<rest> (?![^>]*loading=)[^>]*?src="(?P<src>[^":]*_images/[^":]*)"[^>]*>)'
    return re.sub(pattern, measured, html)


def subset_icons(static, pages):
    """Cut the icon fonts down to the icons in use: 274 KB, half of a page's weight, become 5.

    course.css names the cut fonts; an icon that is missing from them still comes from the whole.
    """
    css = (static / "styles/pydata-sphinx-theme.css").read_text("utf-8")
    names = set(re.findall(r"\bfa-[a-z0-9-]+", pages))
    icons = set(map(ord, re.findall("[\ue000-\uf8ff]", css)))  # those that the theme's styles name
    for rule in re.finditer(r'\{content:"\\(f[0-9a-f]{3})"\}', css):
        selectors = css[css.rfind("}", 0, rule.start()) : rule.start()]
        if names & set(re.findall(r"\.(fa-[a-z0-9-]+):before", selectors)):
            icons.add(int(rule[1], 16))
    for name in ("solid-900", "brands-400"):
        font = ttLib.TTFont(static / f"vendor/fontawesome/webfonts/fa-{name}.ttf")
        subsetter = subset.Subsetter()
        subsetter.populate(unicodes=icons)
        subsetter.subset(font)
        font.flavor = "woff"
        font.save(static / f"icons-{name}.woff")


def prune_styles(static, pages):
    """Take out of the theme's styles what is for classes that no page and no script names."""
    scripts = (path.read_text("utf-8") for path in static.rglob("*.*js"))
    names = set(re.findall(r"[\w-]+", " ".join([pages, *scripts])))
    for name in ("styles/pydata-sphinx-theme.css", "sphinx-design.min.css"):
        css = re.sub(r"/\*.*?\*/", "", (static / name).read_text("utf-8"), flags=re.DOTALL)
        pruned = re.sub(r"([^{};]+)(\{[^{}]*\})", lambda rule: _needed(rule, names), css)
        (static / name).write_text(pruned, "utf-8")


def _needed(rule, names):
    """A rule without the selectors of which a class is not among the names, or nothing."""
    if "." not in rule[1] or rule[1].lstrip().startswith("@"):
        return rule[0]
    kept = []
    for selector in re.split(r",(?![^()]*\))", rule[1]):
        plain = re.sub(r"\[[^\]]*\]", "", selector)
        while (inner := re.sub(r"\([^()]*\)", "", plain)) != plain:  # :not(.x) needs no .x
            plain = inner
        classes = re.findall(r"\.(-?[a-zA-Z_][\w-]*)", plain)
        # Bootstrap's script puts "bs-" in front of what it shows.
        if all(name in names or name.startswith("bs-") for name in classes):
            kept.append(selector)
    return ",".join(kept) + rule[2] if kept else ""


SHEETS = re.compile(
    r'(?:<link [^>]*href="(?P<root>[^"]*?)_static/(?P<last>[^"?]*\.css)[^"]*"[^>]*>\s*)+'
)
JOINED = "page.css"


def join_styles(static, pages):
    """Put one link in place of each page's thirteen to sheets of styles: {path: its text}.

    Each one fetched before the first word is seen costs a round trip. The joined sheet begins with
    the names of its parts, for a build that changes no page.
    """
    names = next(filter(None, map(_parts, pages.values())), None)
    if names is None:
        names = (static / JOINED).read_text("utf-8").split("*/")[0].split()[1:]
    texts = [_moved((static / name).read_text("utf-8"), name, static) for name in names]
    joined = "\n".join([f"/* {' '.join(names)} */", *texts])
    (static / JOINED).write_text(joined, "utf-8")
    version = hashlib.sha256(joined.encode()).hexdigest()[:8]
    link = rf'<link rel="stylesheet" href="\g<root>_static/{JOINED}?v={version}" />\n'
    return {path: SHEETS.sub(link, html, count=1) for path, html in pages.items()}


def _parts(html):
    """The names of a page's sheets; None where they are joined already."""
    names = re.findall(r'_static/([^"?]*\.css)', SHEETS.search(html)[0])
    return None if names == [JOINED] else names


def _moved(css, name, static):
    """A sheet as it stands in the folder static, with what it imports in place."""
    folder = posixpath.dirname(name)

    def imported(rule):
        other = posixpath.normpath(posixpath.join(folder, rule[1]))
        return _moved((static / other).read_text("utf-8"), other, static)

    def address(rule):
        return f"url({posixpath.normpath(posixpath.join(folder, rule[1]))})"

    css = re.sub(r'url\(["\']?(?![a-z]+:|#|/)([^"\')]+)["\']?\)', address, css)
    return re.sub(r'@import "([^":]+)";', imported, css)


def defer_scripts(html, static):
    """Have a page's scripts run when it is there; what they are told by the page stays before."""
    head, end, rest = html.partition("</head>")
    head = re.sub(
        r'<script src="[^"]*_static/(documentation_options\.js)[^"]*"></script>',
        lambda tag: f"<script>{(static / tag[1]).read_text('utf-8')}</script>",
        head,
    )
    head = re.sub(r'<link rel="preload" as="script"[^>]*>\s*', "", head)
    return re.sub(r"<script (?!defer)(?=[^>]*src=)", "<script defer ", head) + end + rest
