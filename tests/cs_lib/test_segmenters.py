"""Segmenters: as large as their papers say, whole images equal to patch by patch, and each
learns two scenes by heart.
"""

import itertools

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from torch.nn import functional as F

from cs_lib.torch import models as classifiers
from cs_lib.torch import nn, optim
from cs_lib.torch.segmentation import models
from cs_lib.torch.segmentation.models import blocks
from cs_lib.torch.segmentation.models.frrn import UNITS


def rng(seed=0):
    return np.random.default_rng(seed)


def images(*shape, seed=0):
    return torch.tensor(rng(seed).standard_normal(shape), dtype=torch.float32)


def on_meta(make, *args, **options):
    with torch.device("meta"):
        return make(*args, **options).eval()


def count(model):
    return sum(p.numel() for p in model.parameters())


SMALL = {  # one of each kind that trains in a blink, for three classes and images of 3 channels
    "FCN-8": lambda rng: models.FCN(
        8, 3, stages=(1, 1, 1), width=8, hidden=16, kernel_size=3, dropout=0.0, rng=rng
    ),
    "FCN-2": lambda rng: models.FCN(
        2,
        3,
        stages=(1, 1, 1),
        width=4,
        hidden=8,
        kernel_size=3,
        dropout=0.0,
        batch_norm=True,
        rng=rng,
    ),
    "dilated": lambda rng: models.DilatedNet(
        3,
        stages=(1, 1, 1),
        pools=1,
        width=8,
        hidden=16,
        kernel_size=3,
        batch_norm=True,
        dropout=0.0,
        rng=rng,
    ),
    "dilated, no context": lambda rng: models.DilatedNet(
        3,
        stages=(1, 1, 1),
        pools=0,
        context=None,
        width=6,
        hidden=12,
        kernel_size=3,
        batch_norm=True,
        dropout=0.0,
        rng=rng,
    ),
    "SegNet": lambda rng: models.SegNet(3, stages=(2, 2), width=6, rng=rng),
    "DeconvNet": lambda rng: models.DeconvNet(
        3, stages=(2, 2), width=6, hidden=16, kernel_size=2, rng=rng
    ),
    "U-Net": lambda rng: models.UNet(3, levels=2, width=6, same=True, in_channels=3, rng=rng),
    "U-Net, norm": lambda rng: models.UNet(
        3, levels=2, width=6, same=True, batch_norm=True, in_channels=3, rng=rng
    ),
    "no skips": lambda rng: models.UNet(
        3, levels=2, width=6, same=True, skips=False, in_channels=3, rng=rng
    ),
    "FRRN": lambda rng: models.FRRN("small", 3, width=6, stream=4, rng=rng),
    "FC-DenseNet": lambda rng: models.FCDenseNet(
        56, 3, blocks=(2, 2), middle=3, growth_rate=4, width=6, rng=rng
    ),
    "GridNet": lambda rng: models.GridNet(3, columns=2, streams=(6, 8, 10), rng=rng),
}

# --- counts and sizes ---

COUNTS = {
    "fcn32": 134_346_581,
    "fcn16": 134_364_410,
    "fcn8": 134_376_863,
    "deconvnet": 251_788_949,
    "unet": 31_030_658,
    "dilated": 134_374_973,
    "segnet": 29_447_189,
    "fc_densenet56": 1_376_795,
    "fc_densenet67": 3_463_243,
    "fc_densenet103": 9_322_091,
    "frrn_a": 17_712_259,
    "frrn_b": 24_721_155,
    "gridnet": 13_181_059,
}


@pytest.mark.parametrize("name", models.list_models())
def test_a_segmenter_has_as_many_parameters_as_its_module_says(name):
    assert count(on_meta(models.get_model, name)) == COUNTS[name]


def convolution(before, after, side, bias=True):
    return after * (before * side**2 + bias)


VGG16 = sum(  # the 13 layers of table 1 of Simonyan & Zisserman, by hand
    convolution(a, b, 3)
    for a, b in [(3, 64), (64, 64), (64, 128), (128, 128), (128, 256), (256, 256), (256, 256),
                 (256, 512)] + 5 * [(512, 512)]
)  # fmt: skip


