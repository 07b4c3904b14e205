"""Architectures: as large as the papers and torchvision say, and each does what it was made for."""

import copy
import itertools

import numpy as np
import oracles
import pytest
import torch
from numpy.testing import assert_allclose
from torch.nn import functional as F

from cs_lib.torch import models, nn
from cs_lib.torch.models import googlenet, lenet, resnet
from cs_lib.torch.models.blocks import scale_for_relu


def rng(seed=0):
    return np.random.default_rng(seed)


def images(*shape, seed=0):
    return torch.tensor(rng(seed).standard_normal(shape), dtype=torch.float32)


def on_meta(make, *args, **options):
    with torch.device("meta"):
        return make(*args, **options).eval()


def count(model):
    return sum(p.numel() for p in model.parameters())


def spread(model, seed=0):
    """Statistics and norms as after training, so that no term hides behind a 0 or a 1"""
    draw = rng(seed)
    for m in model.modules():
        if isinstance(m, torch.nn.BatchNorm2d):
            for t, low, high in (
                *((m.running_mean, -0.2, 0.2), (m.running_var, 0.5, 1.5)),
                *((m.weight.data, 0.5, 1.5), (m.bias.data, -0.2, 0.2)),
            ):
                t.copy_(torch.tensor(draw.uniform(low, high, t.shape)))
    return model


# --- counts, shapes, determinism ---

COUNTS = {
    "lenet5": 61_706,
    "lenet5_1998": 60_850,
    "alexnet": 61_100_840,
    "vgg11": 132_863_336,
    "vgg13": 133_047_848,
    "vgg16": 138_357_544,
    "vgg19": 143_667_240,
    "vgg11_bn": 132_868_840,
    "vgg13_bn": 133_053_736,
    "vgg16_bn": 138_365_992,
    "vgg19_bn": 143_678_248,
    "googlenet": 13_004_888,
    "resnet18": 11_689_512,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "resnet101": 44_549_160,
    "resnet152": 60_192_808,
    "cifar_resnet20": 269_722,
    "cifar_resnet32": 464_154,
    "cifar_resnet44": 658_586,
    "cifar_resnet56": 853_018,
    "cifar_resnet110": 1_727_962,
    "densenet121": 7_978_856,
    "densenet169": 14_149_480,
    "densenet201": 20_013_928,
    "cifar_densenet100": 769_162,
    "fabric": 4_505_930,
    "msdnet": 2_986_690,
}


@pytest.mark.parametrize("name", models.list_models())
def test_a_model_has_as_many_parameters_as_its_paper_or_torchvision_says(name):
    assert count(on_meta(models.get_model, name)) == COUNTS[name]


OTHERS = {
    6_624_904: lambda: models.GoogLeNet(aux=False),
    1_019_722: lambda: models.CifarDenseNet(40, bottleneck=False, compression=1),
    18_006_666: lambda: models.Fabric(8, channels=128),
    5_470_050: lambda: models.MSDNet(11),
    1_703_258: lambda: models.CifarResNet(
        164, block="bottleneck", pre_activation=True, shortcut="project"
    ),
}


@pytest.mark.parametrize("want", OTHERS)
def test_a_variant_has_as_many_parameters_as_its_module_says(want):
    assert count(on_meta(OTHERS[want])) == want


def sides(model, size):
    """The sides of the maps of convolutions and pooling, in order, each once"""
    found = []

    def note(module, args, y):
        found.append(y.shape[2])

    kinds = (torch.nn.Conv2d, torch.nn.ConvTranspose2d, torch.nn.MaxPool2d, torch.nn.AvgPool2d)
    for module in model.modules():
        if isinstance(module, kinds):
            module.register_forward_hook(note)
    model(torch.empty(1, model.in_channels, size, size, device="meta"))
    return list(dict.fromkeys(found))


@pytest.mark.parametrize(
    ("name", "size", "want"),
    [
        ("lenet5", 32, [28, 14, 10, 5, 1]),
        ("alexnet", 224, [55, 27, 13, 6]),
        ("vgg16", 224, [224, 112, 56, 28, 14, 7]),
        ("googlenet", 224, [112, 56, 28, 14, 7]),
        ("resnet18", 224, [112, 56, 28, 14, 7]),
        ("resnet50", 224, [112, 56, 28, 14, 7]),
        ("cifar_resnet20", 32, [32, 16, 8]),
        ("densenet121", 224, [112, 56, 28, 14, 7]),
        ("fabric", 32, [32, 16, 8, 4, 2, 1]),
        ("msdnet", 32, [32, 16, 8, 4, 2]),
    ],
)
def test_maps_have_the_sizes_of_the_paper(name, size, want):
    assert sides(on_meta(models.get_model, name), size) == want


