# Loops for ever and ignores every signal and exception.
# told: ran longer than 3 s
# plain: no grade
import signal

for number in (2, 14, 15, 24):
    signal.signal(number, signal.SIG_IGN)
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
