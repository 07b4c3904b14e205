# Replaces an argument's contents by something enormous.
# told: stopped
# plain: 0
# %% apply
def apply(f, values):
    values[:] = [[[0] * 999] * 999] * 9
    return values
