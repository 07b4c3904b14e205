# Kills a process of the instructor's, and asks whether it may its parent and all others.
# told: uses os.kill
import os
import signal

for pid, number in ((int("@PID@"), signal.SIGKILL), (os.getppid(), 0), (-1, 0)):
    try:
        os.kill(pid, number)
    except OSError as error:
        print(error)
