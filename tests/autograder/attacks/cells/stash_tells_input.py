# Keeps the hidden input in a global, for a later cell to print and to raise.
# told: keeps what it is given in stash
stash = []


# %% double
def double(x):
    stash.append(np.asarray(x).tolist())
    return 2 * x


# %% greet
def greet(name):
    stash.append(name)
    return "Hello, " + name


# %% apply
def apply(f, values):
    stash.append(values)
    return [f(value) for value in values]


# %% last
print(stash)
raise ValueError(str(stash))
