"""Remove _build, but never the work and the grades of a class: `make clean` calls this.

_build/course is where a class lies whose instructor has set no DL4CV_COURSE. The sample class goes;
where somebody is not of the sample, the whole folder stays. Python alone is needed.
"""

import json
import shutil
import sys
from pathlib import Path

SHOWN = 3  # names in the message


def students(course):
    """Those in the folder of a class who are not of the sample class, sorted."""
    sample = set()
    for path in (course / "sample").glob("*.json"):
        sample |= {*json.loads(path.read_bytes())}
    there = {path.name for step in ("submitted", "autograded") for path in course.glob(f"{step}/*")}
    return sorted(there - sample)


def is_real(course):
    """Whether somebody's class may lie there: a gradebook, or a class, that is not the sample's."""
    has = any((course / name).exists() for name in ("gradebook.db", "class.json", "course.toml"))
    return bool(students(course)) or (has and not (course / "sample").is_dir())


def clean(root):
    """Remove what was built; whether a class was there and stayed."""
    build = root / "_build"
    stays = is_real(build / "course")
    for path in sorted(build.glob("*")):
        if not (stays and path.name == "course"):
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    if stays:
        return True
    if build.is_dir():
        build.rmdir()
    return False


if __name__ == "__main__":
    folder = Path(__file__).resolve().parents[1]
    if clean(folder):
        names = students(folder / "_build" / "course")
        some = ", ".join(names[:SHOWN]) + ", …" * (len(names) > SHOWN)
        sys.exit(
            f"_build/course is kept: it is no sample class ({some or 'a gradebook'}). Move it out "
            "of the checkout and let DL4CV_COURSE name the place, then: make clean"
        )
