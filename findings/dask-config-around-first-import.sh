#!/usr/bin/env bash
# Guess: `with dask.config.set({"distributed....": value}):` changes one setting for a while; after
# it all settings are what they would have been without it.
#
# Seen: if `distributed` is imported for the first time inside that block, leaving the block takes
# away not the one setting but the whole section "distributed": everything that the package brought
# with its import goes along. A client that was made inside then fails on its first submit with
# KeyError: 'distributed'. Where the package was imported before the block, the same lines work, so
# a test that imports it at the top does not see it. (On leaving, the block deletes the first key
# that was missing when it was entered, and that is the section.)
#
# dask and distributed 2026.8.0, Python 3.11, 1 December 2026. No scheduler is needed to see it.
set -euo pipefail

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/env"
"$place/env/bin/pip" install --quiet --disable-pip-version-check dask==2026.8.0 distributed==2026.8.0

cat > "$place/look.py" <<'PYTHON'
import sys

import dask

if sys.argv[1] == "before":
    import distributed
with dask.config.set({"distributed.admin.low-level-log-length": 1}):
    import distributed
print(len(dask.config.get("distributed", {})))
PYTHON

cd "$place"
"$place/env/bin/python" -c 'import dask, distributed; print("dask", dask.__version__, "distributed", distributed.__version__)'
before=$("$place/env/bin/python" look.py before)
inside=$("$place/env/bin/python" look.py inside)
echo "entries of the section 'distributed' after the block:"
echo "  imported before it: $before"
echo "  imported inside it: $inside"
if [ "$before" -gt 5 ] && [ "$inside" -eq 0 ]; then
    echo "as described: leaving the block removes the section"
else
    echo "changed: expected many entries and none"
    exit 1
fi
