# Raises an exception whose message has three million characters.
# told: too many characters
raise ValueError("x" * 3_000_000)
