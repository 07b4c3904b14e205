# Starts processes until there is no room for one more.
# told: uses os.fork
# plain: no grade, where something else ends it
import os

try:
    while True:
        if os.fork() == 0:
            import time

            while True:
                time.sleep(1)
except OSError as error:
    print(error)
