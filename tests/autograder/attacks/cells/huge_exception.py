# Raises an exception whose message has 30 MB.
# told: too many characters
# plain: 0; a notebook of 60 MB
raise ValueError("x" * 30_000_000)
