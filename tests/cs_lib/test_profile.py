"""Costs: what is counted equals what is counted by hand, and by torch where torch counts."""

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from cs_lib.torch import models, nn
from cs_lib.torch.profile import profile


def of(layer, *shape, **options):
    return profile(layer, torch.zeros(shape), **options).multiply_adds


@pytest.mark.parametrize(
    ("layer", "shape", "want"),
    [
        (nn.Conv2d(3, 8, 5), (2, 3, 9, 7), 2 * 8 * 5 * 3 * (3 * 5 * 5)),
        (nn.Conv2d(4, 6, 3, groups=2), (1, 4, 5, 5), 6 * 3 * 3 * (2 * 3 * 3)),
        (nn.Conv2d(4, 4, 3, padding=1, groups=4), (1, 4, 5, 5), 4 * 5 * 5 * (3 * 3)),
        (nn.Conv2d(2, 3, (3, 2), 2, dilation=2), (1, 2, 9, 9), 3 * 3 * 4 * (2 * 3 * 2)),
        (nn.ConvTranspose2d(4, 6, 3, 2, 1, 1), (1, 4, 5, 7), 4 * 5 * 7 * (6 * 3 * 3)),
        (nn.ConvTranspose2d(4, 6, 2, 2, groups=2), (3, 4, 5, 7), 3 * 4 * 5 * 7 * (3 * 2 * 2)),
        (nn.Linear(5, 7), (2, 3, 5), 2 * 3 * 7 * 5),
        (nn.LocallyConnected2d(2, 3, 6, 3), (2, 2, 6, 6), 2 * 3 * 4 * 4 * (2 * 3 * 3)),
        (nn.WeightNorm(nn.Linear(5, 7)), (2, 5), 2 * 7 * 5),
        (nn.DropConnect(5, 7), (2, 5), 2 * 7 * 5),
        (nn.BatchNorm2d(3), (2, 3, 4, 5), 0),
        (nn.ReLU(), (2, 3), 0),
        (nn.MaxPool2d(2), (2, 3, 4, 4), 0),
    ],
    ids=lambda value: value._get_name() if isinstance(value, torch.nn.Module) else None,
)
def test_multiply_adds_are_those_counted_by_hand(layer, shape, want):
    found = profile(layer, torch.zeros(shape))
    assert found.multiply_adds == want
    assert not found.uncounted


def test_norms_are_counted_where_that_is_asked_for():
    layer = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.LayerNorm(4))
    assert of(layer, 5, 3) == 5 * 4 * 3
    assert of(layer, 5, 3, norms=True) == 5 * 4 * 3 + 2 * 5 * 4


NETWORKS = {
    "convolutions": lambda: nn.Sequential(
        nn.Conv2d(3, 8, 3, 2, 1),
        nn.ReLU(),
        nn.Conv2d(8, 8, 3, padding=2, dilation=2, groups=4),
        nn.ConvTranspose2d(8, 4, 3, 2, 1, 1),
        nn.ConvTranspose2d(4, 6, 2, 2, groups=2),
        nn.Flatten(),
        nn.Linear(6 * 64 * 64, 2),
    ),
    "resnet": lambda: models.CifarResNet(8, width=4),
    "googlenet": lambda: models.GoogLeNet(5, small=True, width=8),
    "densenet": lambda: models.CifarDenseNet(16, growth_rate=4),
    "fabric": lambda: models.Fabric(3, channels=4),
    "msdnet": lambda: models.MSDNet(3),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_multiply_adds_are_half_of_what_torch_counts(name):
    with torch.device("meta"):
        model, x = NETWORKS[name]().eval(), torch.empty(2, 3, 32, 32)
        counter = FlopCounterMode(display=False)
        with counter, torch.no_grad():
            model(x)
        assert profile(model, x).multiply_adds * 2 == counter.get_total_flops()


@pytest.mark.parametrize(
    ("name", "size", "want"),
    [
        ("alexnet", 224, 714_188_480),
        ("vgg16", 224, 15_470_264_320),
        ("resnet18", 224, 1_814_073_344),
        ("resnet50", 224, 4_089_184_256),  # 4.09 in torchvision's table
        ("lenet5_1998", 32, 328_096),
    ],
)
def test_well_known_networks_cost_what_tables_say(name, size, want):
    with torch.device("meta"):
        model = models.get_model(name)
        found = profile(model, torch.empty(1, model.in_channels, size, size))
    assert found.multiply_adds == want
    assert found.parameters == sum(p.numel() for p in model.parameters())
    assert not found.uncounted


def test_the_stride_of_a_bottleneck_on_its_first_layer_saves_work_and_no_parameters():
    with torch.device("meta"):
        nets = [models.ResNet(50, stride_on_first=first) for first in (False, True)]
        late, early = (profile(net, torch.empty(1, 3, 224, 224)) for net in nets)
    assert early.parameters == late.parameters
    assert (late.multiply_adds, early.multiply_adds) == (4_089_184_256, 3_857_973_248)


def test_what_is_shared_counts_once_and_what_is_called_twice_counts_twice():
    layer = nn.Linear(4, 4)
    tied = nn.Linear(4, 4)
    tied.weight = layer.weight
    found = profile(nn.Sequential(layer, layer, tied), torch.zeros(3, 4))
    assert found.parameters == 16 + 4 + 4
    assert found.multiply_adds == 3 * (3 * 16)


def test_profiling_leaves_the_model_as_it_was():
    model = nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.Dropout(0.5, rng=None))
    model[1].eval()
    draw = model[2].rng.bit_generator.state["state"]
    state = {key: value.clone() for key, value in model.state_dict().items()}
    profile(model, torch.ones(5, 4))
    assert [m.training for m in model.modules()] == [True, True, False, True]
    assert all(torch.equal(value, state[key]) for key, value in model.state_dict().items())
    assert model[2].rng.bit_generator.state["state"] == draw
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())
    with pytest.raises(ValueError, match="linear"):
        profile(model, torch.ones(5, 5))
    assert [m.training for m in model.modules()] == [True, True, False, True]
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def test_memory_is_that_of_what_autograd_keeps_each_once():
    model = nn.Sequential(nn.Linear(10, 20), nn.ReLU(), nn.Linear(20, 30))
    found = profile(model, torch.zeros(5, 10))
    # the input for dweight, and what ReLU puts out, which the next layer needs too
    assert [row.saved for row in found.rows] == [0, 5 * 10 * 4, 5 * 20 * 4, 0]
    assert [row.outputs for row in found.rows] == [0, 5 * 20 * 4, 5 * 20 * 4, 5 * 30 * 4]
    assert found.saved == 600
    assert profile(model.double(), torch.zeros(5, 10).double()).saved == 1200
    model.requires_grad_(False)
    assert profile(model, torch.zeros(5, 10).double()).saved == 0


