"""CIFAR-10: 60,000 photographs of ten classes, 32×32 pixels [Krizhevsky 2009, ch. 3].

The official archive is downloaded once into the cache folder ($DL4CV_DATA, else ~/.cache/dl4cv).
$DL4CV_CIFAR10 names a copy on this machine to read instead: the archive or its extracted folder.
"""

import io
import os
import pickle
import tarfile
from pathlib import Path

import numpy as np

from .dataset import Dataset, as_dtype, check_whole
from .download import Archive, DataError, fetch, md5

CLASSES = (
    "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck",
)  # fmt: skip
VARIABLE = "DL4CV_CIFAR10"
FOLDER = "cifar-10-batches-py"
TRAIN = tuple(f"{FOLDER}/data_batch_{i}" for i in range(1, 6))
TEST = (f"{FOLDER}/test_batch",)

OFFICIAL = Archive(
    url="https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
    size=170_498_071,
    md5="c58f30108f718f92721af3b95e74349a",
    members={
        f"{FOLDER}/data_batch_1": "c99cafc152244af753f735de768cd75f",
        f"{FOLDER}/data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
        f"{FOLDER}/data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
        f"{FOLDER}/data_batch_4": "634d18415352ddfa80567beed471001a",
        f"{FOLDER}/data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
        f"{FOLDER}/test_batch": "40351d587109b95175f43aff81a1287e",
    },
)


def load(*, n_train=None, n_test=None, dtype="float32", archive=OFFICIAL):
    """Read the first n_train and n_test images in the official order; None reads them all.

    dtype: "float32" in [0, 1] or "uint8" in [0, 255]; archive: where the files come from and what
    they must be. All 60,000 images take 184 MB in uint8 and 737 MB in float32. Raises DataError.
    """
    batches = _read_members(archive)
    x_train, y_train = _first(n_train, "n_train", *_images([batches[name] for name in TRAIN]))
    x_test, y_test = _first(n_test, "n_test", *_images([batches[name] for name in TEST]))
    return Dataset(
        as_dtype(x_train, dtype), y_train, as_dtype(x_test, dtype), y_test, CLASSES, "cifar10"
    )


def _read_members(archive):
    """The bytes of every member by name, from a local copy or the cache, all of them verified."""
    local = os.environ.get(VARIABLE)
    if not local:
        return _read_archive(fetch(archive, local_variable=VARIABLE), archive)
    path = Path(local).expanduser()
    if path.is_dir():
        return _read_folder(path, archive)
    if not path.exists():
        raise DataError(
            f"{VARIABLE} is {local!r}, and there is no such file or folder; set it to a copy of "
            f"{archive.filename} or to the folder extracted from it, or unset it to download."
        )
    if (got := md5(path)) != archive.md5:
        raise DataError(
            f"{path} ({path.stat().st_size:,} bytes, md5 {got}) is not {archive.filename} "
            f"({archive.size:,} bytes, md5 {archive.md5}). It was left as it is; "
            f"set {VARIABLE} to a complete copy, or unset it to download."
        )
    return _read_archive(path, archive)


def _read_archive(path, archive):
    with tarfile.open(path) as tar:  # one pass: going back in a .gz starts from its beginning
        return {m.name: tar.extractfile(m).read() for m in tar if m.name in archive.members}


def _read_folder(folder, archive):
    contents = {}
    for name, expected in archive.members.items():
        path = folder / Path(name).name
        got = md5(path) if path.is_file() else None
        if got != expected:
            found = "is missing" if got is None else f"is damaged (md5 {got}, expected {expected})"
            raise DataError(
                f"{path} {found}; extract {archive.filename} again and set {VARIABLE} to its "
                f"folder {FOLDER}, or unset it to download."
            )
        contents[name] = path.read_bytes()
    return contents


def _images(batches):
    """Pickled batches -> images (N, 3, 32, 32) uint8 and labels (N,) int64."""
    batches = [_Unpickler(io.BytesIO(batch), encoding="bytes").load() for batch in batches]
    rows = np.concatenate([batch[b"data"] for batch in batches])  # (N, 3072): red, green, blue
    labels = np.concatenate([batch[b"labels"] for batch in batches])
    return rows.reshape(-1, 3, 32, 32), labels.astype(np.int64)


def _first(n, option, images, labels):
    if n is None:
        return images, labels
    check_whole(option, n)
    if n > len(labels):
        raise ValueError(
            f"load: {option} is {n:,}, but cifar10 has {len(labels):,} such images; "
            "ask for at most that many, or pass None for all"
        )
    return images[:n], labels[:n]


def _dtype(name, align, copy):
    # Python 2 wrote 0 and 1 for the two flags, and NumPy 2.4.0 to 2.4.4 warn of them.
    return np.dtype(name, align=bool(align), copy=bool(copy))


_ALLOWED = {
    ("numpy.core.multiarray", "_reconstruct"): np.empty(0).__reduce__()[0],
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): _dtype,
}


class _Unpickler(pickle.Unpickler):
    """Loads built-in types and arrays. Any other name in a pickle could run any code."""

    def find_class(self, module, name):
        if (module, name) not in _ALLOWED:
            raise DataError(f"a batch of cifar10 asks to run {module}.{name}; it was not loaded")
        return _ALLOWED[module, name]
