"""A submission as plain data and the release's tests come in; a verdict for each test, and what may
be said of it, goes out. It writes nothing down and draws no page, and what runs on the student's
side imports nothing of the course but `boundary` and `cs_lib`.
"""
