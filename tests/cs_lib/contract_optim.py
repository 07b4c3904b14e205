"""Examples of optimisers and schedules for test_contract.py, which says what they mean."""

import importlib

import numpy as np

RNG = np.random.default_rng(11)
WEIGHT, BIAS = RNG.standard_normal((3, 4)), RNG.standard_normal(3)
GRADS = RNG.standard_normal((6, 3, 4)), RNG.standard_normal((6, 3))


def beside(module, name):
    """Another module of the same library."""
    return importlib.import_module(f"{module.__name__.rsplit('.', 1)[0]}.{name}")


def parameters(module, array):
    Parameter = beside(module, "nn.module").Parameter
    return [Parameter(array(WEIGHT)), Parameter(array(BIAS))]


def set_grads(params, array, step):
    for parameter, grads in zip(params, GRADS, strict=True):
        parameter.grad = array(grads[step])


def data(params):
    return [parameter.data for parameter in params]


def optimiser(name, **options):
    """Where six steps lead, with another optimiser taking over the state after three."""

    def run(module, array):
        cls, params = getattr(module, name), parameters(module, array)
        optimizer = cls([{"params": params[:1]}, {"params": params[1:], "lr": 0.5}], **options)
        for step in range(6):
            if step == 3:
                state = optimizer.state_dict()
                optimizer = cls([{"params": params[:1]}, {"params": params[1:]}])
                optimizer.load_state_dict(state)
            set_grads(params, array, step)
            optimizer.step()
        return [parameter.data for parameter in params]

    return run


def schedule(name, *args, **options):
    """The rates of two groups over nine steps."""

    def run(module, array):
        params = parameters(module, array)
        optimizer = beside(module, "optim").SGD([{"params": params[:1]}, {"params": params[1:]}])
        optimizer.param_groups[0]["lr"] = 2.0
        scheduler = make(module, optimizer, name, args, options)
        rates = []
        for _ in range(9):
            rates.append(scheduler.get_last_lr())
            optimizer.step()
            scheduler.step()
        return array(np.array(rates))

    return run


def make(module, optimizer, name, args, options):
    if name == "SequentialLR":
        schedulers = [make(module, optimizer, *arg, {}) for arg in args[0]]
        args = (schedulers, *args[1:])
    return getattr(module, name)(optimizer, *args, **options)


EXAMPLES = {
    "optim.SGD": optimiser("SGD", lr=0.1, momentum=0.9, weight_decay=0.1, nesterov=True),
    "optim.Adagrad": optimiser("Adagrad", lr=0.1, lr_decay=0.1, weight_decay=0.1),
    "optim.RMSprop": optimiser("RMSprop", lr=0.1, momentum=0.9, centered=True),
    "optim.Adam": optimiser("Adam", lr=0.1, weight_decay=0.1, amsgrad=True),
    "optim.AdamW": optimiser("AdamW", lr=0.1, weight_decay=0.1, maximize=True),
    "lr_scheduler.StepLR": schedule("StepLR", 3, gamma=0.5),
    "lr_scheduler.MultiStepLR": schedule("MultiStepLR", [2, 5, 6]),
    "lr_scheduler.ExponentialLR": schedule("ExponentialLR", 0.9),
    "lr_scheduler.CosineAnnealingLR": schedule("CosineAnnealingLR", 8, eta_min=0.01),
    "lr_scheduler.LinearLR": schedule("LinearLR", start_factor=0.2, total_iters=4),
    "lr_scheduler.OneCycleLR": schedule("OneCycleLR", 3.0, 10),
    "lr_scheduler.SequentialLR": schedule(
        "SequentialLR", [("LinearLR", (0.25, 1.0, 3)), ("CosineAnnealingLR", (6,))], [3]
    ),
}
