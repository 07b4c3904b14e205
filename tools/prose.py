"""Measure the pages of the book: how the sentences run, and whether the cells fit their column.

    python tools/prose.py [PAGE.md …]

Prints a line a page: words, the mean length of a sentence, the share of sentences of seven words or
less; for three pages or fewer also what breaks a rule, and phrases that may look translated. The
rules: a visible cell has at most 20 lines and 75 columns, no cell asserts a time that it measured
or stands where it does not run, a page has a box "In short", and its sentences are not all short.
Exits 1 if a rule is broken.
"""

import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from myst_nb.core.read import is_myst_markdown_notebook, read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig

ROOT = Path(__file__).parents[1]
CHAPTERS = "book/[0-9]*_*/*.md"
SITE = MdParserConfig(enable_extensions={"colon_fence"})  # as in _config.yml
LINES, COLUMNS = 20, 75  # of a cell that readers see; more is not read, or scrolls sideways
HIDDEN = {"hide-input", "hide-cell", "remove-cell", "remove-input"}
FEW = 7  # words of a short sentence
MEAN, SHORT = 15, 0.15  # a page is choppy below this mean, above this share; aim at 18 to 22, 8 %
CELL = re.compile(r"^ *(?:```+|:::+)\{code-cell\}", re.MULTILINE)
IN_SHORT = re.compile(r"^(:::+|```+)\{admonition\} In short$", re.MULTILINE)
ODD = re.compile(
    r"\b[Ww]hoever\b|\bdear(?:er|est)?\b|\b[Ss]ay,? (?:that|you|we|there)\b"
    r"|what does .{1,40} make of|\bcontent with\b|from behind\b|\b(?:derivatives?|gradients?) by\b"
    r"|\b[Ww]ho (?:wants|has|needs|looks|knows|reads|takes|does|is)\b|\bcan not\b|\bplain as\b"
)


@dataclass
class Page:
    """What was measured on a page.

    mean: words a sentence. short: the share of sentences of at most seven words. faults: what
    breaks a rule. odd: phrases to look at.
    """

    words: int
    mean: float
    short: float
    faults: list[str]
    odd: list[str]


def measure(text):
    """The Page of a text in MyST Markdown."""
    found = sentences(text)
    lengths = [len(sentence.split()) for sentence in found]
    number = max(1, len(lengths))
    mean, short = sum(lengths) / number, sum(n <= FEW for n in lengths) / number
    faults = cell_faults(text)
    if not IN_SHORT.search(text):
        faults.append('there is no box "In short"')
    if lengths and mean < MEAN:
        faults.append(f"a sentence has {mean:.1f} words on average, less than {MEAN}")
    if short > SHORT:
        faults.append(
            f"{short:.0%} of the sentences have at most {FEW} words, more than {SHORT:.0%}"
        )
    return Page(sum(lengths), mean, short, faults, [m[0] for s in found for m in ODD.finditer(s)])


def cell_faults(text):
    """The faults of the cells."""
    cells = []
    if is_myst_markdown_notebook(text):
        cells = read_myst_markdown_notebook(text, SITE).cells
    cells = [cell for cell in cells if cell.cell_type == "code"]
    code = "\n".join(cell.source for cell in cells)
    faults = [f"a time that was measured is asserted: {claim}" for claim in timed_claims(code)]
    written = len(CELL.findall(text))
    if written > len(cells):
        faults.append(
            f"{written - len(cells)} of {written} code cells stand inside a directive, where they "
            "do not run: end the directive before the cell"
        )
    for cell in cells:
        if HIDDEN & {*cell.metadata.get("tags", [])}:
            continue
        lines = cell.source.strip().splitlines()
        if len(lines) > LINES:
            faults.append(f"a visible cell has {len(lines)} lines, more than {LINES}: {lines[0]}")
        faults += [
            f"a visible line has {len(line)} columns, more than {COLUMNS}: {line.strip()}"
            for line in lines
            if len(line) > COLUMNS
        ]
    return faults


# ---- Times --------------------------------------------------------------------------------------

CLOCKS = {"perf_counter", "process_time", "monotonic", "time", "timeit", "repeat"}


def timed_claims(code):
    """The assertions of a page's code on what a clock gave: on a busy machine they fail."""
    if not re.search(r"^(?:import|from) time", code, re.MULTILINE):
        return []
    lines = ["pass" if line[:1] in ("%", "!") else line for line in code.splitlines()]
    body = ast.parse("\n".join(lines)).body
    timed = set()  # names that hold a time, and functions that return one
    for _ in range(3):  # a function may use one that is defined below it
        for function in (item for item in body if isinstance(item, ast.FunctionDef)):
            own = timed | _timed_names(function.body, timed)
            returns = [node.value for node in ast.walk(function) if isinstance(node, ast.Return)]
            if any(value and _on_time(_last(value), own) for value in returns):
                timed.add(function.name)
        rest = [item for item in body if not isinstance(item, ast.FunctionDef)]
        timed |= _timed_names(rest, timed)
    tests = [node for item in rest for node in ast.walk(item) if isinstance(node, ast.Assert)]
    return [ast.unparse(node) for node in tests if _on_time(node.test, timed)]


