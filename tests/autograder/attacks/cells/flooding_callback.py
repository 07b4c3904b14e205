# Calls the function that a test hands over a million times.
# told: test_apply
# %% apply
def apply(f, values):
    for _ in range(10**6):
        f(1.0)
