# Loops for ever in a cell.
# told: ran longer than 3 s
# plain: ?
while True:
    pass
