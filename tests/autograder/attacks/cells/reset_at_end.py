# Wipes the notebook's memory in its last cell; the answers are right.
# told: %reset
# %% double
def double(x):
    return 2 * x


# %% greet
def greet(name):
    return "Hello, " + name


# %% apply
def apply(f, values):
    return [f(value) for value in values]


# %% last
%reset -f
