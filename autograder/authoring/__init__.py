"""A solution's notebook, its wrong answers and the book come in; the release that students get, the
hints and the library with the answers taken out go out. It never sees a student's work.
"""
