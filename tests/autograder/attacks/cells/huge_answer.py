# Answers with an array of 256 MB.
# told: stopped
# %% double
def double(x):
    return np.zeros((256 << 20) // 8)
