"""An assignment and its catalogue of right and wrong answers come in. What its tests are worth goes
out. It never changes an assignment, and no student's work passes through it.
"""
