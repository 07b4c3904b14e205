"""The race to an accuracy on CIFAR-10, with a few images made here; none of it needs a GPU."""

import re
import sys
import types
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from test_benchmark_cifar10 import SETS, N, cells, write

from benchmarks import cifar_speedrun
from benchmarks.cifar10_cpu import JPEG
from benchmarks.cifar_speedrun import CPU, Muon, Network, Trainer
from cs_lib.torch import nn

DEVICES = ["cpu"] + ["cuda"] * torch.cuda.is_available()
TINY = replace(CPU, widths=(8, 16, 16), batch_size=50, epochs=4)
SHIFTS = ((0, 0), (-1, -1), (1, 1))
VARIABLES = ("DL4CV_DEV_DATA", "DL4CV_CIFAR10")


def tensors(split):
    images, labels = SETS[split]
    return torch.from_numpy(images.transpose(0, 2, 3, 1).copy()), torch.from_numpy(labels)


def shifted(image, rows, columns):
    """(H, W, C) with its border reflected, by NumPy"""
    padded = np.pad(image, ((3, 3), (3, 3), (0, 0)), mode="reflect")
    height, width = image.shape[:2]
    return padded[3 + rows : 3 + rows + height, 3 + columns : 3 + columns + width]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("development")
    write(folder, SETS)
    return folder


@pytest.fixture
def benchmark(monkeypatch, capsys):
    """Run its main with arguments and variables -> (what it exits with, stdout, stderr)"""

    def run(*arguments, **environment):
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, str(value))
        threads, code = torch.get_num_threads(), None
        try:
            cifar_speedrun.main(arguments)
        except SystemExit as end:
            code = end.code
        finally:
            torch.set_num_threads(threads)
        return code, *capsys.readouterr()

    return run


# --- images ---


@pytest.mark.parametrize("device", DEVICES)
def test_a_view_is_shifted_with_its_border_reflected_and_then_mirrored(device):
    x, _ = tensors("train")
    index = torch.tensor([5, 0, 5, 7, 149])
    shifts = torch.tensor([[0, 0], [2, -1], [-3, 3], [-1, -1], [1, 0]])
    mirrored = torch.tensor([False, False, True, True, False])
    got = cifar_speedrun.views(*(a.to(device) for a in (x, index, shifts, mirrored)))
    assert got.dtype == torch.float32
    assert got.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(got, got.bfloat16().float())  # nothing is lost
    for view, i, shift, mirror in zip(got.cpu(), index, shifts, mirrored, strict=True):
        want = shifted(x[i].numpy(), *shift.tolist())
        want = want[:, ::-1] if mirror else want
        assert_allclose(view.numpy(), want.transpose(2, 0, 1).astype(float) - 128)


