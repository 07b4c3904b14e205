"""What students and learning platforms hand over comes in; plain data that may be looked at goes
out. It never runs any of it.
"""
