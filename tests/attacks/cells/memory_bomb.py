# Takes memory until there is none.
# told: allocates
# plain: ?
held = []
try:
    while True:
        held.append(bytearray(256 << 20))
except MemoryError:
    held = None
x = bytearray(40 << 30)
