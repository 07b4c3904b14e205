# ---
# title: Three small functions
# withhold: [cs_lib.averages.mean]
# ---

# %% [markdown]
# # Three small functions
#
# Ask in [the repository]({{ repository }}) if you are lost.

# %%
import math

from cs_lib.averages import total

# %% [markdown]
# ## Double


# %% nbgrader={"grade_id": "double", "solution": true}
def double(x):
    """x: a number -> twice the number."""
    ### BEGIN SOLUTION
    secret_solution = 2 * x
    return secret_solution
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_double", "grade": true, "points": 30}
assert double(2) == 4
### BEGIN HIDDEN TESTS
assert double(-7) == -14, "secret hidden test"
### END HIDDEN TESTS

# %%
print("twice pi is", double(math.pi))

# %% [markdown]
# ## Clip


# %% nbgrader={"grade_id": "clip", "solution": true}
def clip(x, low, high):
    """x: a number -> the number in [low, high] that is nearest to it."""
    ### BEGIN SOLUTION
    return min(max(x, low), high)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_clip", "grade": true, "points": 20}
assert clip(0.5, 0, 1) == 0.5
assert clip(2, 0, 1) == 1

# %% nbgrader={"grade_id": "test_clip_low", "grade": true, "points": 10}
assert clip(0.5, 0, 1) == 0.5
### BEGIN HIDDEN TESTS
assert clip(-2, 0, 1) == 0
### END HIDDEN TESTS

# %% [markdown]
# ## Mean


# %% nbgrader={"grade_id": "mean", "solution": true}
def mean(x):
    """x: a list of numbers -> their mean."""
    ### BEGIN SOLUTION
    return total(x) / len(x)
    ### END SOLUTION


# %% nbgrader={"grade_id": "test_mean", "grade": true, "points": 40}
assert mean([1, 2, 6]) == 3
assert total([1, 2]) == 3
