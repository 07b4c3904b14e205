"""NumPy by hand, in torch's vocabulary. Importing it does not import torch."""
