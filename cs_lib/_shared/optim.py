"""What the optimisers and schedules of both libraries ask of their options."""

# set by schedules or by torch, not by the user
OF_SCHEDULES = "initial_lr", "max_lr", "min_lr"  # from which a schedule that is made later goes on
_NOT_OPTIONS = {"params", "param_names", *OF_SCHEDULES}
_AT_LEAST_0 = (
    "lr",
    "momentum",
    "weight_decay",
    "eps",
    "alpha",
    "lr_decay",
    "initial_accumulator_value",
)


def check_params(caller, params):
    """A list of parameters, or of dicts with "params" and options, must not be empty."""
    if len(params) == 0:
        raise ValueError(
            f"{caller}: there are no parameters; was the generator used up before? "
            "Pass model.parameters()"
        )


def check_group(caller, group, defaults, taken):
    """group: options and a list "params"; defaults: all options; taken: parameters of others."""
    for name in group:
        if name not in defaults and name not in _NOT_OPTIONS:
            raise ValueError(
                f"{caller}: a parameter group has {name!r}, which is no option; "
                f"options are {', '.join(defaults)}"
            )
    ids = [id(parameter) for parameter in [*taken, *group["params"]]]
    if len(set(ids)) != len(ids):
        raise ValueError(f"{caller}: a parameter is given twice; each may be in one group, once")
    check_options(caller, {**defaults, **group})


def check_options(caller, options):
    for name in _AT_LEAST_0:
        if name in options and not options[name] >= 0:
            raise ValueError(f"{caller}: {name} is {options[name]}; it must be at least 0")
    if "betas" in options and not all(0 <= beta < 1 for beta in options["betas"]):
        raise ValueError(
            f"{caller}: betas is {options['betas']}; both must be at least 0 and below 1"
        )
    if options.get("nesterov") and (options["momentum"] == 0 or options["dampening"] != 0):
        raise ValueError(
            f"{caller}: momentum is {options['momentum']}, dampening {options['dampening']}; "
            "nesterov needs a momentum above 0 and no dampening"
        )


def check_saved_groups(caller, groups, saved):
    """A state must be of as many groups, each of as many parameters."""
    have, given = ([len(group["params"]) for group in gs] for gs in (groups, saved))
    if have != given:
        raise ValueError(
            f"{caller}: the state has groups of {given} parameters, the optimiser of {have}; "
            "give the state_dict of one built like this one"
        )


def check_at_least_1(caller, name, value):
    if not value >= 1:
        raise ValueError(f"{caller}: {name} is {value}; it must be at least 1")


def check_one_cycle(caller, total_steps, pct_start):
    if not (0 < pct_start < 1 and 1 < pct_start * total_steps < total_steps - 1e-9):
        raise ValueError(
            f"{caller}: total_steps is {total_steps}, pct_start {pct_start}; "
            "pct_start * total_steps, the length of the rise, must be above 1 and below total_steps"
        )


def check_sequence(caller, optimizer, schedulers, milestones):
    if len(milestones) != len(schedulers) - 1 or not schedulers:
        raise ValueError(
            f"{caller}: there are {len(schedulers)} schedulers and {len(milestones)} milestones; "
            "milestones are the steps between schedulers, one less"
        )
    if list(milestones) != sorted(set(milestones)) or any(m < 1 for m in milestones):
        raise ValueError(f"{caller}: milestones is {milestones}; they must rise, from 1")
    if any(scheduler.optimizer is not optimizer for scheduler in schedulers):
        raise ValueError(f"{caller}: a scheduler belongs to another optimizer; all must share one")
