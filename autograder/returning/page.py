"""One HTML page made of what nobody vouches for: students' code, text, outputs, names.

Everything passes through `Markup(…).format(…)`, which escapes it. What stays HTML is made here, or
cleaned by bleach. A Content-Security-Policy is the second wall: no script, no request, no style but
the page's own.
"""

import base64
import binascii
import hashlib
import io
import re
import warnings
from functools import cache, lru_cache

import bleach
from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from markupsafe import Markup, escape
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbconvert.filters import ansi2html
from PIL import Image
from pygments.lexers import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String

from autograder.judging.secrets import plain

IMAGE_LIMIT = 1_000_000  # bytes of one picture
SHARED = 128  # texts whose HTML is kept: what everybody was given is on every page
PIXEL_LIMIT = 10_000_000  # of one picture: a small file may hold gigabytes of black
_TAGS = {
    *("p", "br", "hr", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "a"),
    *("table", "thead", "tbody", "tr", "th", "td", "s"),
}

CSS = """
:root{color-scheme:light dark;--paper:#fff;--text:#1f2328;--soft:#57606a;--line:#d5dae1;
--shade:#f5f7f9;--link:#0b57c4;--good:#1a6f37;--goodbg:#e8f5ec;--bad:#b3261e;--badbg:#fdf0ef;
--note:#7a4d00;--notebg:#fff6e0;--key:#8a2be2;--string:#0a6b3d;--remark:#5f6770;--number:#a0410d;
--name:#0b57c4;--cyan:#0a6570}
@media(prefers-color-scheme:dark){:root{--paper:#14171a;--text:#e3e6ea;--soft:#a4adb8;
--line:#383f47;--shade:#1d2125;--link:#7ab7ff;--good:#6fd08c;--goodbg:#15291c;--bad:#ff938a;
--badbg:#311a19;--note:#f0c060;--notebg:#2d2410;--key:#c9a0ff;--string:#7fd6a0;--remark:#98a2ad;
--number:#f2a978;--name:#7ab7ff;--cyan:#6fd0da}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0 auto;max-width:58rem;padding:1.5rem 1.25rem 4rem;background:var(--paper);
color:var(--text);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;
overflow-wrap:anywhere}
h1{font-size:1.7rem;line-height:1.2;margin:.2rem 0}
h2{font-size:1.3rem;margin:2.5rem 0 .75rem}
h3{font-size:1.1rem;margin:2.25rem 0 .6rem;padding-top:.9rem;border-top:1px solid var(--line);
display:flex;flex-wrap:wrap;justify-content:space-between;gap:.25rem 1rem}
a{color:var(--link)}
p{margin:.5rem 0}
.soft{color:var(--soft)}
.total{font-size:2.3rem;font-weight:650;line-height:1.1;margin:1rem 0 .3rem}
.total small{font-size:1.1rem;font-weight:400;color:var(--soft)}
progress{width:100%;height:.6rem;accent-color:var(--good)}
table{border-collapse:collapse;width:100%;font-size:.95rem}
th,td{text-align:left;vertical-align:top;padding:.45rem .6rem .45rem 0;
border-bottom:1px solid var(--line)}
th{font-weight:600;overflow-wrap:break-word}
thead th{color:var(--soft);font-weight:400;font-size:.85rem}
.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums;padding-right:1rem}
code,pre{font:.84rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
pre{margin:.5rem 0;padding:.7rem .85rem;white-space:pre-wrap;border-radius:.4rem}
pre.code{background:var(--shade);border:1px solid var(--line)}
pre.out{padding:.1rem .85rem;border-left:3px solid var(--line);border-radius:0}
img{display:block;max-width:100%;height:auto;margin:.6rem 0;background:#fff;border-radius:.4rem}
details{margin:.5rem 0}td details{margin:0}
summary{cursor:pointer;color:var(--soft)}
details[open]>summary{margin-bottom:.4rem}
blockquote{margin:.5rem 0;padding-left:1rem;border-left:3px solid var(--line)}
.card{margin:.75rem 0;padding:.7rem 1rem;border-left:4px solid;border-radius:.3rem}
.card p:first-child{margin-top:0}.card p:last-child{margin-bottom:0}
.card pre{margin:.4rem 0;padding:0;color:var(--text)}
.label{font-weight:600}
.bad{color:var(--bad)}.good{color:var(--good)}.note{color:var(--note)}
.card.bad{background:var(--badbg);border-color:var(--bad)}
.card.good{background:var(--goodbg);border-color:var(--good)}
.card.note{background:var(--notebg);border-color:var(--note)}
.card>*{color:var(--text)}.card.bad>.label{color:var(--bad)}.card.note>.label{color:var(--note)}
.heading{font-weight:600;font-size:1.05rem}
.k{color:var(--key)}.s{color:var(--string)}.c{color:var(--remark)}.m{color:var(--number)}
.d{color:var(--name)}
.ansi-bold{font-weight:600}.ansi-underline{text-decoration:underline}
.ansi-red-fg,.ansi-red-intense-fg{color:var(--bad)}
.ansi-green-fg,.ansi-green-intense-fg{color:var(--good)}
.ansi-yellow-fg,.ansi-yellow-intense-fg{color:var(--note)}
.ansi-blue-fg,.ansi-blue-intense-fg{color:var(--link)}
.ansi-magenta-fg,.ansi-magenta-intense-fg{color:var(--key)}
.ansi-cyan-fg,.ansi-cyan-intense-fg{color:var(--cyan)}
svg{display:block;width:100%;height:auto;max-width:40rem}
svg rect{fill:var(--link)}svg text{fill:var(--text);font:15px system-ui,sans-serif}
svg line{stroke:var(--line)}
.two{display:grid;gap:0 1rem;grid-template-columns:repeat(auto-fit,minmax(min(18rem,100%),1fr))}
@media(max-width:36rem){body{padding:1rem .9rem 3rem}h1{font-size:1.45rem}
table{font-size:.9rem}code,pre{font-size:.79rem}}
@media print{details{display:none}body{max-width:none}}
"""


