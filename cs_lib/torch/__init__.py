"""The torch mirror of cs_lib.numpy: same names, same signatures, and no backward pass."""
