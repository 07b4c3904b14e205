"""The gradebook and the graded notebooks come in; pages for students, tables for platforms and a
report for the instructor go out. It changes no grade and runs no code.
"""