SMALL = {  # one of each kind that trains in a blink, for images of 3 × 32 × 32
    "LeNet5": lambda rng: models.LeNet5(7, in_channels=3, rng=rng),
    "LeNet5, 1998": lambda rng: models.LeNet5(7, in_channels=3, original=True, rng=rng),
    "AlexNet": lambda rng: models.AlexNet(7, small=True, width=4, rng=rng),
    "VGG": lambda rng: models.VGG(11, 7, small=True, width=4, rng=rng),
    "VGG, norm": lambda rng: models.VGG(13, 7, small=True, batch_norm=True, width=4, rng=rng),
    "GoogLeNet": lambda rng: models.GoogLeNet(7, aux=False, small=True, width=4, rng=rng),
    "ResNet": lambda rng: models.ResNet(18, 7, width=4, rng=rng),
    "ResNet, before": lambda rng: models.ResNet(50, 7, width=4, pre_activation=True, rng=rng),
    "CifarResNet": lambda rng: models.CifarResNet(8, 7, width=4, rng=rng),
    "CifarResNet, bottleneck": lambda rng: models.CifarResNet(
        11, 7, block="bottleneck", pre_activation=True, shortcut="project", width=4, rng=rng
    ),
    "DenseNet": lambda rng: models.DenseNet(121, 7, growth_rate=2, rng=rng),
    "CifarDenseNet": lambda rng: models.CifarDenseNet(10, 7, growth_rate=4, rng=rng),
    "one map at a time": lambda rng: models.CifarDenseNet(22, 7, growth_rate=1, rng=rng),
    "Fabric": lambda rng: models.Fabric(3, 7, channels=4, rng=rng),
    "MSDNet": lambda rng: models.MSDNet(3, 7, base=2, channels=4, growth_rate=2, rng=rng),
}


@pytest.mark.parametrize("name", SMALL)
def test_a_model_is_all_in_its_rng_and_every_parameter_of_it_learns(name):
    x, y = images(4, 3, 32, 32), torch.tensor([0, 3, 6, 6])

    def step(seed):
        model = SMALL[name](rng(seed))
        scores = model(x)
        scores = scores if isinstance(scores, list) else [scores]
        assert {s.shape for s in scores} == {(4, 7)}
        sum(F.cross_entropy(s, y) for s in scores).backward()
        return model, torch.stack(scores).detach()

    (model, scores), (again, same), (_, other) = step(0), step(0), step(1)
    assert_allclose(same, scores, rtol=0)
    assert not torch.allclose(other, scores)
    for (key, p), q in zip(model.named_parameters(), again.parameters(), strict=True):
        assert_allclose(q.grad, p.grad, rtol=0)
        assert torch.isfinite(p.grad).all(), key
        assert p.grad.any() or key.endswith("bias"), key


def test_on_the_meta_device_nothing_is_drawn():
    draw = rng()
    model = on_meta(models.get_model, "resnet18", rng=draw)
    assert {t.device.type for t in model.state_dict().values()} == {"meta"}
    assert draw.random() == rng().random()
    assert nn.Linear(2, 3, rng=rng()).weight.any()  # elsewhere there is


def test_a_model_built_on_meta_takes_over_the_values_of_one_that_is_not():
    here = models.VGG(11, 5, small=True, width=2, rng=rng()).eval()
    there = on_meta(models.VGG, 11, 5, small=True, width=2)
    there.load_state_dict(here.state_dict(), assign=True)
    x = images(2, 3, 32, 32)
    assert_allclose(there(x).detach(), here(x).detach(), rtol=0)


def test_scaled_for_relu_the_signal_keeps_its_size_through_many_layers():
    layers = [part for n in range(12) for part in (nn.Linear(400, 400, rng=rng(n)), nn.ReLU())]
    model = nn.Sequential(*layers)
    scale_for_relu(model)
    y = model(images(50, 400)).detach()
    assert 0.5 < y.square().mean() < 2.0
    assert not model[0].bias.any()


# --- errors ---