def test_images_are_as_they_are_and_mirrored_in_turns():
    x = torch.arange(60, dtype=torch.uint8).reshape(60, 1, 1, 1).repeat(1, 4, 4, 1)
    x[:, :, 2:] += 100  # so that left and right differ
    recipe = replace(TINY, batch_size=20, shift=0)
    generator = torch.Generator().manual_seed(0)
    epochs = torch.zeros(4, 60, dtype=torch.bool)
    for step, (images, labels) in enumerate(
        cifar_speedrun.batches(x, torch.arange(60), recipe, 12, generator)
    ):
        epochs[step // 3, labels] = images[:, 0, 0, 0] > images[:, 0, 0, 3]
        number = images[:, 0].amin(dim=(1, 2)) + 128
        assert torch.equal(number.long(), labels)
    assert 10 < int(epochs[0].sum()) < 50
    assert torch.equal(epochs[0], ~epochs[1])
    assert torch.equal(epochs[0], epochs[2])
    assert torch.equal(epochs[1], epochs[3])


def test_an_epoch_has_whole_batches_of_images_seen_once_in_an_order_of_its_own():
    x, _ = tensors("train")
    recipe = replace(TINY, batch_size=40)  # of 150
    generator = torch.Generator().manual_seed(0)
    got = [b for _, b in cifar_speedrun.batches(x, torch.arange(150), recipe, 6, generator)]
    assert [len(labels) for labels in got] == [40] * 6
    first, second = torch.cat(got[:3]), torch.cat(got[3:])
    assert len(first.unique()) == len(second.unique()) == 120
    assert not torch.equal(first, second)


def test_scores_are_the_mean_of_six_views_by_their_weights():
    x, _ = tensors("test")
    weight = torch.randn(3, 32, 32, 5, generator=torch.Generator().manual_seed(0))
    got = cifar_speedrun.scores(lambda x: torch.tensordot(x, weight, 3), x, batch_size=7)
    want = 0
    for shift, share in zip(SHIFTS, (0.5, 0.25, 0.25), strict=True):
        views = np.stack([shifted(image, *shift) for image in x.numpy()]).astype(float) - 128
        both = (views + views[:, :, ::-1]) / 2
        want = want + share * np.einsum("nhwc,chwk->nk", both, weight.numpy())
    assert_allclose(got, want, rtol=1e-4, atol=1e-2)


def test_views_of_an_image_that_they_leave_alone_give_its_own_scores():
    x = torch.randint(0, 256, (6, 1, 1, 3), dtype=torch.uint8).repeat(1, 32, 32, 1)
    net = Network((8, 16, 16), np.random.default_rng(0)).eval()
    with torch.no_grad():
        got = cifar_speedrun.scores(net, x)
        want = net(x.permute(0, 3, 1, 2).float() - 128)
    assert len(want.unique()) > 30
    assert_allclose(got, want, rtol=1e-4, atol=1e-5)


# --- the network ---


def patches(x):
    """(N, H, W, C) uint8 -> (patches, C · 2 · 2) in grey levels, by a loop"""
    x = x.numpy().astype(float)
    corners = [x[:, i : i + 31, j : j + 31] for i in range(2) for j in range(2)]
    return np.stack(corners, axis=-1).reshape(-1, 12)


def test_whitened_patches_have_the_mean_0_and_the_covariance_1():
    x, _ = tensors("train")
    conv = nn.Conv2d(3, 24, 2)
    cifar_speedrun.whiten(conv, x, eps=0.0)
    with torch.no_grad():
        y = conv(x.permute(0, 3, 1, 2).float() - 128).double()
    rows = y.permute(0, 2, 3, 1).reshape(-1, 24).numpy()
    assert_allclose(rows.mean(axis=0), 0, atol=1e-3)
    assert_allclose(np.cov(rows[:, :12].T), np.eye(12), atol=1e-3)
    assert_allclose(rows[:, 12:], -rows[:, :12], rtol=1e-4, atol=1e-5)


def test_directions_that_hardly_vary_are_not_blown_up():
    x, _ = tensors("train")
    variances = np.linalg.eigvalsh(np.cov(patches(x).T))[::-1]
    conv = nn.Conv2d(3, 24, 2)
    cifar_speedrun.whiten(conv, x, eps=50.0)
    norms = conv.weight.detach()[:12].flatten(1).norm(dim=1)
    assert_allclose(norms, 1 / np.sqrt(variances + 50), rtol=1e-3)


def test_filters_at_first_pass_the_channels_on():
    conv = cifar_speedrun.filters(3, 8, np.random.default_rng(0))
    x = torch.randn(2, 3, 9, 9)
    y = conv(x).detach()
    assert torch.equal(y[:, :3], x)
    assert float(y[:, 3:].abs().min()) > 0


def test_the_first_layer_and_the_scales_of_norms_are_not_learnt():
    net = Trainer(TINY, "cpu").net
    fixed = {name for name, p in net.named_parameters() if not p.requires_grad}
    norms = {f"blocks.{i}.norm{j}.weight" for i in range(3) for j in (1, 2)}
    assert fixed == {"whitening.weight", *norms}
    in_groups = {
        id(p)
        for optimizer in cifar_speedrun.optimizers(net, TINY, 3)
        for group in optimizer.param_groups
        for p in group["params"]
    }
    assert in_groups == {id(p) for p in net.parameters() if p.requires_grad}


# --- steps ---


@pytest.mark.parametrize("shape", [(20, 50), (50, 20)])
def test_singular_values_are_moved_to_about_1_and_directions_kept(shape):
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=shape)
    got = cifar_speedrun.orthogonalized(torch.from_numpy(matrix).float(), steps=5).double().numpy()
    values = np.linalg.svd(got, compute_uv=False)
    assert values.min() > 0.6
    assert values.max() < 1.3
    u, _, v = np.linalg.svd(matrix, full_matrices=False)
    assert np.trace(got.T @ (u @ v)) / 20 > 0.9 * values.mean()


