"""A function and limits come in; a process that may hold anything, and can do no harm, goes out. It
knows nothing of notebooks, tests or students.
"""
