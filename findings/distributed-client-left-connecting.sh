#!/usr/bin/env bash
# A client of Dask whose construction fails with a TypeError is left open, and nobody can close it.
#
# One would guess: `Client(address)` that raises has let go of what it had begun; it gave no object
# back, so there is nothing to close. So it is for an address where nobody answers: OSError.
# What happens: for an address of the form tls://… without certificates (TypeError), the half-made
# client stays in the state "connecting", with its event loop running in a thread of its own. It is
# part of a reference cycle, so it is closed when the garbage collector next runs: at any later
# moment, in any thread, and while that thread holds whatever locks it holds just then.
# It matters to programs that try one address after another, and to test suites: a subclass whose
# __init__ closes the client and raises again cures it.
#
# Seen with distributed 2026.8.0, dask 2026.8.0 on Python 3.11, 29 November 2026.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    distributed==2026.8.0 dask==2026.8.0
cat > "$folder/try.py" <<'PY'
import gc
import importlib.metadata
import sys

from distributed import Client

for name in ("distributed", "dask"):
    print(name, importlib.metadata.version(name))


def left_by(address):
    """The error of a client of that address, and the states of the clients that it leaves."""
    gc.collect()
    gc.disable()
    error = None
    try:
        Client(address, timeout=1, set_as_default=False)
    except (OSError, TypeError) as raised:
        error = type(raised).__name__
    states = [item.status for item in gc.get_objects() if isinstance(item, Client)]
    gc.enable()
    return error, states


found = {address: left_by(address) for address in ("tcp://127.0.0.1:9", "tls://127.0.0.1:9")}
for address, (error, states) in found.items():
    print(f"{address}: {error}, clients left: {states}")
wanted = {
    "tcp://127.0.0.1:9": ("OSError", ["closed"]),
    "tls://127.0.0.1:9": ("TypeError", ["connecting"]),
}
sys.exit(0 if found == wanted else f"it has changed: {found}")
PY
"$folder/venv/bin/python" "$folder/try.py" 2> "$folder/errors" || { cat "$folder/errors" >&2; exit 1; }
