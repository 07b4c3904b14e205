"""A function and limits come in. A process that may hold anything, and can do no harm, goes out. It
never learns what runs there: notebooks, tests and students are unknown to it.
"""
