# Prints 100 MB.
# told: characters too many
# plain: ?
for _ in range(100):
    print("x" * 10**6)
