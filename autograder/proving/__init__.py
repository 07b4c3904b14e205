"""An assignment and its catalogue of right and wrong answers come in; what the tests are worth goes
out. It never changes an assignment, and students' work does not pass through it.
"""