def document(title, body):
    """The bytes of a whole page. body: Markup."""
    style = CSS.strip()
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'"
    )
    page = Markup(
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" content="{}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="referrer" content="no-referrer"><title>{}</title>'
        "<style>{}</style></head>\n<body><main>\n{}\n</main></body></html>\n"
    ).format(Markup(policy), plain(title), Markup(style), body)
    return page.encode()


def join(parts):
    return Markup("\n").join(part for part in parts if part)


def terminal(text):
    """What a program printed: its colours as classes, a line that was overwritten as it ended."""
    lines = plain(text).replace("\r\n", "\n").split("\n")
    shown = "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in lines)
    coloured = re.sub(' style="[^"]*"', "", ansi2html(shown))  # exact colours would need a policy
    return Markup(coloured.replace("\x1b", ""))


@lru_cache(SHARED)
def code(text, kind="code"):
    """Python, highlighted."""
    parts = []
    lexer = PythonLexer(stripnl=False, ensurenl=False)
    for token, value in lexer.get_tokens(plain(text).replace("\x1b", "")):
        name = _class_of(token) if value.strip() else None
        part = str(escape(value))
        parts.append(f'<span class="{name}">{part}</span>' if name else part)
    return Markup('<pre class="{}"><code>{}</code></pre>').format(kind, Markup("".join(parts)))


@cache
def _class_of(token):
    """The class under which the page's style has a kind of token, or None."""
    classes = {
        Keyword: "k",
        Operator.Word: "k",
        String: "s",
        Comment: "c",
        Number: "m",
        Name.Function: "d",
        Name.Class: "d",
        Name.Decorator: "d",
    }
    return next((name for known, name in classes.items() if token in known), None)


@lru_cache(SHARED)
def markdown(text, *, ours=False):
    """Markdown as HTML: no HTML of the writer's own, a picture as its description, web links.

    ours: it is the course's own text, so its formulas may be set; a student's are shown as typed.
    """
    md = MarkdownIt("commonmark", {"html": False}).enable("table").use(dollarmath_plugin)
    md.add_render_rule("image", _image_as_text)
    md.add_render_rule("heading_open", lambda *_: "<p><strong>")
    md.add_render_rule("heading_close", lambda *_: "</strong></p>")
    for rule in ("math_inline", "math_inline_double", "math_block", "math_block_label"):
        md.add_render_rule(rule, _set_formula if ours else _formula)
    html = md.render(plain(text).replace("\x1b", ""))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # bleach: text that looks like a file's name
        if not ours:
            html = bleach.clean(
                html,
                tags=_TAGS,
                attributes={"a": ["href"]},
                protocols={"http", "https", "mailto"},
                strip=True,
            )
    html = html.replace("<th></th>", "<td></td>")
    return Markup(html.replace("<a href", '<a rel="noopener noreferrer nofollow" href'))


def _image_as_text(renderer, tokens, index, options, env):
    alt = renderer.renderInlineAsText(tokens[index].children or [], options, env)
    return str(Markup("(picture: {})").format(alt or "no description"))


def _formula(renderer, tokens, index, options, env):
    return str(Markup("<code>{}</code>").format(tokens[index].content.strip()))


def _set_formula(renderer, tokens, index, options, env):
    token = tokens[index]
    return convert(token.content.strip(), display="block" if token.block else "inline")


def picture(data, kind, alt):
    """An image of base64 data as HTML, or None where it is not one, too large or not whole."""
    try:
        content = base64.b64decode("".join(data).encode(), validate=False)
        if len(content) > IMAGE_LIMIT:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            image = Image.open(io.BytesIO(content), formats=[kind.upper()])
            if image.width * image.height > PIXEL_LIMIT:
                return None
            image.load()
    except (OSError, ValueError, SyntaxError, TypeError, binascii.Error, Warning):
        return None
    except Image.DecompressionBombError:
        return None
    tag = '<img alt="{}" width="{}" height="{}" src="data:image/{};base64,{}">'
    encoded = base64.b64encode(content).decode()
    return Markup(tag).format(plain(alt, 200), image.width, image.height, kind, encoded)
