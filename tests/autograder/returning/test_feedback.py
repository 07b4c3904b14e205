"""Feedback: what a student gets to see, and what no page may do whatever a notebook holds."""

# ruff: noqa: F811 (a fixture is imported)

import base64
import io
import json
import os
import re

import nbformat
import pytest
from mini_course import ASSIGNMENT, ROOT
from nbformat.v4 import new_code_cell, new_markdown_cell, new_output
from nbgrader.api import Gradebook
from pages import AXE, Elements, browser, faults, flat, visit  # noqa: F401
from PIL import Image

from autograder.authoring import release
from autograder.cli import main
from autograder.project import Project
from autograder.recording.gradebook import Points, Result
from autograder.returning import feedback, page
from autograder.returning.feedback import Given

FIRE = "window.fired=1"
POINTS = {"test_double": 30, "test_clip": 20, "test_clip_low": 10, "test_mean": 40}
LINK = "https://example.github.io/mini/book/mini.html#sec-double"


def png(width=4, height=3, kind="PNG"):
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, kind)
    return base64.b64encode(out.getvalue()).decode()


def display(**data):
    return new_output("display_data", {k.replace("__", "/"): v for k, v in data.items()})


def stream(text):
    return new_output("stream", text=text)


def error(name, value, *trace):
    return new_output("error", ename=name, evalue=value, traceback=list(trace))


@pytest.fixture
def given(project):
    (project.root / "_config.yml").write_text(
        "repository:\n  url: https://github.com/example/mini\n"
    )
    return Given.read(project, ASSIGNMENT)


def result(**changes):
    grades = {name: Points(out_of, out_of, False, False) for name, out_of in POINTS.items()}
    values = {"student": "ada", "score": 100, "max_score": 100, "grades": grades}
    return Result(**values | changes)


def notebook(given, *more, outputs=None):
    """The solved notebook with outputs {grade_id: [output]} and more cells at its end."""
    nb = release.notebook(given.source, repository="https://example.org/mini")
    for cell in nb.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in (outputs or {}):
            cell.outputs = outputs[name]
    nb.cells += more
    return nb


def show(given, *more, outputs=None, **changes):
    nb = notebook(given, *more, outputs=outputs)
    return feedback.page(given.for_student(nb), nb, result(**changes)).decode()


def test_what_is_on_every_page_is_made_before_the_first(given):
    page.code.cache_clear()
    page.markdown.cache_clear()
    feedback.prepare(given)
    made = [part.cache_info().misses for part in (page.code, page.markdown)]
    assert min(made) > 0
    nb = release.notebook(given.source, repository="https://github.com/example/mini")
    feedback.page(given.for_student(nb), nb, result())
    own = sum(cell.is_solution for cell in given.source.cells)
    found = [part.cache_info().misses for part in (page.code, page.markdown)]
    assert found == [made[0] + own, made[1]]


# --- what no page may do ---

