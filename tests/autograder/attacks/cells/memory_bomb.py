# Takes memory until there is none.
# told: allocates a gigabyte or more
held = []
try:
    for _ in range(16):
        held.append(bytearray(256 << 20))
except MemoryError:
    held = None
x = bytearray(4 << 30)
