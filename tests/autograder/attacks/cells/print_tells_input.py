# Prints and displays the hidden input when it is tested.
# told: prints its argument
# %% double
def double(x):
    print(x, np.asarray(x).tolist())
    return 2 * x


# %% greet
def greet(name):
    import sys

    print(name, file=sys.stderr)
    get_ipython().write_output_prompt if False else None
    print(In[-1] if "In" in globals() else "")
    return "Hello, " + name


# %% apply
def apply(f, values):
    print(values)
    return [f(value) for value in values]
