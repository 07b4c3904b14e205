"""What the contract does not ask a torch version of, with the reasons."""

NUMPY_ONLY = {
    "line_search": "a lesson on descent along a line, before there are networks",
}
