# Prints 100 MB.
# told: characters too many
# plain: 0; a notebook of 100 MB
for _ in range(100):
    print("x" * 10**6)
