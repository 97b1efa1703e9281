"""Versions of what decides the outcome of CASA's tasks beside their inputs."""

import os
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from blake3 import blake3

_PACKAGES: Final = ("casatools", "casatasks", "casadata")
# Rewritten by every update of the data: the lists of what was installed, and the tables that grow.
_MARKS: Final = (
    "readme.txt",
    "geodetic/readme.txt",
    "geodetic/IERSeop2000/table.dat",
    "geodetic/IERSeop2000/table.f0",
    "geodetic/IERSpredict/table.dat",
    "geodetic/IERSpredict/table.f0",
    "geodetic/TAI_UTC/table.f0",
    "geodetic/Observatories/table.f0",
)


def versions() -> dict[str, str]:
    """Return the versions that decide a task's outcome.

    Returns
    -------
    dict
        Of the distributions that are installed, and under ``data`` a digest of the marks of the
        reference data that casaconfig's paths name; the data are read again only if a mark's
        time or size is another. Neither the network nor the home directory is touched.
    """
    stamps = tuple(_stamps(_data_paths()))
    return {**_installed(), "data": _digest(stamps)}


@cache
def _installed() -> dict[str, str]:
    found = {}
    for each in _PACKAGES:
        try:
            found[each] = version(each)
        except PackageNotFoundError:
            found[each] = "not installed"
    return found


def _data_paths() -> list[str]:
    """Return the directories of casaconfig, in the order in which CASA looks there."""
    try:
        from casaconfig import config  # noqa: PLC0415 - reads the user's files: only when asked
    except ImportError:
        return []
    paths = [config.measurespath, *(config.datapath or [])]
    return list(dict.fromkeys(str(Path(each).expanduser()) for each in paths if each))


def _stamps(paths: list[str]) -> Iterator[tuple[str, int, int, int]]:
    for path in paths:
        for mark in _MARKS:
            file = os.path.join(path, mark)  # noqa: PTH118 - this runs before every task
            try:
                status = os.stat(file)  # noqa: PTH116
            except OSError:
                continue
            yield file, status.st_mtime_ns, status.st_size, status.st_ino


@cache
def _digest(stamps: tuple[tuple[str, int, int, int], ...]) -> str:
    """Return a digest of the marks' content; where they stand does not count."""
    hasher = blake3()
    for file, *_ in stamps:
        content = Path(file).read_bytes()
        hasher.update(f"{Path(file).name}\0{len(content)}\0".encode())
        hasher.update(content)
    return hasher.hexdigest()
