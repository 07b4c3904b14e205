# Prints ten million characters.
# told: characters too many
for _ in range(10):
    print("x" * 10**6)
