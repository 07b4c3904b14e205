# Replaces an argument's contents by something enormous.
# told: stopped
# %% apply
def apply(f, values):
    values[:] = [[[0] * 999] * 999] * 2
    return values
