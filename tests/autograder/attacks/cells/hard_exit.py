# Ends the process at once with os._exit.
# told: ended by itself
# plain: no grade
import os

os._exit(0)