def test_counts_add_up_by_hand():
    fcn32 = VGG16 + convolution(512, 4096, 7) + convolution(4096, 4096, 1)
    fcn32 += convolution(4096, 21, 1)
    assert VGG16 == 14_714_688  # "14.7M" [Badrinarayanan et al. 2017]
    assert COUNTS["fcn32"] == fcn32
    assert COUNTS["fcn16"] == fcn32 + convolution(512, 21, 1) + convolution(21, 21, 4, bias=False)
    skip = convolution(256, 21, 1) + convolution(21, 21, 4, bias=False)
    assert COUNTS["fcn8"] == COUNTS["fcn16"] + skip
    widths = [1, 64, 128, 256, 512, 1024]
    unet = sum(convolution(a, b, 3) + convolution(b, b, 3) for a, b in itertools.pairwise(widths))
    for a, b in itertools.pairwise(widths[:0:-1]):
        unet += convolution(a, b, 2) + convolution(a, b, 3) + convolution(b, b, 3)
    assert COUNTS["unet"] == unet + convolution(64, 2, 1)


@pytest.mark.parametrize(("depth", "paper"), [(67, 3.5), (103, 9.4)])
def test_running_statistics_bring_fc_densenet_to_the_papers_count(depth, paper):
    model = on_meta(models.FCDenseNet, depth)
    norms = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d)]
    assert round((count(model) + sum(2 * n.num_features for n in norms)) / 1e6, 1) == paper


def test_fc_densenet_has_as_many_convolutions_and_maps_as_its_paper():
    for depth in (56, 67, 103):
        model = on_meta(models.FCDenseNet, depth)
        convs = [m for m in model.modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d)]
        assert len(convs) == depth
    stacks = [shrink[0].num_features for shrink in model.shrink]
    entering = [block.layers[0][0].num_features for block in model.up]
    added = [16 * len(block.layers) for block in model.up]
    assert stacks == [112, 192, 304, 464, 656]  # table 2
    assert len(model.middle.layers) * 16 + stacks[-1] == 896
    assert [a + b for a, b in zip(entering, added, strict=True)] == [1088, 816, 576, 384, 256]
    assert model.score.in_channels == 256


@pytest.mark.parametrize(("kind", "paper"), [("A", 17.7), ("B", 24.7)])
def test_frrn_has_the_units_of_its_paper(kind, paper):
    model = on_meta(models.FRRN, kind)
    units = [(u.back.in_channels, u.scale) for u in model.units]
    assert len(units) == sum(many for many, *_ in UNITS[kind])
    assert max(units)[0] == 384
    assert {u.back.out_channels for u in model.units} == {32}
    assert max(scale for _, scale in units) == {"A": 16, "B": 32}[kind]
    assert round(count(model) / 1e6, 1) == paper


def test_the_context_module_has_64_c_squared_weights():
    model = on_meta(models.ContextModule, 21)
    assert sum(p.numel() for p in model.parameters() if p.ndim == 4) == 64 * 21**2
    assert count(on_meta(models.ContextModule, 21, "large")) == 6_803_139


def test_a_patch_classifier_is_as_large_as_its_module_says():
    assert count(on_meta(models.PatchClassifier)) == 38_570


@pytest.mark.parametrize(
    ("name", "size", "want"),
    [
        ("fcn32", 224, [224, 112, 56, 28, 14, 7]),
        ("dilated", 224, [224, 112, 56, 28]),
        ("unet", 572, [570, 568, 282, 280, 138, 136, 66, 64, 30, 28, 56, 54, 52, 104, 102, 100,
                       200, 198, 196, 392, 390, 388]),
        ("fc_densenet103", 224, [224, 112, 56, 28, 14, 7]),
        ("frrn_b", 224, [224, 112, 56, 28, 14, 7]),
        ("gridnet", 224, [224, 112, 56, 28, 14]),
    ],
)  # fmt: skip
def test_maps_have_the_sizes_of_the_paper(name, size, want):
    model = on_meta(models.get_model, name)
    assert sides(model, torch.empty(1, model.in_channels, size, size, device="meta")) == want


