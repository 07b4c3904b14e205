# Changes the code and the globals of the function that a test hands over.
# told: uses __code__
# %% apply
def apply(f, values):
    f.__code__ = (lambda *a: 0).__code__
    f.__globals__.clear()
    return [f(value) for value in values]
