# Has Python call a trace function at every line, which raises in every later frame.
# told: uses sys.settrace
import sys


def jump(frame, event, argument):
    if frame.f_code.co_name == "<module>" and event == "line":
        raise SystemExit
    return jump


sys.settrace(jump)
