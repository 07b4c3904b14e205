# Loops, for a minute, and ignores every signal and exception.
# told: ran longer than 3 s
import signal
import time

for number in (2, 14, 15, 24):
    signal.signal(number, signal.SIG_IGN)
end = time.monotonic() + 60
while time.monotonic() < end:
    try:
        while time.monotonic() < end:
            pass
    except BaseException:
        pass