HTML = {
    "a script": f"<script>{FIRE}</script>",
    "an image's error": f"<img src=x onerror='{FIRE}'>",
    "an SVG that loads": f"<svg onload='{FIRE}'><circle r=4 /></svg>",
    "an SVG's script": f"<svg><script>{FIRE}</script></svg>",
    "a link that runs": f"<a href='javascript:{FIRE}' id=bait>click</a>",
    "a link with a tab in it": f"<a href='java&#9;script:{FIRE}'>click</a>",
    "a frame": f"<iframe srcdoc='<script>parent.{FIRE}</script>'></iframe>",
    "a frame of data": f"<iframe src='data:text/html,<script>{FIRE}</script>'></iframe>",
    "a style": "<style>@import 'http://evil.invalid/x.css'; body{display:none}</style>",
    "a style sheet": "<link rel=stylesheet href='http://evil.invalid/x.css'>",
    "a background": "<p style='background:url(http://evil.invalid/x.png)'>x</p>",
    "a refresh": "<meta http-equiv=refresh content='0;url=http://evil.invalid/'>",
    "a base": "<base href='http://evil.invalid/'>",
    "a form": "<form action='http://evil.invalid/'><input autofocus onfocus=window.fired=1></form>",
    "an object": "<object data='data:text/html;base64,PHNjcmlwdD4='></object><embed src=x>",
    "a broken tag": f"<img src=x onerror={FIRE} <scr<script>ipt>{FIRE}</scr</script>ipt>",
    "an end of everything": f"</code></pre></details></main></body></html><script>{FIRE}</script>",
    "an end of the style": f"</style></title></textarea>--><script>{FIRE}</script>",
    "a nested namespace": f"<math><mtext><table><mglyph><style><img src=x onerror={FIRE}></style>",
    "an attribute's end": f'" autofocus onfocus="{FIRE}" x=\' onclick=\'{FIRE}',
    "an entity": f"&lt;script&gt;{FIRE}&lt;/script&gt;",
    "a control character": f"<scr\x00ipt>{FIRE}</scr\x00ipt>\x1b]8;;javascript:{FIRE}\x07x",
    "colours around a tag": f'\x1b[31m<img\x1b[0m src=x onerror={FIRE}>\x1b[38;2;1;2;3m"onload=x',
    "half a character": f"\ud800<script>{FIRE}</script>",
}
MARKDOWN = {
    "a link that runs": f"[click](javascript:{FIRE})",
    "a link in capitals": f"[click](JaVaScRiPt:{FIRE})",
    "a link with an entity": f"[click](javascript&colon;{FIRE})",
    "a link of data": "[click](data:text/html;base64,PHNjcmlwdD4=)",
    "a link of a picture's data": f"[click](data:image/png;base64,{png()})",
    "a link to a file": "[click](file:///etc/passwd)",
    "a reference": f"[click][1]\n\n[1]: javascript:{FIRE}",
    "an address": f"<javascript:{FIRE}>",
    "a picture elsewhere": "![alt](http://evil.invalid/x.png)",
    "a picture with a title": f'![" onerror="{FIRE}](x "\\" onerror=\\"{FIRE}")',
    "an attachment": "![alt](attachment:x.svg)",
    "a formula": f"$</code><script>{FIRE}</script>$ and $$<img src=x onerror={FIRE}>$$",
    "a heading": f"# <script>{FIRE}</script>",
    "a fence": f'```python" onload="{FIRE}\n<script>\n```',
    "a table": f"| <img src=x onerror={FIRE}> | b |\n|---|---|\n| <script>{FIRE}</script> | c |",
}


def cells(text):
    """Every place of a notebook that text can come from."""
    bundle = {"text/html": text, "image/svg+xml": text, "application/javascript": text}
    bundle |= {"text/markdown": text, "text/latex": text}
    outputs = [
        stream(text),
        error(text, text, text),
        new_output("display_data", bundle),
        new_output("display_data", bundle | {"text/plain": text, "image/png": text}),
        display(text__plain=text, image__png=png()),
        new_output("display_data", {"application/vnd.x+json": {"a": text}, "text/html": [text]}),
        new_output("execute_result", {"text/plain": text}),
    ]
    found = [
        new_markdown_cell(text, attachments={"x.svg": {"image/svg+xml": text}}),
        new_code_cell(text, outputs=outputs),
        nbformat.v4.new_raw_cell(text),
    ]
    for cell in found:
        cell.metadata.update(name=text, tags=[text], nbgrader=text)
    return found


@pytest.mark.parametrize("text", HTML.values(), ids=HTML)
def test_a_page_stays_harmless_whatever_is_in_it(given, text):
    named = f"This is what you get when {text}.\n  x\n  Read: {text}  javascript:{FIRE}"
    failed = {
        "test_double": [error("CheckFailed", f"✗ {text}\n  {text}\n  {named}")],
        "test_mean": [error(text, text)],
    }
    shown = show(
        given, *cells(text), outputs=failed, student=text, name=text, comments={"double": text}
    )
    assert faults(shown) == []
    assert shown.count("<style>") == shown.count("</style>") == shown.count("</main>") == 1


@pytest.mark.parametrize("text", MARKDOWN.values(), ids=MARKDOWN)
def test_text_stays_harmless_whatever_is_in_it(given, text):
    shown = show(given, *cells(text), comments={"double": text})
    assert faults(shown) == []


def test_harmful_pages_would_be_noticed():
    for name, text in HTML.items():
        if name not in ("an attribute's end", "an entity", "a control character", "a style"):
            assert faults(f"<main>{text}</main>"), name


def test_web_links_stay_and_pictures_become_their_description(given):
    shown = show(given, new_markdown_cell("[a page](https://example.org/) ![a cat](cat.png)"))
    assert '<a rel="noopener noreferrer nofollow" href="https://example.org/">a page</a>' in shown
    assert "(picture: a cat)" in shown


