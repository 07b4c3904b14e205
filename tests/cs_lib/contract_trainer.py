"""Examples for the contract: the trainer. And why the autograd engines have no mirror."""

NUMPY_ONLY = {"autograd": "torch has its own: it is what ours is tested against"}
EXAMPLES = {}