def test_a_step_of_muon_is_nesterovs_orthogonalised_from_filters_of_a_fixed_norm():
    generator = torch.Generator().manual_seed(0)
    p = torch.nn.Parameter(torch.randn(4, 3, 3, 3, generator=generator))
    gradients = torch.randn(2, 4, 3, 3, 3, generator=generator)
    muon = Muon([p], lr=0.1, momentum=0.6)
    velocity, want = 0, p.detach().clone()
    for gradient in gradients:
        p.grad = gradient.clone()
        muon.step()
        velocity = 0.6 * velocity + gradient
        step = cifar_speedrun.orthogonalized((gradient + 0.6 * velocity).flatten(1)).float()
        want = 2 * want / want.norm() - 0.1 * step.view_as(want)
        assert_allclose(p.detach(), want, rtol=1e-4, atol=1e-5)


def test_rates_rise_to_their_peak_and_fall_to_0():
    rates = [cifar_speedrun.rate(step, 8, 0.25) for step in range(10)]
    assert_allclose(rates, [0.2, 0.6, 1, 5 / 6, 4 / 6, 3 / 6, 2 / 6, 1 / 6, 0, 0])
    assert cifar_speedrun.rate(0, 0, 0.25) == 0


# --- one training ---


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("bfloat16", [False, True])
def test_a_few_steps_lower_the_loss(device, bfloat16):
    trainer = Trainer(replace(TINY, epochs=12), device, bfloat16=bfloat16)
    x, y, x_test, y_test = (a.to(device) for a in (*tensors("train"), *tensors("test")))
    predicted, seconds = trainer.run(x, y, x_test, seed=1)
    losses = [float(loss) for loss in trainer.losses]
    assert len(losses) == 36
    assert np.mean(losses[-3:]) < 0.75 * losses[0]
    assert float((predicted.argmax(dim=1) == y_test).double().mean()) > 0.6
    assert seconds > 0


def test_a_seed_gives_the_same_alone_and_after_others():
    x, y = tensors("train")
    x_test, _ = tensors("test")
    one, other = Trainer(TINY, "cpu"), Trainer(TINY, "cpu")
    first = one.run(x, y, x_test, seed=1)[0]
    second = one.run(x, y, x_test, seed=2)[0]
    assert torch.equal(other.run(x, y, x_test, seed=2)[0], second)
    assert not torch.equal(first, second)


def test_the_bias_of_the_first_layer_stays_after_its_epochs():
    x, y = tensors("train")
    biases = []
    for epochs in (0, 2):
        trainer = Trainer(replace(TINY, whitening_epochs=epochs), "cpu")
        conv = nn.Conv2d(3, 24, 2)
        cifar_speedrun.whiten(conv, x, TINY.eps)
        trainer.run(x, y, x[:2], seed=1)
        moved = (trainer.net.whitening.bias - conv.bias).detach()
        biases.append(float(moved.abs().max()))
        assert torch.equal(trainer.net.whitening.weight, conv.weight)
    assert biases[0] == 0
    assert biases[1] > 0


# --- without data, a GPU or a package ---


def test_it_says_what_to_do_without_data(benchmark, tmp_path):
    code, out, _ = benchmark("--device", "cpu", DL4CV_CIFAR10=tmp_path / "nowhere")
    assert out == ""
    assert code.startswith("cifar_speedrun: DL4CV_CIFAR10 is ")
    assert "or unset it to download" in code
    code, _, _ = benchmark("--device", "cpu", "--jpeg", DL4CV_DEV_DATA=tmp_path)
    assert code.startswith(f"cifar_speedrun: there is no {tmp_path}/cifar10/{JPEG}; set ")
    code, _, _ = benchmark("--device", "cpu", "--jpeg")
    assert code.startswith("cifar_speedrun: DL4CV_DEV_DATA is not set; --jpeg needs it")


