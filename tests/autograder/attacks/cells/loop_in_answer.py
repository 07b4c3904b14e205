# Loops for ever when it is tested, not before.
# told: ran longer than 3 s
# plain: 0
# %% double
def double(x):
    while True:
        pass
