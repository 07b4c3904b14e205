"""torchvision's weights in our models: the same numbers under other names."""

import re

__all__ = ["from_torchvision"]

_RULES = {  # for the beginning of a model's name: what is renamed, one after the other
    "alexnet": (),
    "vgg": (),
    "googlenet": (
        (r"^conv1\.", "stem.0."),
        (r"^conv2\.", "stem.2."),
        (r"^conv3\.", "stem.3."),
        (r"^inception(\w\w)\.branch1\.", r"inception.\1.branches.0."),
        (r"^inception(\w\w)\.branch2\.", r"inception.\1.branches.1."),
        (r"^inception(\w\w)\.branch3\.", r"inception.\1.branches.2."),
        (r"^inception(\w\w)\.branch4\.", r"inception.\1.branches.3."),
        (r"^aux1\.", "aux.4a."),
        (r"^aux2\.", "aux.4d."),
        (r"\.conv\.weight$", ".0.weight"),
        (r"\.bn\.", ".1."),
    ),
    "resnet": (
        (r"^conv1\.", "stem.0."),
        (r"^bn1\.", "stem.1."),
        (r"^layer1\.", "stages.0."),
        (r"^layer2\.", "stages.1."),
        (r"^layer3\.", "stages.2."),
        (r"^layer4\.", "stages.3."),
        (r"\.downsample\.", ".shortcut."),
        *((rf"\.conv{n + 1}\.", f".branch.{3 * n}.") for n in range(3)),
        *((rf"\.bn{n + 1}\.", f".branch.{3 * n + 1}.") for n in range(3)),
    ),
    "densenet": (
        (r"^features\.conv0\.", "stem.0."),
        (r"^features\.norm0\.", "stem.1."),
        (r"^features\.norm5\.", "end.0."),
        (r"^classifier\.", "fc."),
        (r"\.norm1\.", ".0."),
        (r"\.conv1\.", ".2."),
        (r"\.norm2\.", ".3."),
        (r"\.conv2\.", ".5."),
        (r"^features\.denseblock(\d+)\.denselayer(\d+)\.", r"blocks.\1.layers.\2."),
        (r"^features\.transition(\d+)\.norm\.", r"transitions.\1.0."),
        (r"^features\.transition(\d+)\.conv\.", r"transitions.\1.2."),
    ),
}


def from_torchvision(name, state_dict):
    """The state_dict of torchvision's model of this name, under our names -> a dict

    name: alexnet, vgg11 to vgg19_bn, googlenet, resnet18 to resnet152, densenet121 to densenet201:

        theirs = torchvision.models.resnet18()  # or with weights="DEFAULT"
        ours = get_model("resnet18")
        ours.load_state_dict(from_torchvision("resnet18", theirs.state_dict()))

    A GoogLeNet without auxiliary classifiers needs GoogLeNet(aux=False). torchvision's pre-trained
    one takes images in [0, 1] less 0.5, over 0.5, not with ImageNet's mean and standard deviation
    as the others. ValueError for another name.
    """
    family = name.rstrip("0123456789_bn") if isinstance(name, str) else None
    if family not in _RULES:
        raise ValueError(
            f"from_torchvision: name is {name!r}; it must be of one of {', '.join(_RULES)}"
        )
    return {_renamed(key, family): value for key, value in state_dict.items()}


def _renamed(key, family):
    for pattern, replacement in _RULES[family]:
        key = re.sub(pattern, replacement, key)
    if family == "densenet":  # they count from 1
        key = re.sub(r"(?<=^blocks\.)\d+|(?<=^transitions\.)\d+|(?<=\.layers\.)\d+", _less, key)
    return key


def _less(match):
    return str(int(match[0]) - 1)