ERRORS = {
    "VGG: depth is 12; it must be 11, 13, 16 or 19": lambda: models.VGG(12),
    "ResNet: depth is 20; it must be 18, 34, 50, 101 or 152": lambda: models.ResNet(20),
    "CifarResNet: depth is 18; with block 'basic' it must be 6n + 2: 8, 14, 20": lambda: (
        models.CifarResNet(18)
    ),
    "CifarResNet: depth is 26; with block 'bottleneck' it must be 9n": lambda: models.CifarResNet(
        26, block="bottleneck"
    ),
    "CifarResNet: depth is 2;": lambda: models.CifarResNet(2),
    "block is 'wide'; it must be 'basic' or 'bottleneck'": lambda: models.CifarResNet(
        20, block="wide"
    ),
    "shortcut is 'none'; it must be 'project', 'project_all', 'pad', 'partial' or None": lambda: (
        models.ResidualBlock(4, 4, shortcut="none")
    ),
    "in_channels is 8, more than the 4 that come out": lambda: models.ResidualBlock(
        8, 4, shortcut="pad"
    ),
    "DenseNet: depth is 100; it must be 121, 169 or 201": lambda: models.DenseNet(100),
    "CifarDenseNet: depth is 101; with bottleneck=True it must be 6n + 4: 10, 16, 22": lambda: (
        models.CifarDenseNet(101)
    ),
    "CifarDenseNet: compression is 0; it is the share of maps": lambda: models.CifarDenseNet(
        10, compression=0
    ),
    "Fabric: layers is 1, scales 6": lambda: models.Fabric(1),
    "Fabric: ((0, 0), (2, 0)) is no edge": lambda: models.Fabric(3, edges=[((0, 0), (2, 0))]),
    "Fabric: edges leaves no way from (0, 0) to (2, 1)": lambda: models.Fabric(
        3, scales=2, edges=[((0, 0), (1, 1))]
    ),
    "MSDNet: exits is 0; it must be at least 1": lambda: models.MSDNet(0),
    "MSDNet: growth_rate is 5; it must be even": lambda: models.MSDNet(growth_rate=5),
    "get_model: there is no 'resnet19'; there are: lenet5,": lambda: models.get_model("resnet19"),
    "from_torchvision: name is 'swin_t'; it must be of one of alexnet, vgg": lambda: (
        models.from_torchvision("swin_t", {})
    ),
    "exits_loss: 1 weights for 2 exits": lambda: models.exits_loss(
        F.cross_entropy, [0, 0], 0, weights=[1]
    ),
}


@pytest.mark.parametrize("message", ERRORS)
def test_an_unknown_variant_is_told_with_those_there_are(message):
    with pytest.raises(ValueError) as raised:  # noqa: PT011
        on_meta(ERRORS[message])
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("name", "shape", "message"),
    [
        ("lenet5", (1, 3, 32, 32), r"LeNet5: x has shape \(1, 3, 32, 32\); it must be \(N, 1, H"),
        ("lenet5", (1, 1, 28, 28), r"\(N, 1, H, W\), H and W at least 32"),
        ("lenet5", (1, 1, 36, 36), "images must be 32 × 32"),
        ("alexnet", (1, 3, 32, 32), "AlexNet: .*H and W at least 63"),
        ("vgg16", (1, 3, 31, 40), "VGG: .*H and W at least 32"),
        ("vgg16", (3, 224, 224), r"VGG: x has shape \(3, 224, 224\)"),
        ("googlenet", (1, 3, 14, 20), "GoogLeNet: .*H and W at least 15"),
        ("resnet18", (1, 1, 32, 32), r"ResNet: .*\(N, 3, H, W\)"),
        ("densenet121", (1, 3, 28, 32), "DenseNet: .*H and W at least 29"),
        ("cifar_densenet100", (1, 3, 3, 3), "CifarDenseNet: .*at least 4"),
        ("fabric", (1, 3, 48, 32), "Fabric: .*with 6 scales H and W must be multiples of 32"),
        ("msdnet", (1, 4, 32, 32), r"MSDNet: .*\(N, 3, H, W\)"),
    ],
)
def test_images_that_do_not_fit_are_told_what_would(name, shape, message):
    with pytest.raises(ValueError, match=message):
        on_meta(models.get_model, name)(torch.empty(shape, device="meta"))


@pytest.mark.parametrize("name", ["alexnet", "vgg11", "googlenet", "resnet18", "densenet121"])
def test_the_smallest_images_that_are_let_in_go_through(name):
    model = on_meta(models.get_model, name)
    x = torch.empty(1, 3, model.least, model.least + 1, device="meta")
    assert model(x).shape == (1, 1000)


# --- LeNet-5, VGG, GoogLeNet ---


