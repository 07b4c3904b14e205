"""What the contract says of whole architectures and their cost: see test_contract.py."""

TORCH_ONLY = {
    "models": "large networks, which NumPy would take hours to train",
    "profile": "counts what torch's modules do, with torch's hooks",
}
