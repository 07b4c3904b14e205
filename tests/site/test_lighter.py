"""What book/_ext/lighter.py takes out of a page is not seen to be gone."""

import re

import lighter
import numpy as np
import pytest
from PIL import Image

NAME = "0123456789abcdef" * 4


def shrunk(folder, pixels):
    """The figure of these pixels after the build: its bytes before and after, and its pixels."""
    png = folder / f"{NAME}.png"
    Image.fromarray(pixels).save(png)
    before = png.stat().st_size
    (folder / "logo.png").write_bytes(b"left alone")
    lighter.shrink_figures(folder)
    assert sorted(path.name for path in folder.iterdir()) == [f"{NAME}.webp", "logo.png"]
    webp = png.with_suffix(".webp")
    with Image.open(webp) as image:
        return before, webp.stat().st_size, np.asarray(image.convert("RGB"))


def test_a_figure_becomes_smaller_and_keeps_its_pixels(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, size=(20, 30, 3), dtype=np.uint8)
    before, after, seen = shrunk(tmp_path, np.kron(pixels, np.ones((9, 9, 1), np.uint8)))
    assert after < before
    np.testing.assert_array_equal(seen[::9, ::9], pixels)


def test_a_heavy_figure_gets_a_palette_and_looks_the_same(tmp_path):
    rng = np.random.default_rng(0)
    ramp = np.linspace(0, 200, 300)[:, None, None] * rng.dirichlet(np.ones(3), 4).reshape(1, 4, 3)
    pixels = np.repeat(ramp, 75, axis=1) + rng.normal(0, 6, (300, 300, 3)) + 20
    pixels = pixels.clip(0, 255).astype(np.uint8)
    before, after, seen = shrunk(tmp_path, pixels)
    assert after < before / 2
    assert len(np.unique(seen.reshape(-1, 3), axis=0)) <= lighter.COLOURS
    error = np.sqrt(np.mean((seen.astype(float) - pixels) ** 2))
    assert 0 < error < 8


def test_pictures_get_their_size_once_and_wait_to_be_seen(tmp_path):
    (tmp_path / "_images").mkdir()
    (tmp_path / "book").mkdir()
    Image.new("RGB", (30, 20)).save(tmp_path / "_images/a.webp")
    page = (
        '<img alt="A" src="../_images/a.webp" /><img src="../_images/gone.webp"/>'
        '<img src="https://x.invalid/_images/a.webp"/><img src="icon.svg">'
    )
    once = lighter.measure_figures(page, tmp_path / "book")
    first = '<img alt="A" src="../_images/a.webp" />'
    assert once == page.replace(
        first, first.replace("<img", '<img loading="lazy" width="30" height="20"')
    )
    assert lighter.measure_figures(once, tmp_path / "book") == once


@pytest.fixture
def pruned(tmp_path):
    """A function: the theme's style sheet after the build, for a page and a script."""

    def prune(css, page="", script=""):
        (tmp_path / "styles").mkdir(exist_ok=True)
        (tmp_path / "styles/pydata-sphinx-theme.css").write_text(css)
        (tmp_path / "sphinx-design.min.css").write_text("")
        (tmp_path / "some.js").write_text(script)
        lighter.prune_styles(tmp_path, page)
        return (tmp_path / "styles/pydata-sphinx-theme.css").read_text()

    return prune


KEPT = [
    "p{color:red}",
    "@media print{.used{top:0}}",
    "@font-face{src:url(a.woff)}",
    ".used:not(.gone){top:0}",
    ".used:is(.gone,.used) a{top:0}",
    ".bs-popover-top{top:0}",
    '.used[href$=".pdf"]{top:0}',
    "@keyframes x{12.5%{top:0}}",
    ".shown{top:0}",
]


@pytest.mark.parametrize("css", KEPT)
def test_a_rule_for_what_is_there_stays(pruned, css):
    page = '<p class="used">'
    assert pruned(css, page, script='add("shown")') == css


def test_a_rule_for_what_is_not_there_goes(pruned):
    css = (
        "/* .used{} */.gone{top:0}.used,.gone{top:1px}@media print{.gone .used{top:0}}p.gone{top:0}"
    )
    assert pruned(css, '<p class="used">') == ".used{top:1px}@media print{}"


def test_the_icons_in_use_keep_their_rules(pruned):
    css = '.fa-book:before{content:"\\f02d"}.fa-car:before{content:"\\f1b9"}'
    assert pruned(css, '<i class="fa-solid fa-book">') == '.fa-book:before{content:"\\f02d"}'


@pytest.fixture
def static(tmp_path):
    """Three sheets, of which one imports another and has addresses of its own."""
    (tmp_path / "styles").mkdir()
    (tmp_path / "basic.css").write_text("a{top:1}")
    (tmp_path / "styles/theme.css").write_text(
        "@import \"../basic.css\";b{src:url(../x.woff)}c{src:url('f/y.png')}"
        "d{src:url(data:image/x)}e{src:url(/z.png)}f{fill:url(#g)}"
    )
    (tmp_path / "course.css").write_text("a{top:2}")
    return tmp_path


LINKS = (
    '<link href="{0}_static/styles/theme.css?digest=1" rel="stylesheet" />\n'
    '    <link rel="stylesheet" type="text/css" href="{0}_static/course.css?v=2" />\n'
)


def test_a_page_fetches_one_sheet_with_the_rules_of_all_in_their_order(static):
    page = "<head><title>x</title>\n{}<link rel=icon href=i.svg></head>"
    pages = {"a": page.format(LINKS.format("../")), "404": page.format(LINKS.format("/course/"))}
    once = lighter.join_styles(static, pages)
    joined = (static / "page.css").read_text()
    assert joined.split("\n", 1)[1] == (
        "a{top:1}b{src:url(x.woff)}c{src:url(styles/f/y.png)}"
        "d{src:url(data:image/x)}e{src:url(/z.png)}f{fill:url(#g)}\na{top:2}"
    )
    for name, root in (("a", "../"), ("404", "/course/")):
        (href,) = re.findall('href="([^"]*)"', once[name])
        assert href.startswith(f"{root}_static/page.css?v=")
        assert once[name].endswith("<link rel=icon href=i.svg></head>")
    assert lighter.join_styles(static, once) == once
    assert (static / "page.css").read_text() == joined


def test_a_sheet_that_has_changed_reaches_the_pages_that_have_not(static):
    once = lighter.join_styles(static, {"a": LINKS.format("")})
    (static / "course.css").write_text("a{top:3}")
    again = lighter.join_styles(static, once)
    assert again != once
    assert "a{top:3}" in (static / "page.css").read_text()


def test_scripts_run_in_their_order_when_the_page_is_there(tmp_path):
    (tmp_path / "documentation_options.js").write_text("const OPTIONS = {\\d: 1};")
    page = (
        '<head><link rel="preload" as="script" href="_static/b.js" />\n'
        '<script src="_static/documentation_options.js?v=1"></script>'
        "<script>OPTIONS.page = 1;</script>"
        '<script data-x="y" src="_static/a.js"></script></head>'
        '<body><script defer src="_static/b.js"></script></body>'
    )
    once = lighter.defer_scripts(page, tmp_path)
    assert once == (
        "<head><script>const OPTIONS = {\\d: 1};</script><script>OPTIONS.page = 1;</script>"
        '<script defer data-x="y" src="_static/a.js"></script></head>'
        '<body><script defer src="_static/b.js"></script></body>'
    )
    assert lighter.defer_scripts(once, tmp_path) == once
