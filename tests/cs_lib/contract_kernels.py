"""What test_contract.py has to know of kernel methods."""

NUMPY_ONLY = {
    "kernels": "shown once, where linear classifiers end; no later chapter trains one",
}
EXAMPLES = {}
