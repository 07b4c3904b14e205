# Keeps the hidden input in a file, to print it in a later cell.
# told: writes files
# %% double
def double(x):
    with open("/tmp/stash", "a") as file:
        file.write(str(np.asarray(x).tolist()))
    return 2 * x


# %% greet
def greet(name):
    with open("/tmp/stash", "a") as file:
        file.write(name)
    return "Hello, " + name


# %% last
print(open("/tmp/stash").read())
