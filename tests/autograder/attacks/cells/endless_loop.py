# Loops in a cell, for a minute.
# told: ran longer than 3 s
import time

end = time.monotonic() + 60
while time.monotonic() < end:
    pass
