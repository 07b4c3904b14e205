# ---
# title: Three functions that are attacked
# ---

# %% [markdown]
# # Three functions

# %%
import numpy as np

from cs_lib.testing import check_call


def thrice(x):
    return 3.0 * x


# %% nbgrader={"grade_id": "double", "solution": true}
def double(x):
    """x: an array -> twice the array."""
    ### BEGIN SOLUTION
    solution_61409 = 2 * x
    return solution_61409
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_double", "grade": true, "points": 20}
check_call(double, np.arange(3.0), want=np.array([0.0, 2.0, 4.0]), label="three numbers")

# %% nbgrader={"grade_id": "test_double_more", "grade": true, "points": 20}
assert double(21) == 42
### BEGIN HIDDEN TESTS
check_call(double, np.array([7131719.0, -3.25]), want=np.array([14263438.0, -6.5]), label="more")
assert np.allclose(double(np.full(3, 7131719.0)), np.full(3, 14263438.0))
### END HIDDEN TESTS


# %% nbgrader={"grade_id": "greet", "solution": true}
def greet(name):
    """name: a string -> "Hello, " and the name."""
    ### BEGIN SOLUTION
    return "Hello, " + name
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_greet", "grade": true, "points": 30}
assert greet("Ada") == "Hello, Ada"
### BEGIN HIDDEN TESTS
assert greet("Zzyzx-Quine") == "Hello, Zzyzx-Quine"
### END HIDDEN TESTS


# %% nbgrader={"grade_id": "apply", "solution": true}
def apply(f, values):
    """f: a function, values: a list -> the list of what f gives."""
    ### BEGIN SOLUTION
    return [f(value) for value in values]
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_apply", "grade": true, "points": 30}
assert apply(thrice, [1.0, 2.0]) == [3.0, 6.0]
### BEGIN HIDDEN TESTS
seen_8240551 = []
assert apply(lambda v: seen_8240551.append(v) or v**2, [5.0, 7131719.0]) == [25.0, 7131719.0**2]
assert seen_8240551 == [5.0, 7131719.0]
### END HIDDEN TESTS

# %%
print("twice 21 is", double(21))
