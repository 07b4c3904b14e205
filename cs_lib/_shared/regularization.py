"""Which parameters a penalty is on, for both libraries: by their names."""

from fnmatch import fnmatchcase


def chosen(caller, named_parameters, exclude):
    """(name, parameter) of those whose name matches no pattern of exclude, as a list."""
    pairs = list(
        named_parameters.items() if hasattr(named_parameters, "items") else named_parameters
    )
    if not pairs:
        raise ValueError(
            f"{caller}: there are no parameters; was the generator used up before? "
            "Pass model.named_parameters()"
        )
    kept = [(n, p) for n, p in pairs if not any(fnmatchcase(n, pattern) for pattern in exclude)]
    if not kept:
        raise ValueError(
            f"{caller}: exclude {tuple(exclude)} leaves none of {', '.join(n for n, _ in pairs)}; "
            "exclude less"
        )
    return kept


def check_strength(caller, strength):
    if not strength >= 0:
        raise ValueError(f"{caller}: strength is {strength}; it must be at least 0")
