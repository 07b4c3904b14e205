"""What students and learning platforms hand over comes in. Plain data that is safe to look at goes
out. It never runs any of it.
"""
