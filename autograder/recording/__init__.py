"""Verdicts come in; nbgrader's gradebook, the graded notebooks and the journal of what was run go
out, written by one process so that nothing is lost. It judges nothing.
"""
