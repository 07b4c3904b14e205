"""What the contract says of networks written by hand: see test_contract.py."""

NUMPY_ONLY = {
    "constructions": "weights written down to be read: nothing to differentiate, nothing to train",
}