def test_lenet_of_1998_has_in_each_layer_what_the_paper_counts():
    model = on_meta(models.LeNet5, original=True)
    layers = [count(m) for m in [*model.features, *model.classifier] if count(m)]
    assert layers == [156, 12, 1516, 32, 48_120, 10_164, 850]


def test_filters_of_c3_see_the_maps_of_their_row_in_the_table_only():
    c3 = models.LeNet5(original=True, rng=rng()).features[4]
    for row, maps in enumerate(lenet.TABLE):
        x = images(1, 6, 14, 14).requires_grad_()
        c3(x)[0, row].sum().backward()
        assert x.grad[0].any(dim=(1, 2)).nonzero().flatten().tolist() == sorted(map(int, maps))


def test_lenet_of_1998_weighs_sums_and_starts_at_the_scale_of_what_its_filters_see():
    model = models.LeNet5(original=True, rng=rng())
    pool, x = spread_parameters(model.features[2]), images(2, 6, 28, 28)
    sums = x.unfold(2, 2, 2).unfold(3, 2, 2).sum(dim=(4, 5))
    assert_allclose(pool(x).detach(), (pool.weight * sums + pool.bias).detach(), atol=1e-5)
    filters, seen = model.features[4]._places
    for row in range(16):
        slices = model.features[4].weight[[f == row for f in filters]]
        largest = slices.abs().max().item() * (25 * len(lenet.TABLE[row])) ** 0.5
        assert 0.9 < largest <= 1.0 + 1e-6
    assert len(seen) == 60


def spread_parameters(module):
    for n, p in enumerate(module.parameters()):
        p.data = images(*p.shape, seed=n)
    return module


KINDS = {nn.Conv2d: "c", nn.BatchNorm2d: "n", nn.ReLU: "r", nn.MaxPool2d: "p"}
KINDS |= {nn.Dropout: "d", nn.Linear: "l"}


@pytest.mark.parametrize(
    ("name", "features", "classifier"),
    [
        ("alexnet", "crp crp crcrcrp", "dlrdlrl"),
        ("vgg11", "crp crp crcrp crcrp crcrp", "lrdlrdl"),
        ("vgg16", "crcrp crcrp crcrcrp crcrcrp crcrcrp", "lrdlrdl"),
        ("vgg13_bn", " ".join(["cnrcnrp"] * 5), "lrdlrdl"),
    ],
)
def test_layers_stand_in_the_order_of_the_paper(name, features, classifier):
    model = on_meta(models.get_model, name)
    assert "".join(KINDS[type(m)] for m in model.features) == features.replace(" ", "")
    assert "".join(KINDS[type(m)] for m in model.classifier) == classifier


@pytest.mark.parametrize("name", SMALL)
def test_only_layers_before_a_relu_start_at_its_scale(name):
    """A last layer keeps its own: scaled ones begin without a bias"""
    *_, last = (m for m in SMALL[name](rng()).modules() if isinstance(m, nn.Linear))
    assert last.bias.any()


@pytest.mark.parametrize(("layers", "side"), [(1, 3), (2, 5), (3, 7)])
def test_a_stack_of_3_by_3_sees_as_much_as_one_larger_filter(layers, side):
    convs = [m for m in models.VGG(16, width=4, rng=rng()).features if isinstance(m, nn.Conv2d)]
    stack = nn.Sequential(*convs[4 : 4 + layers])  # of the third stage
    x = images(1, stack[0].in_channels, 15, 15).requires_grad_()
    stack(x)[0, 0, 7, 7].backward()
    rows, columns = x.grad.abs().sum(dim=(0, 1)).nonzero().unbind(1)
    for places in (rows, columns):
        assert places.max() - places.min() + 1 == side


def test_two_filters_of_3_by_3_without_relu_are_one_of_5_by_5():
    x, first, second = images(2, 3, 9, 9), images(4, 3, 3, 3, seed=1), images(5, 4, 3, 3, seed=2)
    # where the second looks at the first: every entry of one times every entry of the other
    whole = F.conv_transpose2d(second, first, padding=0)  # (5, 3, 5, 5)
    assert_allclose(F.conv2d(x, whole), F.conv2d(F.conv2d(x, first), second), rtol=1e-3, atol=1e-3)


def test_inception_modules_put_out_as_many_maps_as_in_the_papers_table():
    model = on_meta(models.GoogLeNet)
    found = {}
    for name, module in model.inception.items():
        module.register_forward_hook(lambda m, a, y, name=name: found.update({name: y.shape[1]}))
    model(torch.empty(1, 3, 64, 64, device="meta"))
    assert list(found.values()) == [256, 480, 512, 512, 512, 528, 832, 832, 1024]
    assert list(found) == ["3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b"]


