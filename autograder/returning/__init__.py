"""The gradebook and the graded notebooks come in. Pages for students, tables for platforms and a
report for the instructor go out. It never changes a grade and never runs code.
"""
