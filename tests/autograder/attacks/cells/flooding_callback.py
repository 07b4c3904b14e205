# Calls the function that a test hands over without end.
# told: test_apply
# plain: 0
# %% apply
def apply(f, values):
    while True:
        f(1.0)