def test_branches_of_an_inception_module_stand_side_by_side():
    module = models.Inception(5, 2, 3, 4, 2, 3, 1, rng=rng())
    x = images(2, 5, 6, 7)
    y = module(x)
    assert y.shape == (2, 10, 6, 7)
    for branch, part in zip(module.branches, y.split([2, 4, 3, 1], dim=1), strict=True):
        assert_allclose(part.detach(), branch(x).detach(), rtol=1e-5, atol=1e-6)


def test_auxiliary_classifiers_are_for_training_and_train_what_lies_before_them():
    model = models.GoogLeNet(4, small=True, width=4, rng=rng())
    x, y = images(3, 3, 32, 32), torch.tensor([0, 1, 3])
    assert isinstance(model.eval()(x), torch.Tensor)
    outputs = model.train()(x)
    losses = [F.cross_entropy(scores, y) for scores in outputs]
    total = models.auxiliary_loss(F.cross_entropy, outputs, y)
    assert_allclose(total.item(), (losses[0] + 0.3 * (losses[1] + losses[2])).item(), rtol=1e-6)
    assert outputs._fields == ("logits", "aux_logits2", "aux_logits1")
    F.cross_entropy(outputs.aux_logits1, y).backward()
    reached = {
        key.split(".branches")[0] for key, p in model.named_parameters() if p.grad is not None
    }
    assert {r for r in reached if r.startswith("inception")} == {
        "inception.3a",
        "inception.3b",
        "inception.4a",
    }


@pytest.mark.parametrize("kernel_size", [2, 3])
def test_googlenets_pooling_leaves_no_pixel_out(kernel_size):
    for size in range(kernel_size, 18):
        x = images(1, 2, size, size + 1)
        want = F.max_pool2d(x, kernel_size, 2, ceil_mode=True)
        assert_allclose(googlenet._MaxPool2d(kernel_size)(x), want, rtol=0)


# --- residual networks ---


def test_the_gradient_through_a_chain_of_residual_blocks_is_1_plus_that_of_their_sum():
    torch.manual_seed(0)
    blocks = [
        models.ResidualBlock(2, 2, pre_activation=True, rng=rng(n)).double().eval()
        for n in range(5)
    ]
    x = images(1, 2, 3, 3).double()

    def end(x):
        for block in blocks:
            x = block(x)
        return x

    def added(x):
        total = 0
        for block in blocks:
            f = block.branch(block.before(x))
            x, total = x + f, total + f
        return total

    jacobians = [torch.func.jacrev(f)(x).reshape(18, 18) for f in (end, added)]
    assert_allclose(jacobians[0].detach(), torch.eye(18) + jacobians[1].detach(), atol=1e-10)
    assert jacobians[1].abs().max() > 0.1


@pytest.mark.parametrize(("block", "depth"), [("basic", 14), ("bottleneck", 20)])
@pytest.mark.parametrize("pre_activation", [False, True])
def test_a_residual_block_that_begins_as_0_begins_as_the_identity(block, depth, pre_activation):
    net = models.CifarResNet(
        depth, block=block, pre_activation=pre_activation, zero_init_residual=True, rng=rng()
    )
    maps = 16 * resnet.EXPANSION[block]
    x = images(2, maps, 6, 6).relu()  # in the original, a ReLU comes after the sum
    assert_allclose(net.stages[0][1](x).detach(), x, rtol=0)
    # with "pad", even a block that changes the shape only thins x out and adds maps of 0
    y = net.stages[1][0](x).detach()
    assert_allclose(y[:, :maps], x[:, :, ::2, ::2], rtol=0)
    assert not y[:, maps:].any()
    plain = models.CifarResNet(depth, block=block, pre_activation=pre_activation, rng=rng())
    assert not torch.allclose(plain.stages[0][1](x), x, atol=0.1)


def test_a_shortcut_on_part_of_the_maps_is_one_padded_with_zeros():
    x = images(3, 3, 32, 32)
    outputs = [
        spread(models.CifarResNet(14, shortcut=shortcut, width=4, rng=rng())).eval()(x).detach()
        for shortcut in ("pad", "partial", None)
    ]
    assert_allclose(outputs[0], outputs[1], rtol=1e-6, atol=1e-6)
    assert not torch.allclose(outputs[0], outputs[2], atol=1e-3)