def _timed_names(body, timed):
    """The names to which statements give a time; of a tuple, the last one."""
    found = set(timed)
    for node in (node for item in body for node in ast.walk(item)):
        targets = []
        if isinstance(node, ast.Assign | ast.AugAssign) and _on_time(node.value, found):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "append":
            targets = [node.func.value] if _on_time(node.args[0], found) else []
        found |= {name for target in targets for name in _names(_last(target))}
    return found


def _names(target):
    """The names that an assignment binds or changes: of x[name], x."""
    while isinstance(target, ast.Subscript | ast.Attribute | ast.Starred):
        target = target.value
    return [name.id for name in ast.walk(target) if isinstance(name, ast.Name)]


def _last(node):
    return node.elts[-1] if isinstance(node, ast.Tuple) and node.elts else node


def _on_time(node, timed):
    """Whether a clock is called in an expression, or a name of these stands in it."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id in timed:
            return True
        if isinstance(part, ast.Call):
            function = part.func
            name = getattr(function, "attr", None) or getattr(function, "id", None)
            owner = getattr(getattr(function, "value", None), "id", None)
            if name in CLOCKS and owner in (None, "time", "timeit"):
                return True
    return False


# ---- Sentences ----------------------------------------------------------------------------------


def formula(match):
    """A displayed formula is a word of the sentence around it, or ends it."""
    goes_on = match.string[match.end() :][:1].islower()
    return " Formula " if goes_on and not match[1].rstrip().endswith(".") else " Formula.\n\n"


# What is no running text goes, and a word stands for what has none. It begins with a capital
# letter, or a sentence that begins with it would be taken for a part of the one before.
MARKUP = [
    (r"\A---\n.*?^---\n", ""),  # the page's settings
    (r"^%[^\n]*$", ""),
    (r"\s*^ *\$\$(.*?)\$\$[^\n]*\s*", formula),
    (r"\{(?:numref|eq|prf:ref)\}`[^`]*`", "Figure"),
    (r"\{glue:text\}`[^`]*`", "9"),
    (r"\{cite:t\w*\}`[^`]*`", "Author"),
    (r" ?\{cite:p\w*\}`[^`]*`", ""),
    (r"\{(?:term|ref|doc)\}`([^`<]*?) *(?:<[^`]*)?`", r"\1"),
    (r"`[^`\n]+`", "Code"),
    (r"\$[^$]+\$", "X"),
    (r"\[([^]]*)\]\([^)]*\)", r"\1"),
    (r"^(\*\*?)[^*]+[.?!:]\1(?!\*)", ""),  # a heading within the line
    (r"\b(?:e\.g|i\.e|cf|vs|al)\.", "so"),
]
FENCE = re.compile(r" *(```+|:::+)(.*)")
CODE = re.compile(r"\{(?:code-cell|code-block|literalinclude|math|bibliography)\}|[^{\s]|$")
LINE = re.compile(r"\s*(?:#|:[\w-]+:|\([\w-]+\)=$|\||---)")  # a heading, option, label, table
ITEM = re.compile(r" *(?:[-*]|\d+\.) ")
END = re.compile(r"(?<=[.!?])[”\"'*_)]* +(?=[A-Z0-9“\"'*_(])")


def sentences(text):
    """The sentences of the running text: not those of code, headings, tables and lists."""
    text = "\n".join(without_code(text))
    for pattern, word in MARKUP:
        text = re.sub(pattern, word, text, flags=re.DOTALL | re.MULTILINE)
    # Markup is the end of a paragraph, an item of a list begins one.
    lines = ["" if LINE.match(line) else line for line in text.splitlines()]
    lines = [f"\n{line}" if ITEM.match(line) else line for line in lines]
    found = []
    for paragraph in re.split(r"\n\s*\n", "\n".join(lines)):
        found += (
            [] if ITEM.match(paragraph.lstrip("\n")) else END.split(" ".join(paragraph.split()))
        )
    return [sentence for sentence in found if re.search(r"\b[a-z]+\b", sentence)]


def without_code(text):
    """The lines of a text, but for fences and the code in them."""
    opened = []  # (fence, whether code is in it), the innermost last
    for line in text.splitlines():
        fence, info = match.groups() if (match := FENCE.match(line)) else ("", "")
        if opened and fence == opened[-1][0] and not info:
            opened.pop()
            yield ""
        elif opened and opened[-1][1]:
            continue
        elif fence:
            opened.append((fence, bool(CODE.match(info))))
            yield ""
        else:
            yield line


# ---- The command --------------------------------------------------------------------------------


def main(names):
    paths = [Path(name) for name in names] or sorted(ROOT.glob(CHAPTERS))
    broken = 0
    for path in paths:
        page = measure(path.read_text("utf-8"))
        broken += len(page.faults)
        print(
            f"{path.name:22}{page.words:6} words  mean {page.mean:4.1f}  ≤ {FEW}: {page.short:4.0%}"
            f"{len(page.faults):5} faults"
        )
        if len(paths) <= 3:
            print(*(f"    {fault}" for fault in page.faults), sep="\n")
            print("    look at:", "; ".join(page.odd) or "nothing")
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
