# Ends the process politely, from the tested functions.
# told: uses sys.exit
# plain: 0
# %% double
def double(x):
    import sys

    sys.exit(0)


# %% greet
def greet(name):
    raise KeyboardInterrupt


# %% apply
def apply(f, values):
    raise GeneratorExit