@pytest.mark.parametrize("pre_activation", [False, True])
def test_projections_stand_where_the_shape_changes_or_everywhere(pre_activation):
    def projections(net):
        return [b.projects for b in net.modules() if isinstance(b, models.ResidualBlock)]

    options = {"pre_activation": pre_activation}
    nets = {
        kind: on_meta(models.ResNet, 34, shortcut=kind, **options)
        for kind in ("pad", "project", "project_all", None)
    }
    assert sum(projections(nets["project"])) == 3
    assert sum(projections(nets["project_all"])) == 16
    assert count(nets["pad"]) == count(nets[None]) < count(nets["project"])
    assert sum(projections(on_meta(models.ResNet, 50, **options))) == 4


def test_a_block_computes_its_branch_plus_its_shortcut():
    x = images(2, 4, 6, 6)
    block = spread(models.ResidualBlock(4, 6, 2, rng=rng())).eval()
    conv1, norm1, _, conv2, norm2 = block.branch
    f = norm2(conv2(norm1(conv1(x)).relu()))
    want = (f + block.shortcut[1](block.shortcut[0](x))).relu()
    assert_allclose(block(x).detach(), want.detach(), rtol=1e-5, atol=1e-6)
    block = spread(models.ResidualBlock(4, 6, 2, pre_activation=True, rng=rng())).eval()
    norm2, _, conv2 = block.branch[1:]
    start = block.before[0](x).relu()
    want = conv2(norm2(block.branch[0](start)).relu()) + block.shortcut[0](start)
    assert_allclose(block(x).detach(), want.detach(), rtol=1e-5, atol=1e-6)


# --- dense networks ---


@pytest.mark.parametrize("bottleneck", [False, True])
def test_a_dense_block_keeps_all_maps_and_each_layer_sees_them(bottleneck):
    block = models.DenseBlock(4, 5, 3, bottleneck=bottleneck, rng=rng())
    x = images(2, 5, 6, 6)
    y = block(x)
    assert y.shape == (2, 5 + 4 * 3, 6, 6)
    assert_allclose(y[:, :5].detach(), x, rtol=0)
    convs = [[m for m in layer if isinstance(m, nn.Conv2d)] for layer in block.layers]
    assert [layer[0].in_channels for layer in convs] == [5, 8, 11, 14]  # k0 + l·k
    assert {layer[-1].out_channels for layer in convs} == {3}
    assert {layer[0].out_channels for layer in convs} == ({12} if bottleneck else {3})  # 4k
    for n, layer in enumerate(block.layers):
        assert_allclose(
            y[:, 5 + 3 * n : 8 + 3 * n].detach(), layer(y[:, : 5 + 3 * n]).detach(), atol=1e-5
        )


def test_transitions_halve_the_maps():
    model = on_meta(models.DenseNet, 121)
    shapes = [(t[2].in_channels, t[2].out_channels) for t in model.transitions]
    assert shapes == [(256, 128), (512, 256), (1024, 512)]


# --- fabrics ---


def test_inner_nodes_of_a_fabric_have_three_inputs():
    fabric = on_meta(models.Fabric, 4, channels=2, scales=4)
    inputs = {}
    for start, end in fabric.edges:
        inputs.setdefault(end, []).append(start)
    for layer in (1, 2):
        assert [len(inputs[layer, scale]) for scale in range(4)] == [2, 3, 3, 2]
    assert inputs[2, 1] == [(1, 0), (1, 1), (1, 2)]
    assert inputs[0, 2] == [(0, 1)]
    assert inputs[3, 2] == [(2, 1), (2, 2), (2, 3), (3, 1)]


def test_a_fabric_of_one_way_is_an_ordinary_network():
    way = [(0, 0), (1, 0), (2, 1), (3, 0), (4, 1), (5, 2)]  # with one step up again
    edges = list(itertools.pairwise(way))
    fabric = models.Fabric(6, 5, channels=4, scales=3, edges=edges, rng=rng())
    fabric = spread(fabric).eval()
    assert fabric.edges == edges
    layers = [fabric.entry, fabric.norms["0,0"], nn.ReLU()]
    for conv, norm in zip(fabric.convs.values(), list(fabric.norms.values())[1:], strict=True):
        layers += [conv, norm, nn.ReLU()]
    chain = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), fabric.fc)
    kinds = [type(m).__name__ for m in chain if isinstance(m, torch.nn.modules.conv._ConvNd)]
    assert kinds == ["Conv2d", "Conv2d", "Conv2d", "ConvTranspose2d", "Conv2d", "Conv2d"]
    x = images(2, 3, 8, 8)
    assert_allclose(fabric(x).detach(), chain(x).detach(), rtol=1e-5, atol=1e-6)


