"""Grades without names: the same pseudonyms each time, and no way back without the secret."""

import csv
import hashlib

import pytest
from mini_course import ASSIGNMENT

from autograder.cli import main
from autograder.returning import pseudonyms
from autograder.returning.export import read_grades


def exported(project, *more):
    assert main(["-C", str(project.root), "export", "--pseudonyms", *more]) == 0
    with open(project.course / "grades-pseudonyms.csv", newline="") as file:
        return [*csv.DictReader(file)]


def test_the_table_has_the_grades_and_nobodys_name(graded_copy, capsys):
    rows = exported(graded_copy)
    grades = [grade for grade in read_grades(graded_copy) if grade.score is not None]
    assert sorted(float(row["score"]) for row in rows) == sorted(g.score for g in grades)
    text = (graded_copy.course / "grades-pseudonyms.csv").read_text()
    assert [grade.student for grade in grades if grade.student in text] == []
    assert [row["student"] for row in rows] == sorted(row["student"] for row in rows)
    assert "pseudonyms.key tells whose: keep it to yourself" in capsys.readouterr().out


def test_pseudonyms_stay_and_another_course_has_others(graded_copy):
    first = exported(graded_copy)
    assert exported(graded_copy, ASSIGNMENT) == first
    key = graded_copy.course / pseudonyms.FILE
    assert key.stat().st_mode & 0o777 == 0o600
    key.unlink()
    assert not {row["student"] for row in exported(graded_copy)} & {row["student"] for row in first}


def test_a_pseudonym_is_no_mere_hash_of_the_name(graded_copy):
    names = [grade.student for grade in read_grades(graded_copy)]
    found = {row["student"].removeprefix("p") for row in exported(graded_copy)}
    hashes = {hashlib.sha256(name.encode()).hexdigest()[:12] for name in names}
    assert len(found) == len(names)
    assert not found & hashes


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--format", "canvas"], "--pseudonyms is for the plain table"),
        (["99_none"], "the gradebook has no assignment '99_none'"),
    ],
)
def test_what_makes_no_sense_is_refused(graded_copy, capsys, more, said):
    assert main(["-C", str(graded_copy.root), "export", *more, "--pseudonyms"]) == 1
    assert said in capsys.readouterr().err
    assert not (graded_copy.course / "grades-pseudonyms.csv").exists()


def test_a_damaged_secret_is_no_new_one(graded_copy, capsys):
    (graded_copy.course / pseudonyms.FILE).write_text("abc\n")
    assert main(["-C", str(graded_copy.root), "export", "--pseudonyms"]) == 1
    assert "pseudonyms.key is damaged: put back a copy of it" in capsys.readouterr().err
