"""A submission as plain data and the release's tests come in. A verdict on each test, and what may
be shown of it, goes out. It never writes anything down and never draws a page, and its far side,
`student` and `shell`, imports nothing of the course but `boundary` and `cs_lib`.
"""