def test_edges_that_come_from_nowhere_or_lead_nowhere_are_left_out():
    way = [(0, 0), (1, 1), (2, 2), (3, 3), (4, 3)]
    from_nowhere = [((0, 2), (1, 2)), ((1, 2), (2, 3)), ((2, 3), (3, 3))]
    to_nowhere = [((1, 1), (2, 0)), ((2, 0), (3, 0)), ((3, 0), (4, 0))]
    edges = list(itertools.pairwise(way))
    fabric = models.Fabric(5, channels=2, scales=4, edges=edges + from_nowhere + to_nowhere)
    assert fabric.edges == edges
    assert list(fabric.norms) == [f"{layer},{scale}" for layer, scale in way]


def test_a_node_is_the_relu_of_the_norm_of_the_sum_over_its_edges():
    fabric = spread(models.Fabric(2, 5, channels=3, scales=2, rng=rng())).eval()
    x = images(2, 3, 8, 8)

    def node(key, *terms):
        return fabric.norms[key](sum(terms)).relu()

    def conv(key, y):
        return fabric.convs[key](y)

    a = node("0,0", fabric.entry(x))
    b = node("0,1", conv("0,0 to 0,1", a))
    c = node("1,0", conv("0,0 to 1,0", a), conv("0,1 to 1,0", b))
    d = node("1,1", conv("0,0 to 1,1", a), conv("0,1 to 1,1", b), conv("1,0 to 1,1", c))
    want = fabric.fc(d.mean(dim=(2, 3)))
    assert_allclose(fabric(x).detach(), want.detach(), rtol=1e-5, atol=1e-6)


def test_pruning_takes_out_the_weakest_edges_and_what_then_leads_nowhere():
    fabric = models.Fabric(5, 5, channels=3, scales=3, rng=rng())
    before = len(fabric.edges)
    weak = ((1, 1), (2, 1))
    with torch.no_grad():
        fabric.convs["1,1 to 2,1"].weight.mul_(1e-3)
    strengths = fabric.strengths()
    assert min(strengths, key=strengths.get) == weak
    assert_allclose(
        strengths[weak], fabric.convs["1,1 to 2,1"].weight.square().mean().item(), rtol=1e-6
    )
    left = fabric.prune(1)
    assert left == fabric.edges
    assert len(left) == before - 1
    assert weak not in left
    x = images(2, 3, 8, 8)
    for count_ in (3, 4, 4):
        fabric.prune(count_)
        nodes = {node for edge in fabric.edges for node in edge}
        assert set(fabric.norms) == {f"{layer},{scale}" for layer, scale in nodes}
        ends, starts = ({e[n] for e in fabric.edges} for n in (1, 0))
        assert nodes - ends == {(0, 0)}
        assert nodes - starts == {(4, 2)}
        assert fabric(x).shape == (2, 5)
    state = {key: v.clone() for key, v in fabric.state_dict().items()}
    with pytest.raises(ValueError, match="leaves no way from"):
        fabric.prune(len(fabric.edges))
    assert list(fabric.state_dict()) == list(state)


ONE = images(1, 1, 6, 8)
AVERAGE = torch.tensor([[0, 0, 0], [0, 1, 1], [0, 1, 1]]) / 4
NEAREST = torch.tensor([[0, 0, 0], [0, 1, 1], [0, 1, 1]]) * 1.0
HAT = torch.tensor([0.5, 1, 0.5])


def test_filters_of_3_by_3_suffice_for_average_pooling_and_up_sampling():
    """Conv2d with stride 2 and ConvTranspose2d are the edges of a fabric from scale to scale"""
    down, up = (
        nn.Conv2d(1, 1, 3, 2, 1, bias=False),
        nn.ConvTranspose2d(1, 1, 3, 2, 1, 1, bias=False),
    )

    def computed(conv, weight):
        conv.weight.data = weight[None, None]
        return conv(ONE).detach()

    assert_allclose(computed(down, AVERAGE), F.avg_pool2d(ONE, 2), rtol=1e-6)
    nearest = F.interpolate(ONE, scale_factor=2, mode="nearest")
    assert_allclose(computed(up, NEAREST), nearest, rtol=1e-6)
    # bilinear: old pixels stay at the even places, new ones are means of their neighbours
    bilinear = F.interpolate(ONE, (11, 15), mode="bilinear", align_corners=True)
    assert_allclose(computed(up, HAT[:, None] * HAT)[:, :, :11, :15], bilinear, atol=1e-6)