def test_unpooled_maps_have_the_sizes_of_the_paper():
    """These look at their indices, which the meta device does not have"""
    x = images(1, 3, 224, 224)
    segnet = models.SegNet(width=1, rng=rng())
    assert sides(segnet, x) == [224, 112, 56, 28, 14]
    assert sides(models.DeconvNet(width=1, hidden=4, rng=rng()).eval(), x)[5:] == [1, 7]


def sides(model, x):
    """The heights of the maps of all convolutions, in order, each once"""
    found = []
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            module.register_forward_hook(lambda m, a, y: found.append(y.shape[2]))
    model(x)
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("name", SMALL)
def test_scores_are_as_large_as_any_image(name):
    model = SMALL[name](rng()).eval()
    for h, w in [(24, 24), (17, 22), (13, 31)]:
        assert model(images(1, 3, h, w)).shape == (1, 3, h, w)


MULTIPLES = dict.fromkeys(SMALL, 4) | {"FCN-8": 8, "FCN-2": 8, "dilated": 2}
MULTIPLES["dilated, no context"] = 1
del MULTIPLES["SegNet"], MULTIPLES["DeconvNet"]  # any size as it is


@pytest.mark.parametrize("name", MULTIPLES)
def test_a_size_that_does_not_fit_is_padded_with_zeros_and_cut(name):
    model, x = SMALL[name](rng()).eval(), images(2, 3, 15, 18)
    h, w = (-(-side // MULTIPLES[name]) * MULTIPLES[name] for side in (15, 18))
    whole = torch.zeros(2, 3, h, w)
    whole[:, :, :15, :18] = x
    assert_allclose(model(x).detach(), model(whole)[:, :, :15, :18].detach(), atol=1e-5)


@pytest.mark.parametrize("name", SMALL)
def test_a_segmenter_is_all_in_its_rng_and_every_parameter_of_it_learns(name):
    x, y = images(4, 3, 24, 24), torch.tensor(rng(1).integers(0, 3, (4, 24, 24)))

    def step(seed):
        model = SMALL[name](rng(seed))
        scores = model(x)
        F.cross_entropy(scores, y).backward()
        return model, scores.detach()

    (model, scores), (again, same), (_, other) = step(0), step(0), step(1)
    assert_allclose(same, scores, rtol=0)
    assert not torch.allclose(other, scores)
    for (key, p), q in zip(model.named_parameters(), again.named_parameters(), strict=True):
        assert_allclose(q[1].grad, p.grad, rtol=0)
        assert torch.isfinite(p.grad).all(), key
        assert p.grad.any() or key.endswith("bias"), key


def two_scenes():
    """A square and a disc before noise: images (2, 3, 24, 24), labels (2, 24, 24) from 0 to 2"""
    v, u = np.mgrid[:24, :24]
    square = (abs(v - 9) < 5) & (abs(u - 8) < 5)
    disc = (v - 13) ** 2 + (u - 15) ** 2 < 30
    labels = np.stack(
        [np.where(square, 1, np.where(disc, 2, 0)), np.where(disc.T, 1, 2 * square.T)]
    )
    colours = np.array([[0, 0, 0], [1, 0, -1], [0, 1, 1]])
    x = colours[labels].transpose(0, 3, 1, 2) + 0.2 * rng().standard_normal((2, 3, 24, 24))
    return torch.tensor(x, dtype=torch.float32), torch.tensor(labels)


@pytest.mark.parametrize("name", SMALL)
def test_a_segmenter_learns_two_scenes_by_heart(name):
    x, y = two_scenes()
    model = SMALL[name](rng())
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    least = {"FCN-8": 0.9, "dilated": 0.9}.get(name, 0.97)  # these two draw no sharp edge
    assert (model(x).argmax(dim=1) == y).float().mean() < 0.8
    for _ in range(300):
        scores = model(x)
        right = (scores.argmax(dim=1) == y).float().mean()
        if right > least:
            break
        loss = F.cross_entropy(scores, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert right > least


# --- whole images as convolutions ---


def as_layers(vgg):
    return nn.Sequential(vgg.features, vgg.pool, nn.Flatten(), vgg.classifier)


CLASSIFIERS = {
    "patches": (lambda: models.PatchClassifier(5, size=14, width=3, hidden=6, rng=rng()), 14, 4),
    "no linear layer but the last": (
        lambda: nn.Sequential(
            *(nn.Conv2d(3, 4, 3, stride=2, rng=rng()), nn.Tanh(), nn.Conv2d(4, 5, 2, rng=rng())),
            *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(5, 4, rng=rng())),
        ),
        9,
        2,
    ),
    "wide": (
        lambda: nn.Sequential(
            *(nn.Conv2d(3, 4, (1, 3), rng=rng()), nn.ReLU(), nn.AvgPool2d(2)),
            *(nn.Flatten(), nn.Linear(4 * 3 * 4, 5, bias=False, rng=rng())),
        ),
        (6, 10),
        2,
    ),
}


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_convolutionalized_a_classifier_gives_the_scores_of_all_crops(name):
    make, size, stride = CLASSIFIERS[name]
    classifier, x = make(), images(2, 3, 24, 29)
    with torch.no_grad():
        want = models.classify_patches(classifier, x, size, stride=stride)
        got = models.convolutionalize(classifier, size)(x)
    assert want.shape[2] > 1
    assert got.shape == want.shape
    assert_allclose(got, want, atol=1e-5)


def test_pixels_that_patches_leave_over_need_not_be_there():
    """16 pixels: 14 in the first layer, 7 pooled, 5 in the second, whose last is in no window"""
    classifier, x = models.PatchClassifier(5, size=16, rng=rng()), images(1, 3, 22, 22)
    with torch.no_grad():
        want = models.classify_patches(classifier, x, 16)
        got = models.convolutionalize(classifier, 16, dense=True)(x)
    assert got.shape == (1, 5, 9, 9)
    assert_allclose(got[:, :, :7, :7], want, atol=1e-5)


@pytest.mark.parametrize("size", [10, 14, 18])
def test_dense_it_gives_the_scores_of_the_patch_around_every_pixel(size):
    classifier = models.PatchClassifier(5, size=size, width=3, hidden=6, rng=rng())
    x = images(1, 3, 21, 24)
    with torch.no_grad():
        want = models.classify_patches(classifier, x, size)
        got = models.convolutionalize(classifier, size, dense=True)(x)
    assert got.shape == want.shape == (1, 5, 22 - size, 25 - size)
    assert_allclose(got, want, atol=1e-5)


def test_crops_are_cut_at_multiples_of_the_stride():
    x = images(2, 3, 9, 12)
    got = models.classify_patches(lambda crops: crops.mean(dim=(2, 3)), x, (4, 5), stride=3)
    assert_allclose(got, F.avg_pool2d(x, (4, 5), 3), atol=1e-6)


def test_padding_breaks_the_equality():
    make = CLASSIFIERS["patches"][0]
    classifier = make()
    classifier[0].padding, classifier[0].kernel_size = (1, 1), (3, 3)
    classifier[7] = nn.Linear(6 * 2 * 2, 6, rng=rng())
    x = images(1, 3, 24, 24)
    with torch.no_grad():
        want = models.classify_patches(classifier, x, 14, stride=4)
        got = models.convolutionalize(classifier, 14)(x)
    assert not torch.allclose(got[:, :, : want.shape[2], : want.shape[3]], want, atol=1e-3)


def test_a_vgg_becomes_convolutions_of_7_by_7_and_1_by_1_with_its_own_number_of_weights():
    vgg = classifiers.VGG(11, 5, width=2, rng=rng()).eval()
    whole = models.convolutionalize(as_layers(vgg), 224)
    kernels = [m.kernel_size for m in whole if isinstance(m, torch.nn.Conv2d)]
    assert kernels[-3:] == [(7, 7), (1, 1), (1, 1)]
    assert count(whole) == count(vgg)
    x = images(1, 3, 224, 224)
    assert_allclose(whole(x)[:, :, 0, 0].detach(), vgg(x).detach(), rtol=1e-4, atol=1e-6)
    assert whole(images(1, 3, 256, 320)).shape == (1, 5, 2, 4)


def test_the_converted_network_has_weights_of_its_own():
    classifier = CLASSIFIERS["patches"][0]()
    before = [p.clone() for p in classifier.parameters()]
    with torch.no_grad():
        for p in models.convolutionalize(classifier, 14).parameters():
            p.zero_()
    for p, q in zip(classifier.parameters(), before, strict=True):
        assert_allclose(p.detach(), q.detach(), rtol=0)


# --- FCN ---


def test_up_sampling_begins_as_bilinear_but_at_the_border():
    for stride in (2, 4):
        x = images(2, 3, 5, 6)
        got = blocks.bilinear_upsampling(3, stride)(x).detach()
        want = F.interpolate(x, scale_factor=stride, mode="bilinear")
        inner = (..., slice(stride // 2, -(stride // 2)), slice(stride // 2, -(stride // 2)))
        assert_allclose(got[inner], want[inner], atol=1e-6)
        assert (got[..., 0, :].abs() < want[..., 0, :].abs() + 1e-6).all()


def test_fcn_begins_with_the_scores_of_its_coarsest_maps_alone():
    coarse, fine = (
        models.FCN(stride, 3, stages=(1, 1, 1), width=4, hidden=8, kernel_size=3, rng=rng()).eval()
        for stride in (8, 2)
    )
    x = images(1, 3, 32, 40)
    y = coarse.head(nn.Sequential(*coarse.stages)(x))
    up = blocks.bilinear_upsampling(3, 2)
    want = F.interpolate(up(up(y)), scale_factor=2, mode="bilinear")
    assert_allclose(fine(x).detach(), want.detach(), atol=1e-6)
    want = F.interpolate(y, scale_factor=8, mode="bilinear")
    assert_allclose(coarse(x).detach(), want.detach(), atol=1e-6)


def test_each_skip_of_fcn_adds_the_scores_of_its_own_maps():
    model = SMALL["FCN-2"](rng()).eval()
    for skip in model.skips:
        skip.weight.data = images(*skip.weight.shape)
    x = images(1, 3, 32, 40)
    maps = []
    for stage in model.stages:
        maps.append(stage(maps[-1] if maps else x))
    scores = model.head(maps[2])
    scores = model.ups[0](scores) + F.conv2d(maps[1], model.skips[0].weight)
    scores = model.ups[1](scores) + F.conv2d(maps[0], model.skips[1].weight)
    want = F.interpolate(scores, scale_factor=2, mode="bilinear")
    assert_allclose(model(x).detach(), want.detach(), atol=1e-5)


def test_fcn_takes_over_a_vgg_whose_scores_it_then_finds_in_the_middle():
    vgg = classifiers.VGG(16, 5, width=2, rng=rng()).eval()
    fcn = models.FCN(32, 5, width=2, hidden=128, rng=rng(1)).eval()
    fcn.load_vgg(vgg)
    x = images(1, 3, 224, 224)
    features = fcn.head[:5](nn.Sequential(*fcn.stages)(x))  # (1, 128, 7, 7)
    want = vgg.classifier[:5](vgg.pool(vgg.features(x)).flatten(1))
    assert_allclose(features[:, :, 3, 3].detach(), want.detach(), rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match=r"FCN.load_vgg: its layers have .* weights"):
        fcn.load_vgg(classifiers.VGG(11, 5, width=2))


# --- dilated networks ---


@pytest.mark.parametrize("kind", ["basic", "large"])
def test_a_context_module_begins_as_the_identity(kind):
    model = models.ContextModule(3, kind, rng=rng())
    x = images(1, 3, 9, 11).relu()
    assert_allclose(model(x).detach(), x, atol=1e-6 if kind == "basic" else 0.5)
    if kind == "large":
        noisy = model(x).detach()
        assert torch.corrcoef(torch.stack([noisy.flatten(), x.flatten()]))[0, 1] > 0.95
        rows = model.layers[2].weight.detach().flatten(1)
        assert len(torch.unique(rows, dim=0)) == len(rows)  # no two maps learn the same


def test_a_context_module_sees_67_pixels():
    model = models.ContextModule(2, rng=rng())
    for p in model.parameters():
        p.data = torch.ones_like(p) / p[0].numel()
    x = torch.ones(1, 2, 71, 71, requires_grad=True)
    model(x)[0, 0, 35, 35].backward()
    rows = x.grad[0].sum(dim=(0, 2)).nonzero().flatten()
    assert rows.tolist() == list(range(2, 69))


def test_a_dilated_network_sees_what_the_pooled_one_does_at_every_place():
    """Without padding: pools that move by 1 and filters that skip are the pooled network, dense"""
    model = on_meta(models.DilatedNet)
    convs = [m for m in model.front if isinstance(m, nn.Sequential)]
    assert [stage[0].dilation[0] for stage in convs] == [1, 1, 1, 1, 2]
    (first,) = [m for m in model.front if isinstance(m, nn.Conv2d) and m.kernel_size == (7, 7)]
    assert first.dilation == (4, 4)


# --- unpooling ---


def test_unpooling_puts_maxima_back_and_odd_rows_as_zeros():
    x = images(2, 3, 7, 10).abs() + 1
    identity = torch.nn.Identity()
    y, places = blocks.pooled([identity, identity], x)
    assert y.shape == (2, 3, 1, 2)
    back = blocks.unpooled([identity, identity], y, places)
    assert back.shape == x.shape
    kept = back != 0
    assert kept.sum() == y.numel()
    assert_allclose(back[kept], x[kept], rtol=0)
    assert not back[:, :, 6].any()


def test_segnet_keeps_places_and_nothing_else():
    """What the decoder gets: the same maxima at other places give other scores"""
    model, x = SMALL["SegNet"](rng()).eval(), images(1, 3, 16, 16)
    y, places = blocks.pooled(model.encoder, x)
    scores = blocks.unpooled(model.decoder, y, places)
    assert_allclose(scores.detach(), model(x).detach(), rtol=0)
    moved = [(indices.flip(3), size) for indices, size in places[1:]]
    other = blocks.unpooled(model.decoder, y, [places[0], *moved])
    assert not torch.allclose(other, scores, atol=1e-3)


# --- U-Net ---


def valid(levels=2, **options):
    return models.UNet(3, levels=levels, width=2, in_channels=3, rng=rng(), **options).eval()


def test_unet_takes_572_pixels_to_388():
    assert on_meta(models.UNet).output_size(572) == 388
    with pytest.raises(ValueError, match=r"UNet: 570 pixels do not fit.* 556, 572; or same=True"):
        on_meta(models.UNet).output_size(570)


def test_output_size_is_that_of_the_scores_and_sizes_that_do_not_fit_raise():
    model, fits = valid(), []
    for size in range(20, 70):
        x = images(1, 3, size, 44)
        try:
            wanted = model.output_size(size)
        except ValueError:
            with pytest.raises(ValueError, match=f"UNet: {size} pixels do not fit"):
                model(x)
        else:
            fits.append(size)
            assert model(x).shape == (1, 3, wanted, 4)
    assert fits == list(range(44, 70, 4))


def test_skips_come_from_the_middle_of_the_same_level():
    model, x = valid(levels=1), images(1, 3, 20, 24)
    first = model.down[0](x)  # (1, 2, 16, 20)
    low = model.down[1](F.max_pool2d(first, 2))  # (1, 4, 4, 6)
    up = F.conv_transpose2d(low, model.ups[0].weight, model.ups[0].bias, 2)  # (1, 2, 8, 12)
    want = model.score(model.joined[0](torch.cat([first[:, :, 4:12, 4:16], up], dim=1)))
    assert_allclose(model(x).detach(), want.detach(), atol=1e-6)


@pytest.mark.parametrize(("levels", "size", "scored"), [(2, 44, 4), (2, 60, 20), (3, 100, 12)])
def test_tiles_give_the_scores_of_the_whole_mirrored_image(levels, size, scored):
    """12 scores a side are no multiple of 8: of such a tile only 8 are taken"""
    model, x = valid(levels), images(1, 3, 68, 85)
    assert model.output_size(size) == scored
    margin = (size - scored) // 2
    with torch.no_grad():
        got = models.overlap_tiles(model, x, size)
        sides = []
        for side in (85, 68):
            whole = next(n for n in range(side + 2 * margin, 300) if model._valid(n))
            sides += [margin, whole - side - margin]
        want = model(F.pad(x, sides, mode="reflect"))[:, :, :68, :85]
    assert got.shape == (1, 3, 68, 85)
    assert_allclose(got, want, atol=1e-5)


# --- FRRN, FC-DenseNet, GridNet ---


def test_a_full_resolution_unit_adds_what_it_finds_to_the_fine_stream():
    unit = models.FullResolutionUnit(5, 6, 2, stream=3, rng=rng()).eval()
    y, z = images(1, 5, 3, 4), images(1, 3, 12, 16)
    new, added = unit(y, z)
    want = unit.convs(torch.cat([y, F.max_pool2d(z, 4)], dim=1))
    assert_allclose(new.detach(), want.detach(), atol=1e-6)
    steps = unit.back(want).repeat_interleave(4, dim=2).repeat_interleave(4, dim=3)
    assert_allclose((added - z).detach(), steps.detach(), atol=1e-5)


def test_frrns_fine_stream_is_a_sum_of_all_units():
    """The gradient at its end reaches its beginning as it is, and every unit besides."""
    model = SMALL["FRRN"](rng()).eval()
    for unit in model.units:
        torch.nn.init.zeros_(unit.back.weight)
        torch.nn.init.zeros_(unit.back.bias)
    seen = {}
    model.split.register_forward_hook(lambda m, a, z: seen.update(start=z))
    model.merge.register_forward_hook(lambda m, a, y: seen.update(end=a[0][:, -4:]))
    model(images(1, 3, 16, 16))
    assert_allclose(seen["end"].detach(), seen["start"].detach(), rtol=0)


def test_on_the_way_up_a_dense_block_passes_on_only_what_it_adds():
    model = SMALL["FC-DenseNet"](rng())
    assert [(conv.in_channels, conv.out_channels) for conv in model.enlarge] == [(12, 12), (8, 8)]
    block = model.down[0].eval()
    x = images(1, 6, 8, 8)
    y = block(x)
    assert y.shape == (1, 8, 8, 8)
    assert_allclose(y[:, :4].detach(), block.layers[0](x).detach(), atol=1e-6)
    second = block.layers[1](torch.cat([x, y[:, :4]], dim=1))
    assert_allclose(y[:, 4:].detach(), second.detach(), atol=1e-6)


def test_gridnet_is_the_sum_of_its_branches():
    model = models.GridNet(3, columns=2, streams=(4, 5), dropout=0.0, rng=rng()).eval()
    x = images(1, 3, 8, 12)

    def along(n, s, y):
        return y + model.along[n][s](y)

    a, down, up = model.first(x), model.down, model.up
    b = down[0][0](a)
    a, b = along(0, 0, a), along(0, 1, b)  # the second column down
    b = b + down[1][0](a)
    a, b = along(1, 0, a), along(1, 1, b)  # the first up
    a = a + up[0][0](b)
    a, b = along(2, 0, a), along(2, 1, b)
    a = a + up[1][0](b)
    assert_allclose(model(x).detach(), model.last(a).detach(), atol=1e-5)
    assert len(model.along) == 3


def test_total_dropout_leaves_out_whole_branches_in_training_only():
    model = models.GridNet(3, columns=1, streams=(4,), dropout=0.5, rng=rng())
    dropped = [m for m in model.modules() if isinstance(m, nn.StochasticDepth)]
    assert len(dropped) == 1
    y = model.along[0][0](images(200, 4, 4, 4))
    share = (y.flatten(1) == 0).all(dim=1).float().mean()
    assert 0.3 < share < 0.7


# --- errors ---

ERRORS = {
    "get_model: there is no 'unet2'; there are: fcn32, fcn16": lambda: models.get_model("unet2"),
    "FCN: stride is 4; it must be 2 or 8": None,
    "FCN: stride is 64; it must be 2, 4, 8, 16 or 32": lambda: models.FCN(64),
    "DilatedNet: pools is 6; it must be 0, 1, 2, 3, 4 or 5": lambda: models.DilatedNet(pools=6),
    "ContextModule: kind is 'huge'; it must be 'basic' or 'large'": lambda: models.ContextModule(
        3, "huge"
    ),
    "ContextModule: 8 dilations; there may be 7 at most": lambda: models.ContextModule(
        3, dilations=(1,) * 8
    ),
    "FRRN: kind is 'C'; it must be 'A', 'B' or 'small'": lambda: models.FRRN("C"),
    "FCDenseNet: depth is 100; it must be 56, 67 or 103": lambda: models.FCDenseNet(100),
    "GridNet: columns is 0": lambda: models.GridNet(columns=0),
    "PatchClassifier: size is 9; two poolings need at least 10": lambda: models.PatchClassifier(
        size=9
    ),
    "bilinear_upsampling: stride is 3; it must be even": lambda: blocks.bilinear_upsampling(2, 3),
    "overlap_tiles: tiles of 44 give 44 scores; it takes a UNet without padding": lambda: (
        models.overlap_tiles(valid(same=True), images(1, 3, 90, 90), 44)
    ),
    "overlap_tiles: images of 20 × 90 are too small to be mirrored": lambda: models.overlap_tiles(
        valid(), images(1, 3, 20, 90), 60
    ),
    "classify_patches: x with its padding is 8 high, the kernel 9": lambda: models.classify_patches(
        None, images(1, 3, 8, 9), 9
    ),
    "convolutionalize: adaptive pooling makes (2, 2) of a map of (8, 8)": lambda: (
        models.convolutionalize(nn.Sequential(nn.AdaptiveAvgPool2d(2)), 8)
    ),
}
del ERRORS["FCN: stride is 4; it must be 2 or 8"]


@pytest.mark.parametrize("message", ERRORS)
def test_what_cannot_be_is_told_with_what_can(message):
    with pytest.raises(ValueError) as raised:  # noqa: PT011
        ERRORS[message]()
    assert message in str(raised.value)


def test_a_layer_without_a_rule_is_told():
    layers = nn.Sequential(nn.Flatten(), nn.Linear(12, 4), nn.Softmax(dim=1))
    with pytest.raises(TypeError, match="convolutionalize: no rule for Softmax; write it with"):
        models.convolutionalize(layers, 2)
    with pytest.raises(TypeError, match="convolutionalize: no rule for AvgPool2d if dense;"):
        models.convolutionalize(nn.Sequential(nn.AvgPool2d(2)), 4, dense=True)


@pytest.mark.parametrize(
    ("name", "shape", "message"),
    [
        ("fcn8", (1, 1, 32, 32), r"FCN: x has shape \(1, 1, 32, 32\); it must be \(N, 3, H"),
        ("segnet", (1, 3, 31, 64), "SegNet: .*H and W at least 32"),
        ("deconvnet", (1, 3, 224, 223), "DeconvNet: .*H and W at least 224"),
        ("unet", (1, 1, 571, 572), "UNet: 571 pixels do not fit"),
        ("gridnet", (3, 32, 32), r"GridNet: x has shape \(3, 32, 32\)"),
    ],
)
def test_images_that_do_not_fit_are_told_what_would(name, shape, message):
    with pytest.raises(ValueError, match=message):
        on_meta(models.get_model, name)(torch.empty(shape, device="meta"))
