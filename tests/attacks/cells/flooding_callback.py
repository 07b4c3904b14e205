# Calls the function that a test hands over without end.
# told: ran longer than 3 s
# plain: 0
# %% apply
def apply(f, values):
    while True:
        f(1.0)
