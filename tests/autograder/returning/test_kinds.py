"""What was said of a class: one line for what many have in common."""

from autograder.returning import kinds

SAID = {
    "ada": ["cell 4: uses os._exit", "the file is utf-16, not plain UTF-8: read as it is"],
    "bob": ["cell 3: uses os._exit", "clip: uses os._exit"],
    "cyd": ["cell 2: the package seaborn is not installed here (needed by clip, mean)"],
    "dee": [
        "cell 9: the package seaborn is not installed here",
        "clip: the package seaborn is not installed here (needed by clip)",
        "clip and 2 more: missing, not answered",
    ],
}


def test_each_kind_is_a_line_with_the_names_the_most_frequent_first():
    assert [*kinds.lines(SAID)] == [
        "uses os._exit: ada (cell 4), bob (cell 3, clip)",
        "the package seaborn is not installed here: "
        "cyd (cell 2 for clip, mean), dee (cell 9, clip)",
        "the file is utf-16, not plain UTF-8: read as it is: ada",
        "missing, not answered: dee (clip and 2 more)",
    ]


def test_a_line_for_a_large_class_names_some_of_it():
    said = {f"s{i}": ["uses os._exit"] for i in range(100)}
    [line] = kinds.lines(said)
    assert line == f"uses os._exit: {', '.join(f's{i}' for i in range(kinds.NAMES))} and 88 more"


def test_what_holds_of_most_is_said_once_of_the_class():
    """As after a release that has a cell which none before it had."""
    new, other = "test_new: missing, put back", "test_clip: missing, put back"
    said = {f"s{i}": [new] for i in range(6)} | {"ada": [other, new], "bob": [other], "cyd": []}
    apart = "missing, put back: ada (test_clip), bob (test_clip)"
    for of, first in ((9, [f"{new}: 7 of 9 submissions"]), (13, [f"{new}: 7 of 13 submissions"])):
        assert [*kinds.lines(said, of)] == [*first, apart]
    assert len([*kinds.lines(said, 14)]) == 1  # a half of them is not most
    few = {f"s{i}": [new] for i in range(4)}
    names = "s0 (test_new), s1 (test_new), s2 (test_new), s3 (test_new)"
    assert [*kinds.lines(few, 4)] == [f"missing, put back: {names}"]


def test_nothing_said_is_no_line():
    assert [*kinds.lines({"ada": []})] == []
