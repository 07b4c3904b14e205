"""nbgrader's settings: every `nbgrader …` command run in this folder works on the course.

source      the notebooks with their solutions, built from solutions/ by `autograder release`
assignments what students get (nbgrader calls it the release); where course.toml chooses: release
submitted, autograded, feedback, gradebook.db   the students' work

Students' work lies in _build/course, or in the folder that DL4CV_COURSE names: keep it outside the
checkout, where no commit can publish it.
"""

import os
import sys
import warnings
from pathlib import Path

from nbgrader.converters import Autograde, GenerateAssignment, GenerateFeedback
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions, Execute, GetGrades
from sqlalchemy.exc import SAWarning

from autograder.authoring.preprocessors import ClearSolutionsByName, ExecuteWithheld
from autograder.exchange import Collect, ReleaseAssignment, ReleaseFeedback
from autograder.formgrader import markdown
from autograder.project import Project
from autograder.recording.late import LatePolicy

c = get_config()  # noqa: F821  (Jupyter defines it)
project = Project(Path(__file__).parent)
project.make_course()

c.CourseDirectory.root = str(project.course)
c.CourseDirectory.course_id = project.course.name  # its place in nbgrader's exchange
c.CourseDirectory.source_directory = "source"
c.CourseDirectory.release_directory = os.path.relpath(project.releases, project.course)

# nbgrader runs `alembic` from PATH to make a gradebook and leaves half of one where it is missing.
programs = str(Path(sys.executable).parent)
if programs not in os.environ["PATH"].split(os.pathsep):
    os.environ["PATH"] = os.pathsep.join([programs, os.environ["PATH"]])

# nbgrader 0.9.6 builds its records in an order that newer SQLAlchemy warns of; they are right.
warnings.filterwarnings(
    "ignore", "Object of type <Submitted", category=SAWarning, module="nbgrader"
)

c.GenerateAssignment.preprocessors = [
    ClearSolutionsByName if step is ClearSolutions else step
    for step in GenerateAssignment.preprocessors.default()
]
c.Autograde.autograde_preprocessors = [
    ExecuteWithheld if step is Execute else step
    for step in Autograde.autograde_preprocessors.default()
]
# Late work, once `autograder due` has set a date: 10 % of the earned points for each started day,
# 50 % at most, the first hour free. After a change here run `autograder due ASSIGNMENT`.
c.AssignLatePenalties.plugin_class = LatePolicy
c.LatePolicy.grace_hours = 1
c.LatePolicy.percent_per_day = 10
c.LatePolicy.percent_at_most = 50
c.LatePolicy.late_days = 0  # of each student over the term, spent before points are taken off
# nbgrader's feedback would show the hidden tests, for the next year's students to keep.
c.GenerateFeedback.preprocessors = [
    GetGrades,
    ClearHiddenTests,
    *(step for step in GenerateFeedback.preprocessors.default() if step is not GetGrades),
]
c.ExecuteWithheld.project = c.ReleaseAssignment.project = str(project.root)
c.ExchangeFactory.release_assignment = ReleaseAssignment
c.ExchangeFactory.collect = Collect
c.ExchangeFactory.release_feedback = ReleaseFeedback
c.HTMLExporter.filters = {"markdown2html": markdown}  # else Formgrader runs what students write
c.KernelManager.transport_encryption = "auto"  # hidden tests go to the kernel: let nobody listen
c.Execute.timeout = 60  # seconds a cell; a graded cell of ours takes two at most
c.Execute.shutdown_kernel = "immediate"  # nothing in a kernel is worth the half second
