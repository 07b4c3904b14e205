"""CIFAR-10: an archive of the official layout, made here, served here, and spoilt in many ways."""

import hashlib
import io
import pickle
import re
import socket
import struct
import tarfile
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import numpy as np
import pytest

from cs_lib import data
from cs_lib.data import cifar10
from cs_lib.data.download import Archive

N = 20  # images a batch
CHUNK = 2**16  # bytes that a download writes at a time
NAMES = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]
RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (len(NAMES), N, 32, 32, 3), dtype=np.uint8)  # red, green, blue last
LABELS = RNG.integers(0, 10, (len(NAMES), N))


class Python2Pickler(pickle._Pickler):
    """Writes what Python 2 wrote: byte strings, NumPy's old module name, 0 and 1 for flags."""

    dispatch = dict(pickle._Pickler.dispatch)  # noqa: RUF012

    def save_bytes(self, value):
        self.write(b"T" + struct.pack("<i", len(value)) + value)  # BINSTRING
        self.memoize(value)

    def save_dtype(self, value):
        self.save_reduce(np.dtype, (b"u1", 0, 1), (3, b"|", None, None, None, -1, -1, 0))

    def save_array(self, value):
        reconstruct = value.__reduce__()[0]
        state = (1, value.shape, value.dtype, False, value.tobytes())
        self.save_reduce(reconstruct, (np.ndarray, (0,), b"b"), state)

    def save_global(self, value, name=None):
        if getattr(value, "__name__", "") == "_reconstruct":
            self.write(b"cnumpy.core.multiarray\n_reconstruct\n")
        else:
            super().save_global(value, name)

    dispatch[bytes] = save_bytes
    dispatch[np.dtype] = dispatch[type(np.dtype("u1"))] = save_dtype
    dispatch[np.ndarray] = save_array


def pickled(batch):
    file = io.BytesIO()
    Python2Pickler(file, protocol=2).dump(batch)
    return file.getvalue()


def md5(content):
    return hashlib.md5(content).hexdigest()


