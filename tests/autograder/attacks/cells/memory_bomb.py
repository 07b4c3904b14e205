# Takes memory until there is none.
# told: allocates a gigabyte or more
# plain: 0; no limit of its own
held = []
try:
    while True:
        held.append(bytearray(256 << 20))
except MemoryError:
    held = None
x = bytearray(40 << 30)
