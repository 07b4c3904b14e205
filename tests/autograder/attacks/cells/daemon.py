# Leaves a process behind that goes on after grading, detached from its parents.
# told: imports subprocess
import os
import subprocess

if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        program = "import time; time.sleep(5); open('@CANARY@', 'a').write('late')  # dl4cv-daemon"
        subprocess.Popen(["python3", "-c", program], start_new_session=True)
    os._exit(0)
