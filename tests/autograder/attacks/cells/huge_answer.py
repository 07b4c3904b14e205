# Answers with an array of a gigabyte.
# told: stopped
# plain: 0
# %% double
def double(x):
    return np.zeros((1 << 30) // 8)