@pytest.mark.browser
def test_in_a_browser_nothing_runs_and_nothing_is_fetched(given, browser, tmp_path):
    texts = [*HTML.values(), *MARKDOWN.values()]
    shown = show(given, *(cell for text in texts for cell in cells(text)), student=texts[0])
    path = tmp_path / "feedback.html"
    path.write_text(shown)
    tab, asked, said = visit(browser, path)
    tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert tab.evaluate("window.fired") is None
    assert (asked, said) == ([path.as_uri()], [])
    assert tab.evaluate("getComputedStyle(document.body).display") == "block"


@pytest.mark.browser
def test_the_policy_holds_where_the_first_wall_would_not(given, browser, tmp_path):
    path, address = tmp_path / "feedback.html", "http://127.0.0.1:9/"
    bad = f"<main><script>{FIRE}</script><img src={address}><iframe src={address}></iframe>"
    for policy, fired in ((True, None), (False, 1)):
        shown = show(given).replace("<main>", bad)
        path.write_text(shown if policy else shown.replace("Content-Security-Policy", "x"))
        tab, _, said = visit(browser, path, wait="domcontentloaded")
        assert tab.evaluate("window.fired") == fired
        refused = [text for text in said if "violates the following Content Security" in text]
        assert len(refused) == (3 if policy else 0), "the script, the picture, the frame"


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_is_accessible_and_fits(given, browser, tmp_path, width, theme):
    trace = "".join(f"\x1b[{n}mcolour {n}\x1b[0m \x1b[1m" for n in (*range(30, 38), *range(90, 98)))
    more = [
        new_code_cell("x = 1  # " + "word" * 200, outputs=[stream(trace + "y" * 3000)]),
        new_markdown_cell("# A heading\n\n| | b |\n|---|---|\n| 1 | 2 |\n\n" + "z" * 500),
        new_code_cell("plot()", outputs=[display(image__png=png(2000, 40))]),
    ]
    named = "✗ a check\n  got 3, want 4\n  This is what you get when x is y.\n  Think.\n"
    outputs = {"test_double": [error("CheckFailed", f"{named}  Read: A page  {LINK}")]}
    path = tmp_path / "feedback.html"
    path.write_text(show(given, *more, outputs=outputs, comments={"clip": "Good."}, penalty=5))
    view = {"viewport": {"width": width, "height": 800}, "color_scheme": theme}
    tab, _, said = visit(browser, path, **view, bypass_csp=True)  # axe is a script
    tab.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.evaluate(AXE.read_text("utf-8"))
    violations = tab.evaluate("axe.run().then(result => result.violations)")
    assert [(v["id"], v["nodes"][0]["html"]) for v in violations] == []
    dark = tab.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    assert dark is (theme == "dark")
    assert said == []


# --- what stays secret ---


def test_hidden_tests_are_not_shown_wherever_they_come_from(given):
    secret = 'assert double(-7) == -14, "secret hidden test"'
    coloured = secret.replace("double", "\x1b[31mdouble\x1b[0m")
    where = [stream(f"before\n{secret}\nafter"), error("E", "e", f"----> 5 {coloured}", "tail")]
    where += [display(text__plain=f"In[3]: {secret}")]
    outputs = {
        "test_double": [stream(secret), error("AssertionError", f"x\n{secret}", f"--> 5 {secret}")],
        "double": where,
    }
    text = flat(show(given, new_code_cell("print(In)", outputs=where), outputs=outputs))
    assert "double(-7)" not in text
    assert "HIDDEN" not in text
    assert text.count("before (hidden test) after") == 2
    assert "assert double(2) == 4" in text, "the visible part"


def test_a_test_prints_nothing_into_the_page(given):
    assert "said in a test" not in show(given, outputs={"test_double": [stream("said in a test")]})


def test_what_a_student_wrote_is_not_taken_for_a_hidden_test(given):
    mine = 'assert double(-7) == -14, "secret hidden test"'
    assert mine in flat(show(given, new_code_cell(mine, outputs=[stream("fine")])))


# --- what a student reads ---


def test_a_failed_check_names_the_mistake_gives_the_hint_and_links_to_what_to_read(given):
    lines = [
        "✗ double: three",
        "  got 9, want 6",
        "  This is what you get when the square is",
        "  returned.",
        "  What is twice",
        "  three?",
        f"  Read: The book › Double  {LINK}",
    ]
    shown = show(given, outputs={"test_double": [error("CheckFailed", "\n".join(lines))]})
    text = flat(shown)
    assert "✗ double: three got 9, want 6" in text
    assert "This is what you get when the square is returned. What is twice three?" in text
    assert f'<a rel="noopener noreferrer" href="{LINK}">The book › Double</a>' in shown


