# Crashes the interpreter by reading address 0.
# told: ended by itself
# plain: no grade
import ctypes

ctypes.string_at(0)
