# Keeps the hidden input, for a later cell to print in hexadecimal digits.
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
for one in map(str, stash):
    print(one.encode().hex())
    one.encode().hex()