def test_a_link_to_read_leads_into_the_book_only(given):
    lines = "✗ x\n  This is what you get when y.\n  z\n  Read: Click  https://evil.invalid/"
    shown = show(given, outputs={"test_double": [error("CheckFailed", lines)]})
    assert "evil.invalid" in Elements(shown).text
    assert all("evil" not in (attrs.get("href") or "") for _, attrs in Elements(shown).tags)


def test_the_table_has_each_exercise_its_points_and_a_link_to_it(given):
    grades = result().grades | {
        "test_double": Points(0, 30, False, False),
        "test_clip_low": Points(4, 10, True, False),
        "test_mean": Points(0, 40, False, True),
    }
    failed = {"test_double": [error("NotImplementedError", "Replace the `raise` line in double.")]}
    shown = show(given, outputs=failed, grades=grades, score=24)
    text = flat(shown)
    assert "24 of 100 points" in text
    for row in (
        "double 0 of 30 – not written yet",
        "clip 24 of 30 ✗ a test failed",
        "mean 0 of 40 ? a person will look at it",
    ):
        assert row in text
    assert "test_clip_low: 4 of 10, by hand" in text
    anchors = {attrs.get("id") for _, attrs in Elements(shown).tags}
    links = {
        attrs["href"] for tag, attrs in Elements(shown).tags if tag == "a" and "#" in attrs["href"]
    }
    assert {f"#exercise-{name}" for name in ("double", "clip", "mean")} <= links
    assert {link[1:] for link in links if link.startswith("#")} <= anchors


def test_an_exercises_text_stands_under_its_heading_with_its_formulas_set(given):
    nb = notebook(given)
    asked = new_markdown_cell("## Means\n\n### Exercise `mean` (40 points)\n\nThe mean $\\bar x$.")
    place = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in nb.cells].index("mean")
    nb.cells.insert(place, asked)
    given.cells[asked.id] = asked.source
    shown = feedback.page(given.for_student(nb), nb, result()).decode()
    heading, text = shown.index('<h3 id="exercise-mean">'), shown.index("The mean")
    assert shown.count('<h3 id="exercise-mean">') == 1
    assert heading < shown.index("What was asked") < text
    assert "<mover>" in shown


def test_a_students_own_formula_is_shown_as_it_was_typed(given):
    shown = show(given, new_markdown_cell("My $\\bar x$"))
    assert "<code>\\bar x</code>" in shown
    assert "<math" not in shown


def test_who_has_something_left_to_do_is_told_what(given):
    failed = {
        "test_mean": [error("NameError", "name 'm' is not defined")],
        "test_double": [error("ValueError", "no")],
    }
    text = flat(show(given, outputs=failed))
    assert "What now 2 of 4 cells of checks failed. Below, each says what it saw." in text
    assert "What now" not in flat(show(given))


@pytest.mark.parametrize("assignment", Project(ROOT).assignments)
def test_every_formula_of_an_assignment_can_be_set(assignment):
    cells = json.loads((ROOT / f"assignments/{assignment}/{assignment}.ipynb").read_text())["cells"]
    texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    shown = "".join(page.markdown(text, ours=True) for text in texts)
    assert "<merror" not in shown
    assert not re.search(
        r"\$|\\\\[a-z]", re.sub(r"<pre>.*?</pre>|<code>.*?</code>", "", shown, flags=re.S)
    )


@pytest.mark.parametrize(("name", "said"), [(t, "took too long") for t in feedback.TIMEOUTS])
def test_a_timeout_is_told_in_words(given, name, said):
    assert said in show(given, outputs={"test_mean": [error(name, "")]})


def test_an_error_without_a_check_shows_what_it_was(given):
    text = flat(show(given, outputs={"test_mean": [error("NameError", "name 'm' is not defined")]}))
    assert "A test failed NameError: name 'm' is not defined" in text


def test_code_and_outputs_are_kept_and_colours_become_classes(given):
    lines = "10 %\r 50 %\r100 %\n\x1b[32mgreen\x1b[0m & <b>"
    outputs = [stream(lines), display(image__png=png(), text__plain="<Figure>")]
    shown = show(given, new_code_cell("for i in range(3):\n    go(i)  # now", outputs=outputs))
    assert '<span class="k">for</span> i <span class="k">in</span> range' in shown
    assert '<span class="c"># now</span>' in shown
    assert '100 %\n<span class="ansi-green-fg">green</span> &amp; &lt;b&gt;' in shown
    assert "50 %" not in shown
    assert (
        f'alt="Output: &lt;Figure&gt;" width="4" height="3" src="data:image/png;base64,{png()}"'
        in shown
    )


