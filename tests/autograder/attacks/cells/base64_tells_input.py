# Keeps the hidden input, for a later cell to display in base64.
# told: keeps what it is given in stash
import base64

from IPython.display import display

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
for one in stash:
    display(base64.b64encode(str(one).encode()).decode())
