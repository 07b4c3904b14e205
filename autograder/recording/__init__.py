"""Verdicts come in. Points in nbgrader's gradebook, graded notebooks and a journal of what was run
go out, written by one process so that nothing is lost. It never judges and never draws a page.
"""