# --- early exits ---


def small_msdnet():
    return models.MSDNet(3, 4, base=2, step=1, channels=4, growth_rate=2, rng=rng())


def test_each_exit_trains_what_lies_before_it_and_nothing_after():
    x, y = images(3, 3, 32, 32), torch.tensor([0, 1, 3])
    for n in range(3):
        model = small_msdnet()
        F.cross_entropy(model(x)[n], y).backward()
        reached = {k for k, p in model.named_parameters() if p.grad is not None and p.grad.any()}
        places = {".".join(k.split(".")[:2]) for k in reached}
        assert {p for p in places if p.startswith("exits")} == {f"exits.{n}"}
        assert {p for p in places if p.startswith("blocks")} == {
            f"blocks.{m}" for m in range(n + 1)
        }
        assert {k for k, _ in model.exits[n].named_parameters(f"exits.{n}")} <= reached


def test_a_network_that_stops_early_gives_what_it_would_have_given():
    model, x = spread(small_msdnet()).eval(), images(2, 3, 32, 32)
    whole = model(x)
    for n in (1, 2, 3):
        for got, want in zip(model(x, exits=n), whole[:n], strict=True):
            assert_allclose(got.detach(), want.detach(), rtol=0)
    for n in (0, 4):
        with pytest.raises(ValueError, match=f"exits is {n}; it must be from 1 to 3"):
            model(x, exits=n)


def test_the_loss_of_all_exits_is_the_sum_of_theirs():
    outputs, y = list(images(3, 5, 4)), torch.tensor([0, 1, 2, 3, 0])
    losses = [F.cross_entropy(scores, y).item() for scores in outputs]
    assert_allclose(models.exits_loss(F.cross_entropy, outputs, y).item(), sum(losses), rtol=1e-6)
    got = models.exits_loss(F.cross_entropy, outputs, y, weights=[0.0, 2.0, 1.0])
    assert_allclose(got.item(), 2 * losses[1] + losses[2], rtol=1e-6)


def test_the_finest_scales_of_msdnet_end_at_equal_parts_of_its_depth():
    model = on_meta(models.MSDNet, 11)  # 24 layers, of which the 9th and the 17th drop a scale
    layers = [m for m in model.modules() if hasattr(m, "drops")]
    assert len(layers) == 24
    assert [n for n, layer in enumerate(layers, 1) if layer.drops] == [9, 17]
    scales = []
    for block in model.blocks:
        block.register_forward_hook(lambda m, a, y: scales.append([x.shape[2] for x in y]))
    model(torch.empty(1, 3, 32, 32, device="meta"))
    assert scales[0] == scales[2] == [32, 16, 8]
    assert scales[3] == [16, 8]
    assert scales[-1] == [8]


# --- torchvision ---


@pytest.fixture(scope="module")
def torchvision():
    return oracles.torchvision()


@pytest.mark.parametrize(
    "name",
    [
        *("alexnet", "vgg11", "vgg16_bn", "googlenet", "resnet18", "resnet50", "densenet121"),
        *("densenet201", "resnet152"),
    ],
)
def test_torchvisions_weights_give_torchvisions_scores(torchvision, name):
    options = {"init_weights": False} if name == "googlenet" else {}
    theirs = spread(torchvision.models.get_model(name, weights=None, **options)).eval()
    ours = on_meta(models.get_model, name)
    ours.load_state_dict(models.from_torchvision(name, theirs.state_dict()), assign=True)
    x = images(1, 3, 97, 127)
    with torch.no_grad():
        want = theirs(x)
        assert_allclose(ours(x), want, rtol=1e-5, atol=1e-5 * want.abs().max().item())


def test_torchvisions_auxiliary_classifiers_are_ours_too(torchvision):
    theirs = torchvision.models.googlenet(weights=None, init_weights=False, num_classes=5)
    ours = on_meta(models.GoogLeNet, 5)
    ours.load_state_dict(models.from_torchvision("googlenet", theirs.state_dict()), assign=True)
    ours = copy.deepcopy(ours)  # of its own, because training moves statistics
    for m in [*theirs.train().modules(), *ours.train().modules()]:
        if type(m).__name__ == "Dropout":
            m.p = 0.0
    x = images(2, 3, 96, 96)
    with torch.no_grad():
        for got, want in zip(ours(x), theirs(x), strict=True):
            assert_allclose(got, want, rtol=1e-4, atol=1e-5)
