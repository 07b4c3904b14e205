# Ends the process at once with os._exit.
# told: ended by itself
# plain: ?
import os

os._exit(0)