# --- limits ---


def test_a_page_stays_small_whatever_was_printed(given):
    flood = [stream("a" * 3_000_000)] + [stream(f"{i} " * 4000) for i in range(200)]
    shown = show(
        given,
        *(new_code_cell("print()", outputs=flood) for _ in range(20)),
        new_code_cell("#" * 3_000_000),
        outputs={"test_mean": [error("E", "m" * 3_000_000)]},
    )
    assert len(shown) < 500_000
    assert "2,980,000 characters left out" in shown
    assert "161 more outputs are left out" in shown


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        (png(), True),
        (png(kind="JPEG"), False),  # a JPEG that calls itself a PNG
        (png(kind="GIF"), False),
        (png()[:60], False),
        (base64.b64encode(b"<svg onload=x>").decode(), False),
        ("not base64 at all", False),
        (png(4000, 4000), False),  # 48 MB of red in 50 KB
        (base64.b64encode(os.urandom(1_100_000)).decode(), False),
    ],
    ids=["whole", "jpeg", "gif", "cut", "svg", "text", "pixels", "bytes"],
)
def test_a_picture_is_shown_if_it_is_one(data, kept):
    assert (page.picture(data, "png", "alt") is not None) is kept


# --- from the gradebook, for a class ---


@pytest.mark.parametrize("student", ["one-mistake", "does-not-parse"])
def test_the_page_has_the_points_of_the_moment_and_the_comments(graded_copy, student, capsys):
    with Gradebook(graded_copy.database) as gradebook:
        grade = gradebook.find_grade("test_mean", ASSIGNMENT, ASSIGNMENT, student)
        grade.manual_score = 17.5
        comment = gradebook.find_comment("mean", ASSIGNMENT, ASSIGNMENT, student)
        comment.manual_comment = "Well *tried* <b>"
        gradebook.find_submission_notebook(
            ASSIGNMENT, ASSIGNMENT, student
        ).late_submission_penalty = 10
        gradebook.db.commit()
        score = gradebook.find_submission(ASSIGNMENT, student).score
    command = ["-C", str(graded_copy.root), "feedback", ASSIGNMENT]
    assert main([*command, student]) == 0
    path = graded_copy.course / "feedback" / student / ASSIGNMENT / f"{ASSIGNMENT}.html"
    text = flat(path.read_text())
    assert f"{score - 10:g} of 100 points" in text
    assert f"{score:g} points, less 10 because it came late." in text
    assert "mean 17.5 of 40" in text
    assert "Comment Well tried <b>" in text
    assert path.stat().st_size < 40_000
    assert "feedback" in capsys.readouterr().out


def test_everybody_gets_a_page_and_a_broken_result_stops_nobody(graded_copy, capsys):
    course = graded_copy.course
    students = sorted(path.name for path in (course / "autograded").iterdir())
    name = f"{ASSIGNMENT}.ipynb"
    (course / "autograded" / "reference" / ASSIGNMENT / name).write_text('{"cells": 3}')
    (course / "autograded" / "untouched" / ASSIGNMENT / name).unlink()
    pages = {s: course / "feedback" / s / ASSIGNMENT / f"{ASSIGNMENT}.html" for s in students}
    for path in pages.values():
        path.write_bytes(b"old")
    assert main(["-C", str(graded_copy.root), "feedback", ASSIGNMENT]) == 1
    said = sorted(capsys.readouterr().err.strip().split("\n"))
    assert len(said) == 2
    assert "left out reference: " in said[0]
    assert "is not a notebook" in said[0]
    assert "left out untouched: " in said[1]
    kept = {student for student, path in pages.items() if path.read_bytes() == b"old"}
    assert kept == {"reference", "untouched"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["99_none"], "there is no assignment '99_none'"),
        ([ASSIGNMENT], "gradebook.db is not there: run `autograder grade 00_mini` first"),
    ],
)
def test_what_cannot_be_done_is_said_with_the_remedy(project, arguments, said, capsys):
    assert main(["-C", str(project.root), "feedback", *arguments]) == 1
    assert said in capsys.readouterr().err


def test_a_student_who_has_no_result_is_named(graded_copy, capsys):
    (graded_copy.course / "submitted" / "nobody").mkdir()
    assert main(["-C", str(graded_copy.root), "feedback", ASSIGNMENT, "nobody", "reference"]) == 1
    assert "left out nobody: the gradebook has no result" in capsys.readouterr().err
