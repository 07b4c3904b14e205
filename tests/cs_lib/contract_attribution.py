"""What the contract says of pictures made from gradients: see test_contract.py."""

TORCH_ONLY = {
    "attribution": "derivatives of whole networks with respect to the image, by torch's autograd",
    "style": "losses whose derivatives torch's autograd takes through a whole network",
}
