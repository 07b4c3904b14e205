# Loops, for a minute, when it is tested, not before.
# told: ran longer than 3 s
# %% double
def double(x):
    import time

    end = time.monotonic() + 60
    while time.monotonic() < end:
        pass
