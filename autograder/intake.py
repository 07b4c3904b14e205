"""Is a file in submitted/ something that can be graded? If not, what is to be done about it?"""

import json
import warnings
from collections import Counter


def problem(folder, assignment, grade_ids):
    """A line that says what is wrong with a submission's folder and the remedy, or None.

    grade_ids: the ids of the release's exercises and tests. Nothing is changed.
    """
    wanted = f"{assignment}.ipynb"
    path = folder / wanted
    if folder.is_symlink() or path.is_symlink():
        return f"{wanted} is a link: put the file itself there"
    if not path.is_file():
        others = sorted(other.name for other in folder.glob("*.ipynb"))
        if others:
            return f"the notebook is called {others[0]}: rename it to {wanted}"
        return f"there is no {wanted}: put the notebook there, or remove the folder"
    try:
        text = path.read_text(encoding="utf-8")
        if not text.strip():
            return f"{wanted} is empty: ask for the file again"
        content = json.loads(text)
    except UnicodeDecodeError:
        return f"{wanted} is not a text file: ask for the notebook itself"
    except json.JSONDecodeError as error:
        return f"{wanted} is not JSON (line {error.lineno}), perhaps cut off: ask for it again"
    except RecursionError:
        return f"{wanted} is nested too deeply to be a notebook: ask for it again"
    if not isinstance(content, dict) or not isinstance(content.get("cells"), list):
        return f"{wanted} is not a notebook (no list of cells): ask for it again"
    return _invalid(content, wanted) or _other_cells(content, wanted, grade_ids)


def _invalid(content, wanted):
    import nbformat

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what nbformat repairs by itself
            nbformat.validate(content)
    except Exception as error:
        what = str(error).split("\n")[0][:120]
        return f"{wanted} is not a valid notebook ({what}): open it in JupyterLab and save it"
    return None


def _other_cells(content, wanted, grade_ids):
    metadata = [cell.get("metadata", {}).get("nbgrader") for cell in content["cells"]]
    metadata = [m for m in metadata if isinstance(m, dict) and isinstance(m.get("grade_id"), str)]
    found = Counter(m["grade_id"] for m in metadata)
    if not found.keys() & set(grade_ids):
        return f"{wanted} holds no exercise of this assignment: is it another one's notebook?"
    twice = [name for name, count in found.items() if count > 1]
    if twice:
        return f"{wanted} has {twice[0]} {found[twice[0]]} times: delete all but one of these cells"
    if any(m.get("schema_version") != 3 for m in metadata):
        return f"{wanted} has metadata of another nbgrader: copy the answers into a fresh release"
    return None
