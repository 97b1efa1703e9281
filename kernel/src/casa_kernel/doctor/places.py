"""Directories that the kernel writes to."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from casa_kernel import site
from casa_kernel.doctor.check import Check, bad, note, ok
from casa_kernel.errors import CasaKernelError

_LEAST: Final = 10 << 20  # bytes; a log of some days
_SCARCE: Final = 1 << 30  # bytes; less than one MeasurementSet of a tutorial with its images


def check_writable(name: str, directory: Path, change: str) -> Check:
    """Tell whether a directory can be written, and how to have another."""
    try:
        site.ensure_writable(directory)
    except CasaKernelError as error:
        return bad(name, str(error))
    return ok(name, f"The {name} is written to {directory}; elsewhere: {change}.")


def check_matplotlib() -> Check:
    """Tell whether Matplotlib can keep its list of fonts."""
    remark = site.matplotlib_remark(os.environ)
    return note("matplotlib", remark) if remark else ok("matplotlib", "Its cache can be written.")


def check_disk(name: str, directory: Path) -> Check:
    """Tell how much room there is."""
    free = shutil.disk_usage(directory).free
    said = f"{free / (1 << 30):.1f} GiB are free in {directory} ({name})"
    if free < _LEAST:
        return bad("disk", f"Only {free >> 10} KiB are free in {directory} ({name}): make room.")
    return note("disk", f"{said}: images may not fit.") if free < _SCARCE else ok("disk", said)


def examine_places(configured: Path | None) -> Iterator[Check]:
    """Yield what is to be said about directories.

    Parameters
    ----------
    configured : Path, optional
        CASA's cache directory, if its configuration could be read.
    """
    logs = site.log_directory(os.environ, Path.home())
    yield check_writable("log", logs, f"set {site.LOG_DIRECTORY_VARIABLE}")
    if configured is not None:
        cache = site.cache_directory(configured, os.environ, logs)
        yield check_writable("cache", cache, "set cachedir in ~/.casa/config.py")
    yield check_matplotlib()
    if os.access(logs, os.F_OK):  # `Path.is_dir` raises below a directory that is closed to us
        yield check_disk("log", logs)
    yield check_disk("working directory", Path.cwd())
    yield check_disk("temporary files", Path(tempfile.gettempdir()))
