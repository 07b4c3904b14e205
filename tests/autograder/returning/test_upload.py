"""Pages go back in the form in which each platform looks for them."""

import zipfile

import pytest

from autograder import people
from autograder.people import Class, Member, Person
from autograder.project import Project, UserError
from autograder.returning import upload

KNN = "01_knn"
FILE = "assignsubmission_file"
UPLOADS = {  # what collect kept: what the file is called for the platform
    "moodle": {
        f"Ada Ek_31_{FILE}/": f"Ada Ek_31_{FILE}/01_knn.html",
        f"Ada Ek_31_{FILE}_/": f"Ada Ek_31_{FILE}_/01_knn.html",
        f"Ada Ek_31_{FILE}_": f"Ada Ek_31_{FILE}_01_knn.html",
        f"Red_77_{FILE}/": f"Red_77_{FILE}/01_knn.html",
    },
    "canvas": {
        "ekada_31_900_my_1_2.ipynb": "ekada_31_900_my_1_2.html",
        "ekada_LATE_31_900_x.tar.zip": "ekada_LATE_31_900_x.tar.html",
        "ekada_31_900_x": "ekada_31_900_x.html",
    },
}


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


def kept(project, uploads):
    """uploads: {student: [(a Person, what the platform called it)]}; each has a page."""
    own = {s: {person.key: name for person, name in pairs} for s, pairs in uploads.items()}
    people.keep(project.course, KNN, own)
    for student in uploads:
        page = project.course / "feedback" / student / KNN / f"{KNN}.html"
        page.parent.mkdir(parents=True)
        page.write_text(f"page of {student}")


def unpacked(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


@pytest.mark.parametrize(
    ("platform", "name", "wanted"),
    [(p, name, wanted) for p, names in UPLOADS.items() for name, wanted in names.items()],
)
def test_a_page_is_called_as_its_platform_calls_it(project, platform, name, wanted):
    kept(project, {"ada": [(Person(platform, "Ada Ek", "31"), name)]})
    written, left_out = upload.write(project, KNN)
    [(path, count)] = written.items()
    assert (path.name, count, left_out) == (f"feedback-01_knn-{platform}.zip", 1, {})
    assert unpacked(path) == {wanted: "page of ada"}
    before = path.stat().st_mtime_ns
    upload.write(project, KNN)
    assert path.stat().st_mtime_ns == before, "the same pages make the same archive"


def test_each_platform_has_its_archive_and_who_is_in_none_is_named(project):
    canvas, moodle = Person("canvas", "ekada", "31"), Person("moodle", "Bo", "7")
    uploads = {
        "ada": [(canvas, "ekada_31_900_x.ipynb"), (Person("name", "ada"), "")],
        "bo": [(canvas, "bo_7_1_x.ipynb"), (moodle, f"Bo_7_{FILE}/")],  # the newest is last
        "eve": [(Person("name", "eve"), "")],
        "no-page": [(moodle, f"No_9_{FILE}/")],
    }
    kept(project, uploads)
    (project.course / "feedback" / "no-page" / KNN / f"{KNN}.html").unlink()
    written, left_out = upload.write(project, KNN)
    assert [unpacked(path) for path in written] == [
        {"ekada_31_900_x.html": "page of ada"},
        {f"Bo_7_{FILE}/01_knn.html": "page of bo"},
    ]
    assert left_out == {"eve": "autograder collect has not had it from Moodle or Canvas"}
    written, left_out = upload.write(project, KNN, ["bo", "no-page"])
    assert [*written.values()] == [1]
    assert "no-page/01_knn/01_knn.html is not there: grade it first" in left_out["no-page"]


def test_a_class_of_no_platform_has_no_archive(project):
    kept(project, {"eve": [(Person("name", "eve"), "")]})
    with pytest.raises(UserError, match="there is no archive that they would take"):
        upload.write(project, KNN)


def test_a_member_of_a_group_has_the_numbers_that_may_be_of_this_assignment(project):
    numbers = [
        ["moodle", "41", "Ada Ek"],
        ["moodle", "41", people.BLIND],
        ["moodle", "42", "Ada Ek"],
    ]
    ada = Member("ada", ["Ada Ek"], groups=["Red"], numbers=[*numbers, ["moodle", "7", "Ada Ek"]])
    Class([ada, Member("bo", ["Bo"], groups=["Red"])]).write(project.course)
    alone = {"ada": {Person("moodle", "Ada Ek", "42").key: f"Ada Ek_42_{FILE}/"}}
    people.keep(project.course, "00_arrays", alone)
    red = (Person("moodle", "Red", "7"), f"Red_7_{FILE}/")
    kept(project, {"ada": [red], "bo": [red]})
    written, left_out = upload.write(project, KNN)
    [path] = written
    assert unpacked(path) == {
        f"Ada Ek_41_{FILE}/01_knn.html": "page of ada",
        f"Ada Ek_7_{FILE}/01_knn.html": "page of ada",
    }
    assert left_out == {
        "bo": "Moodle takes the page of a member of Red by the participant's number: read the "
        "grading worksheet of this assignment with autograder roster"
    }


def test_members_whose_points_differ_do_not_get_the_page_of_one_of_them(project):
    """Canvas shows all of a group one page; it would tell of one's extension, or other points."""
    red = (Person("canvas", "red", "31"), "red_31_900_x.ipynb")
    blue = (Person("canvas", "blue", "33"), "blue_33_901_x.ipynb")
    kept(project, {"Ada O'N": [red], "bo": [red], "cy": [blue], "di": [blue]})
    folder = project.course / "feedback"
    pages = {"Ada O'N": "Ada O&#x27;N</p>8", "bo": "bo</p>8", "cy": "cy</p>8", "di": "di</p>7"}
    for student, rest in pages.items():
        (folder / student / KNN / f"{KNN}.html").write_text(f"<p>Feedback for {rest} points")
    for students, without in ((None, ["cy", "di"]), (["bo", "cy"], ["cy"])):
        written, left_out = upload.write(project, KNN, students)
        [path] = written
        assert unpacked(path) == {"red_31_900_x.html": "<p>Feedback for bo</p>8 points"}
        assert left_out == dict.fromkeys(
            without,
            "Canvas gives all members of a group one page, blue_33_901_x.html, and theirs differ: "
            "send this one yourself",
        )
        assert [*written.values()] == [1]
    with pytest.raises(UserError, match="no archive that they would take"):
        upload.write(project, KNN, ["di"])
