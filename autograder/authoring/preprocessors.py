"""What we add to nbgrader: a stub that names its exercise, a kernel without the answers.

nbgrader_config.py puts these classes in the place of nbgrader's own.
"""

import os

from nbgrader.preprocessors import ClearSolutions, Execute
from traitlets import Unicode

from autograder.authoring.source import STUB
from autograder.authoring.withhold import withheld_copy
from autograder.project import Project


class ClearSolutionsByName(ClearSolutions):
    """nbgrader has one stub for all cells; ours names the exercise."""

    def preprocess_cell(self, cell, resources, cell_index):
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        self.code_stub = {"python": STUB.format(name=name)}
        return super().preprocess_cell(cell, resources, cell_index)


class ExecuteWithheld(Execute):
    """nbgrader's Execute, in a kernel whose cs_lib lacks what the assignment withholds."""

    project = Unicode(help="The root of the course's checkout").tag(config=True)

    def start_new_kernel(self, **kwargs):
        project, assignment = Project.find(self.project), self.resources["nbgrader"]["assignment"]
        paths = [str(withheld_copy(project, assignment)), os.environ.get("PYTHONPATH")]
        env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
        env["DL4CV_HINTS"] = str(project.hints(assignment))
        return super().start_new_kernel(env=env, **kwargs)
