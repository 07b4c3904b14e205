#!/usr/bin/env bash
# jupyter-cache does not find a notebook again that nbclient has run with its default settings.
#
# One would guess: a notebook is run by nbclient and put into jupyter-cache; whoever asks the cache
# for the same notebook, not yet run, gets the outputs, since the code is the same.
# What happens: nbclient notes times of execution in each code cell's metadata (record_timing is on
# by default). jupyter-cache hashes the metadata of cells along with their text, so the notebook that
# was put in has another key than the one that is asked for. With record_timing=False it is found.
# It matters to whoever fills the cache beforehand, for instance to run the pages of a book side by
# side, and then finds each of them run a second time.
#
# Seen with jupyter-cache 1.0.1, nbclient 0.11.0, nbformat 5.11.1, ipykernel 7.4.0 on Python 3.11,
# 29 November 2026.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    jupyter-cache==1.0.1 nbclient==0.11.0 nbformat==5.11.1 ipykernel==7.4.0
cat > "$folder/try.py" <<'PY'
import copy
import importlib.metadata
import sys
import tempfile

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from nbclient import NotebookClient

for name in ("jupyter-cache", "nbclient", "nbformat", "ipykernel"):
    print(name, importlib.metadata.version(name))

kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
asked = nbformat.v4.new_notebook(
    cells=[nbformat.v4.new_code_cell("print(1 + 1)")], metadata={"kernelspec": kernel}
)
found = {}
for timing in (True, False):
    ran = copy.deepcopy(asked)
    NotebookClient(ran, record_timing=timing).execute()
    assert ran.cells[0].outputs[0].text == "2\n"
    cache = get_cache(tempfile.mkdtemp(dir=sys.argv[1]))
    cache.cache_notebook_bundle(CacheBundleIn(ran, "page.ipynb"), check_validity=False)
    try:
        cache.match_cache_notebook(asked)
        found[timing] = True
    except KeyError:
        found[timing] = False
    print(f"record_timing={timing}: cell metadata {sorted(ran.cells[0].metadata)}, "
          f"{'found' if found[timing] else 'not found'} again")
sys.exit(0 if found == {True: False, False: True} else f"it has changed: {found}")
PY
"$folder/venv/bin/python" "$folder/try.py" "$folder" 2> "$folder/errors" || { cat "$folder/errors" >&2; exit 1; }
