# Loops for ever in a cell.
# told: ran longer than 3 s
# plain: 0
while True:
    pass