def test_it_says_what_to_do_without_a_gpu(benchmark, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    code, _, _ = benchmark("--device", "cuda")
    assert code == "cifar_speedrun: torch finds no GPU; take --device cpu"
    monkeypatch.setitem(sys.modules, "airbench", types.ModuleType("airbench"))
    code, _, _ = benchmark("--beside")
    assert code.startswith("cifar_speedrun: --beside needs a GPU")


def test_it_says_how_to_install_what_beside_needs(benchmark, monkeypatch):
    monkeypatch.setitem(sys.modules, "airbench", None)
    code, _, _ = benchmark("--device", "cpu", "--beside")
    assert code.startswith("cifar_speedrun: --beside needs the packages airbench and torchvision")
    assert code.endswith("pip install airbench torchvision")


def test_it_refuses_no_runs_threads_or_epochs(benchmark):
    for name in ("runs", "threads"):
        code, _, _ = benchmark(f"--{name}", "0")
        assert code == f"cifar_speedrun: --{name} is 0; it must be 1 or more"
    code, _, _ = benchmark("--epochs", "-1")
    assert code == "cifar_speedrun: --epochs is -1; it must be above 0"


# --- beside ---


def test_the_other_recipe_gets_the_same_images_and_its_own_clock_is_read(monkeypatch):
    """A stand-in for airbench, which reads and prints in the same form."""
    seen = []

    def train94(run):
        for name in ("train", "test"):
            content = torch.load(f"cifar10/{name}.pt")
            seen.append((content["images"], content["labels"]))
        print("|  run     |  epoch  |  val_acc  |  tta_val_acc  |  total_time_seconds  |")
        print("-" * 70)
        print("|          |  eval   |  0.9300   |       0.9412  |              3.2900  |")
        print("-" * 70)

    monkeypatch.setitem(sys.modules, "airbench", types.SimpleNamespace(train94=train94))
    here = Path.cwd()
    results = cifar_speedrun.beside(tensors("train"), tensors("test"), 2)
    assert results == [(pytest.approx(94.12), 3.29)] * 2
    assert Path.cwd() == here
    assert len(seen) == 6  # the first run is not counted
    for (images, labels), split in zip(seen, ("train", "test") * 3, strict=True):
        assert torch.equal(images, tensors(split)[0])
        assert torch.equal(labels, tensors(split)[1])


# --- the table ---


def test_the_table_says_how_many_runs_reach_the_target():
    results = {"ours": [(93.0, 2.0), (94.0, 3.0), (95.0, 4.0)], "another": [(93.9, 5.0)]}
    *_, ours, another = cifar_speedrun.table(results, 94)
    assert ours == "| ours | 3 | 94.00 ± 1.00 | 2 of 3 | 3.00 ± 1.00 |"
    assert another == "| another | 1 | 93.90 | 0 of 1 | 5.00 |"


def test_the_benchmark_runs(benchmark, folder, monkeypatch):
    monkeypatch.setattr(cifar_speedrun, "CPU", TINY)
    arguments = ("--device", "cpu", "--jpeg", "--runs", "2", "--epochs", "1", "--target", "5")
    code, out, err = benchmark(*arguments, DL4CV_DEV_DATA=folder)
    assert code is None
    ((name, n, accuracy, reached, seconds),) = cells(out)
    assert (name, n) == ("ours", "2")
    assert re.fullmatch(r"\d+\.\d\d ± \d+\.\d\d", accuracy)
    assert re.fullmatch(r"\d+\.\d\d ± \d+\.\d\d", seconds)
    runs = [float(line.split()[2]) for line in err.splitlines()]
    assert reached == f"{sum(run >= 5 for run in runs)} of 2"
    assert "150 training images and 30 tested, the test set" in out
    assert f"torch {torch.__version__.split('+')[0]}" in out
    assert "JPEG of quality 75" in out
    again = re.search(r"`python -m benchmarks.cifar_speedrun (.*)`", out)[1]
    assert again == "--device cpu --runs 2 --threads 1 --target 5 --epochs 1 --jpeg"


def test_held_out_images_are_the_last_of_those_to_train_on(folder, monkeypatch):
    monkeypatch.setenv("DL4CV_DEV_DATA", str(folder))
    options = types.SimpleNamespace(jpeg=True, hold_out=False)
    (x, y), (x_test, _) = cifar_speedrun.load(options)
    assert (len(x), len(x_test)) == (N["train"], N["test"])
    (few, _), (held_out, labels) = cifar_speedrun.load(
        types.SimpleNamespace(jpeg=True, hold_out=True)
    )
    assert torch.equal(torch.cat([few, held_out]), x)
    assert torch.equal(labels, y[-15:])


def test_help_says_how_time_is_counted(benchmark):
    code, out, _ = benchmark("--help")
    assert code == 0
    assert "--beside" in out
    assert "Time is counted as" in out