def make_archive(members):
    """Bytes of a .tar.gz of the official layout, and what it must be."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        for name, content in {"readme.html": b"<html>", **members}.items():
            info = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    content = file.getvalue()
    return content, Archive(
        url="http://127.0.0.1:1/cifar-10-python.tar.gz",  # the server puts its own port in
        size=len(content),
        md5=md5(content),
        members={f"cifar-10-batches-py/{name}": md5(member) for name, member in members.items()},
    )


def make_members():
    members = {}
    for name, pixels, labels in zip(NAMES, PIXELS, LABELS, strict=True):
        rows = pixels.transpose(0, 3, 1, 2).reshape(N, 3072)  # planar: all red, green, blue
        batch = {b"batch_label": name.encode(), b"labels": labels.tolist(), b"data": rows}
        members[name] = pickled(batch | {b"filenames": [b"%d.png" % i for i in range(N)]})
    return members


MEMBERS = make_members()
CONTENT, ARCHIVE = make_archive(MEMBERS)


class Handler(BaseHTTPRequestHandler):
    """Serves server.content, as well or badly as server.behaviour says."""

    def do_GET(self):
        behaviour, content = self.server.behaviour, self.server.content
        asked = self.headers.get("Range")
        self.server.ranges.append(asked)
        if behaviour.status != 200:
            return self.send_error(behaviour.status)
        start = 0
        if asked and behaviour.ranges:
            start = int(re.fullmatch(r"bytes=(\d+)-", asked)[1])
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        if behaviour.length:
            self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self.wfile.write(content[start : behaviour.drop_at])

    def log_message(self, *args):
        pass


@pytest.fixture
def server(monkeypatch, tmp_path):
    """A web server on this machine that has the archive, and an empty cache to download it into."""
    monkeypatch.setenv("DL4CV_DATA", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("DL4CV_CIFAR10", raising=False)
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.behaviour = SimpleNamespace(status=200, ranges=True, length=True, drop_at=None)
    httpd.content, httpd.ranges = CONTENT, []
    url = f"http://127.0.0.1:{httpd.server_port}/cifar-10-python.tar.gz"
    httpd.archive = replace(ARCHIVE, url=url)
    httpd.path = tmp_path / "cache" / "cifar-10-python.tar.gz"
    httpd.part = tmp_path / "cache" / "cifar-10-python.tar.gz.part"
    thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield httpd
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def load(server, **options):
    return data.load("cifar10", archive=server.archive, **options)


def failure(server, **options):
    """The message of the DataError that loading must raise: one line."""
    with pytest.raises(data.DataError) as caught:
        load(server, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def begin(part, content):
    part.parent.mkdir()
    part.write_bytes(content)


def test_images_are_read_in_the_official_order_with_channels_first(server):
    d = load(server, dtype="uint8")
    np.testing.assert_array_equal(
        d.x_train, PIXELS[:5].reshape(-1, 32, 32, 3).transpose(0, 3, 1, 2)
    )
    np.testing.assert_array_equal(d.x_test, PIXELS[5].transpose(0, 3, 1, 2))
    np.testing.assert_array_equal(d.y_train, LABELS[:5].ravel())
    np.testing.assert_array_equal(d.y_test, LABELS[5])
    assert d.x_train.dtype == np.uint8
    assert d.y_train.dtype == d.y_test.dtype == np.int64
    assert d.classes[:4] == ("airplane", "automobile", "bird", "cat")
    assert d.classes[4:] == ("deer", "dog", "frog", "horse", "ship", "truck")
    assert d.name == "cifar10"


def test_n_train_and_n_test_take_the_first_images(server):
    d = load(server, n_train=33, n_test=7)
    first = PIXELS[:5].reshape(-1, 32, 32, 3)[:33].transpose(0, 3, 1, 2)
    np.testing.assert_allclose(d.x_train, first / 255.0, rtol=1e-6)
    np.testing.assert_array_equal(d.y_train, LABELS[:5].ravel()[:33])
    assert d.x_train.dtype == np.float32
    assert d.x_test.shape == (7, 3, 32, 32)
    np.testing.assert_array_equal(d.y_test, LABELS[5, :7])


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"n_train": 101}, ValueError, "load: n_train is 101, but cifar10 has 100 such images"),
        ({"n_test": 21}, ValueError, "load: n_test is 21, but cifar10 has 20 such images; ask"),
        ({"n_test": -2}, ValueError, "load: n_test is -2; expected a whole number, 0 or more"),
        ({"n_train": 0.5}, TypeError, "load: n_train is 0.5; expected a whole number, 0 or more"),
        ({"dtype": "float"}, ValueError, "load: dtype is 'float'; did you mean 'float32'?"),
    ],
)
def test_an_impossible_request_is_refused(server, options, error, message):
    with pytest.raises(error) as caught:
        load(server, **options)
    assert message in str(caught.value)


def test_the_archive_is_downloaded_once_with_a_bar_on_stdout(server, capfd):
    load(server)
    out, err = capfd.readouterr()
    assert "cifar-10-python.tar.gz: 100%" in out
    assert err == ""
    assert server.path.read_bytes() == CONTENT
    assert not server.part.exists()
    load(server)
    assert capfd.readouterr().out == ""
    assert server.ranges == [None]


@pytest.mark.parametrize("length", [True, False], ids=["length announced", "length unknown"])
def test_a_download_that_stopped_midway_is_resumed(server, length):
    server.behaviour.length = length
    server.behaviour.drop_at = 3 * CHUNK
    message = failure(server)
    assert f"{server.archive.url} stopped at {3 * CHUNK:,} of {len(CONTENT):,} bytes" in message
    assert f"what came is kept in {server.part}. Check the network and run this again" in message
    assert server.part.read_bytes() == CONTENT[: 3 * CHUNK]
    server.behaviour.drop_at = None
    assert len(load(server).y_train) == 100
    assert server.ranges == [None, f"bytes={3 * CHUNK}-"]
    assert server.path.read_bytes() == CONTENT


def test_a_server_that_cannot_resume_sends_it_all_again(server):
    begin(server.part, CONTENT[:50_000])
    server.behaviour.ranges = False
    assert len(load(server).y_train) == 100
    assert server.ranges == ["bytes=50000-"]
    assert server.path.read_bytes() == CONTENT


@pytest.mark.parametrize("kept", [b"", CONTENT[:50_000]], ids=["from nothing", "resumed"])
@pytest.mark.parametrize(
    "page", [b"<!DOCTYPE html><p>", b"\xef\xbb\xbf\n <HTML lang=en>", b"<head>"]
)
def test_a_web_page_in_place_of_the_archive_is_refused_and_nothing_is_lost(server, page, kept):
    begin(server.part, kept)
    server.behaviour.length = server.behaviour.ranges = False
    server.content = page + bytes(len(CONTENT))
    assert "(the server sent a web page, maybe the network's log-in page)" in failure(server)
    assert server.part.read_bytes() == kept
    server.content = CONTENT
    assert len(load(server).y_train) == 100


def test_a_part_longer_than_the_archive_is_thrown_away(server):
    begin(server.part, CONTENT + b"more")
    assert len(load(server).y_train) == 100
    assert server.ranges == [None]


def test_a_complete_part_needs_no_request(server):
    begin(server.part, CONTENT)
    assert len(load(server).y_train) == 100
    assert server.ranges == []


def test_a_wrong_beginning_is_found_out_and_the_next_download_is_whole(server):
    begin(server.part, bytes(1000))
    message = failure(server)
    assert f"arrived damaged: its md5 is {md5(bytes(1000) + CONTENT[1000:])}" in message
    assert f"expected {server.archive.md5}. It was deleted; run this again" in message
    assert not server.part.exists()
    assert not server.path.exists()
    assert len(load(server).y_train) == 100
    assert server.ranges == ["bytes=1000-", None]


def test_other_content_of_the_same_length_never_reaches_the_cache(server):
    server.content = CONTENT[:-1] + bytes([CONTENT[-1] ^ 1])
    message = failure(server)
    assert "arrived damaged" in message
    assert str(server.path) in message
    assert "DL4CV_CIFAR10" in message
    assert list(server.path.parent.iterdir()) == []


def test_a_log_in_page_does_not_overwrite_what_has_come(server):
    begin(server.part, CONTENT[:50_000])
    server.behaviour.ranges = False
    server.content = b"<html>Please log in</html>"
    message = failure(server)
    assert f"the server offers 26 bytes where {len(CONTENT):,} were expected" in message
    assert server.part.read_bytes() == CONTENT[:50_000]


def test_an_error_of_the_server_is_named(server):
    server.behaviour.status = 503
    assert "stopped at 0 of" in (message := failure(server))
    assert "(HTTP 503 Service Unavailable)" in message
    assert "is kept in" not in message


def test_offline_the_message_says_what_was_tried_and_every_way_round_it(server):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # taken, but nobody listens
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/cifar-10-python.tar.gz"
        server.archive = replace(server.archive, url=url)
        message = failure(server)
    assert f"downloading {url} stopped at 0 of" in message
    assert re.search(r" bytes \(\[Errno \d+\] Connection refused\)\. Check the network", message)
    assert f"or download {url} by hand to {server.path}" in message
    assert "or set DL4CV_CIFAR10 to a copy of it" in message


def test_a_cache_folder_that_cannot_be_made_is_an_error_with_its_reason(
    server, monkeypatch, tmp_path
):
    (tmp_path / "file").touch()
    monkeypatch.setenv("DL4CV_DATA", str(tmp_path / "file"))
    assert "File exists" in failure(server)


def test_a_damaged_cache_is_set_aside_and_downloaded_anew(server):
    load(server)
    server.path.write_bytes(CONTENT[:1000])
    message = failure(server)
    assert f"{server.path} is damaged: its md5 is {md5(CONTENT[:1000])}" in message
    assert "It was renamed to cifar-10-python.tar.gz.bad; run this again to download" in message
    assert server.path.with_name("cifar-10-python.tar.gz.bad").read_bytes() == CONTENT[:1000]
    assert len(load(server).y_train) == 100
    assert server.path.read_bytes() == CONTENT


@pytest.fixture
def extracted(tmp_path):
    folder = tmp_path / "somewhere" / "cifar-10-batches-py"
    folder.mkdir(parents=True)
    for name, content in MEMBERS.items():
        (folder / name).write_bytes(content)
    return folder


def test_a_local_archive_is_read_where_it_is(server, monkeypatch, tmp_path):
    local = tmp_path / "any name.tgz"
    local.write_bytes(CONTENT)
    monkeypatch.setenv("DL4CV_CIFAR10", str(local))
    np.testing.assert_array_equal(load(server).y_test, LABELS[5])
    assert server.ranges == []
    assert not server.path.parent.exists()


def test_a_local_extracted_folder_is_read_where_it_is(server, monkeypatch, extracted):
    monkeypatch.setenv("DL4CV_CIFAR10", str(extracted))
    d = load(server, dtype="uint8")
    np.testing.assert_array_equal(d.x_test, PIXELS[5].transpose(0, 3, 1, 2))
    np.testing.assert_array_equal(d.y_train, LABELS[:5].ravel())
    assert server.ranges == []


def test_a_truncated_local_archive_is_refused_and_left_alone(server, monkeypatch, tmp_path):
    local = tmp_path / "cifar-10-python.tar.gz"
    local.write_bytes(CONTENT[:4000])
    monkeypatch.setenv("DL4CV_CIFAR10", str(local))
    message = failure(server)
    assert f"{local} (4,000 bytes, md5 {md5(CONTENT[:4000])}) is not cifar-10-pyt" in message
    assert f"({len(CONTENT):,} bytes, md5 {server.archive.md5}). It was left as it is" in message
    assert "set DL4CV_CIFAR10 to a complete copy, or unset it to download" in message
    assert local.read_bytes() == CONTENT[:4000]


def test_a_damaged_member_of_a_local_folder_is_named(server, monkeypatch, extracted):
    monkeypatch.setenv("DL4CV_CIFAR10", str(extracted))
    (extracted / "data_batch_3").write_bytes(b"?")
    assert f"{extracted / 'data_batch_3'} is damaged (md5 {md5(b'?')}, expec" in failure(server)
    (extracted / "data_batch_3").unlink()
    assert f"{extracted / 'data_batch_3'} is missing; extract cifar-10-python" in failure(server)


def test_a_local_copy_that_is_not_there_is_named(server, monkeypatch, tmp_path):
    monkeypatch.setenv("DL4CV_CIFAR10", str(tmp_path / "nowhere"))
    assert f"DL4CV_CIFAR10 is '{tmp_path / 'nowhere'}', and there is no such" in failure(server)


class Evil:
    def __reduce__(self):
        return print, ("this ran while it was loaded",)


@pytest.mark.parametrize("where", ["labels", "data"])
def test_a_pickle_that_would_run_code_is_not_loaded(server, where, capfd):
    # Its md5 is right: the second lock must hold when the first is open.
    batch = {b"labels": [1], b"data": np.zeros((1, 3072), np.uint8)}
    content = pickled(batch | {where.encode(): Evil()})
    server.content, archive = make_archive({**MEMBERS, "data_batch_2": content})
    server.archive = replace(archive, url=server.archive.url)
    assert "asks to run builtins.print; it was not loaded" in failure(server).replace(
        "__builtin__", "builtins"
    )
    assert "this ran" not in capfd.readouterr().out


def test_numpy_is_given_true_and_false_where_python_2_wrote_1_and_0(monkeypatch):
    # Some versions of NumPy warn of whole numbers here, and others do not.
    flags = []
    monkeypatch.setattr(
        cifar10, "np", SimpleNamespace(dtype=lambda name, align, copy: flags.extend([align, copy]))
    )
    cifar10._dtype(b"u1", 0, 1)
    assert flags[0] is False
    assert flags[1] is True


def test_damaged_content_is_never_unpickled(server, monkeypatch):
    def load_nothing(*args, **kwargs):
        raise AssertionError("unpickled before the md5 was checked")

    monkeypatch.setattr(cifar10._Unpickler, "load", load_nothing)
    server.content = CONTENT[:-1] + bytes([CONTENT[-1] ^ 1])
    failure(server)


def test_the_official_archive_is_the_one_its_authors_publish():
    # Written down a second time: no test downloads 170 MB.
    assert cifar10.OFFICIAL.url == "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz"
    assert cifar10.OFFICIAL.md5 == "c58f30108f718f92721af3b95e74349a"
    assert cifar10.OFFICIAL.size == 170_498_071
    assert [name.split("/")[1] for name in cifar10.OFFICIAL.members] == NAMES
