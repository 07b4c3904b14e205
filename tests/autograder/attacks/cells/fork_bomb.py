# Starts processes, and from each of them more.
# told: uses os.fork
import os
import time

try:
    for _ in range(7):  # 128 in all, for ten seconds
        os.fork()
finally:
    time.sleep(10)
