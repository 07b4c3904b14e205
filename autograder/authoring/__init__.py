"""An assignment's source, the wrong answers to it and the book come in. The release that students
get, the hints and a library without the answers go out. It never sees a student's work.
"""
