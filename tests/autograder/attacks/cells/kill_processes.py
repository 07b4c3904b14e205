# Kills the process that started it, and all others it may.
# told: uses os.kill
# plain: the grader is killed
import os
import signal

for pid in (os.getppid(), -1, int("@PID@")):
    if pid not in (0, 1):
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError as error:
            print(error)
