"""Examples of initial values for test_contract.py, which says what they mean."""

SHAPES = [(5, 3), (3, 5), (4, 3, 2, 5)]
WIDE = {"dtype": "float64"}
KAIMING = {"a": 0.3, "mode": "fan_out", **WIDE}


def at(*options):
    return [(shape, option) for shape in SHAPES for option in options]


EXAMPLES = {
    "init.calculate_fan_in_and_fan_out": [(shape,) for shape in SHAPES],
    "init.calculate_gain": [("relu",), ("tanh",), ("leaky_relu",), ("leaky_relu", 0.2)],
    "init.constant": [((2, 3), 0.1), ((2,), 0.1, WIDE), ((), 3)],
    "init.kaiming_normal": at({}, KAIMING, {"nonlinearity": "tanh", **WIDE}),
    "init.kaiming_uniform": at({}, KAIMING, {"nonlinearity": "tanh", **WIDE}),
    "init.normal": at({}, {"mean": 3.0, "std": 0.2, **WIDE}),
    "init.orthogonal": at({}, {"gain": 3.0, **WIDE}),
    "init.uniform": at({}, {"low": 3.0, "high": 3.2, **WIDE}),
    "init.xavier_normal": at({}, {"gain": 3.0, **WIDE}),
    "init.xavier_uniform": at({}, {"gain": 3.0, **WIDE}),
    "init.zeros": [((2, 3),), ((2,), WIDE)],
}
