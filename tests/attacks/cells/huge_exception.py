# Raises an exception whose message has 30 MB.
# told: too many characters
# plain: ?
raise ValueError("x" * 30_000_000)