def test_concatenations_of_a_dense_block_are_kept():
    block = models.DenseBlock(3, 4, 2, bottleneck=False)
    found = profile(block, torch.zeros(1, 4, 5, 5))
    pixels = 5 * 5 * 4  # bytes of a map
    norms = 4 + 6 + 8  # x and two concatenations go into a norm
    relus = 4 + 6 + 8
    assert found.saved == (norms + relus) * pixels


def test_memory_is_the_same_where_nothing_is_computed():
    makers = {device: models.CifarResNet(8, width=4).to(device) for device in ("cpu", "meta")}
    found = [profile(m, torch.empty(2, 3, 32, 32, device=d)) for d, m in makers.items()]
    # on meta, batch norm also keeps statistics that are empty elsewhere
    assert found[0].saved == pytest.approx(found[1].saved, rel=0.01)
    assert found[0].outputs == found[1].outputs


class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(3))

    def forward(self, x):
        return x * self.weight


class Told(Own):
    def multiply_adds(self, x, y):
        return x.numel() + y.numel()


def test_a_module_of_another_kind_is_named_unless_it_says_what_it_costs():
    found = profile(nn.Sequential(nn.ReLU(), Own()), torch.ones(2, 3))
    assert (found.multiply_adds, found.uncounted) == (0, ["1"])
    found = profile(nn.Sequential(nn.ReLU(), Told()), torch.ones(2, 3))
    assert (found.multiply_adds, found.uncounted) == (12, [])


def test_the_table_has_a_row_for_each_module_that_costs_something_and_the_sum():
    model = nn.Sequential(
        nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), nn.Flatten(), nn.Linear(144, 2)
    )
    found = profile(model, torch.zeros(1, 3, 8, 8))
    table = found.table()
    assert [row[0] for row in table.rows] == ["0.0", "0.1", "1", "2", "sum"]
    assert table.rows[0][1:5] == ["Conv2d", "1 × 4 × 6 × 6", "112", "3,888"]
    assert table.rows[-1][3:5] == ["402", "4,176"]
    assert str(found) == str(table)
    assert found._repr_html_() == table._repr_html_()
    short = found.table(depth=1)
    assert [row[:2] for row in short.rows[:-1]] == [
        ["0", "Sequential"],
        ["1", "Flatten"],
        ["2", "Linear"],
    ]
    assert short.rows[0][3:5] == ["112", "3,888"]
    assert short.rows[-1] == table.rows[-1]


def test_arguments_go_to_the_model():
    model, x = (
        models.MSDNet(3, base=2, step=1, rng=np.random.default_rng(0)),
        torch.zeros(1, 3, 32, 32),
    )
    costs = [profile(model, x, exits=n).multiply_adds for n in (1, 2, 3)]
    assert costs[0] < costs[1] < costs[2] == profile(model, x).multiply_adds
