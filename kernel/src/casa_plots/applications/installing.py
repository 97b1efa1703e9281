"""Installing and removing the applications."""

import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import distributions
from pathlib import Path

from casa_plots.applications import appimages
from casa_plots.applications.places import (
    APPLICATIONS,
    Installation,
    chosen_place,
    key,
    locked,
    look_into,
    own_place,
    system_place,
)
from casa_plots.errors import ApplicationError

Say = Callable[[str], object]


def install(place: Path | None = None, say: Say = print) -> Installation:
    """Have the applications in a place; does nothing if they are there.

    Parameters
    ----------
    place : Path or None
        Where; None for `chosen_place`.
    say : callable
        Takes a sentence before each step that takes long.

    Raises
    ------
    ApplicationError
        They could not be downloaded or unpacked; the place is as it was.
    """
    place = chosen_place() if place is None else place.absolute()
    place.parent.mkdir(parents=True, exist_ok=True)
    with _alone(place, say):
        there = look_into(place)
        if there is not None and there.key == key():
            return there
        for left in place.parent.glob(f".{place.name}.*"):  # by an installer that was killed
            shutil.rmtree(left)
        new = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
        try:
            new.chmod(0o755)
            made = _copy(new, place, say) or _fill(new, say)
            _put(new, place)
        except BaseException:
            shutil.rmtree(new, ignore_errors=True)
            raise
    return Installation(place, made.python, made.versions, made.key)


def remove(place: Path | None = None, say: Say = print) -> bool:
    """Remove the applications from a place; return whether they were there."""
    place = chosen_place() if place is None else place.absolute()
    if look_into(place) is None:
        return False
    with _alone(place, say):
        shutil.rmtree(place)
    return True


@contextmanager
def _alone(place: Path, say: Say) -> Iterator[None]:
    """Let one installer at a time work on a place."""
    with place.with_name(f"{place.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another process is installing CASA's applications; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _put(new: Path, place: Path) -> None:
    """Rename a whole installation into its place; what was there goes."""
    if place.exists():
        if any(place.iterdir()) and look_into(place) is None:
            raise ApplicationError(f"{place} has something else in it; name an empty directory.")
        old = new.with_name(f"{new.name}-old")
        place.rename(old)
        new.rename(place)
        shutil.rmtree(old)
    else:
        new.rename(place)


def _copy(directory: Path, place: Path, say: Say) -> Installation | None:
    """Copy what another place of this machine has, None if there is nothing of this version."""
    for other in (system_place(), own_place()):
        there = look_into(other)
        if there is not None and there.key == key() and other != place:
            say(f"copying what is in {other}")
            shutil.copytree(other, directory, symlinks=True, dirs_exist_ok=True)
            copied = replace(there, directory=directory)
            appimages.share(*(copied.tree(name) for name in APPLICATIONS))
            return copied
    return None


def _fill(directory: Path, say: Say) -> Installation:
    """Download and unpack everything."""
    started = time.monotonic()
    packages = directory / "packages"
    say("downloading casaplotms and casaviewer (490 MB)")
    _download(packages, directory)
    versions = {
        each.metadata["Name"]: each.version
        for each in distributions(path=[str(packages)])
        if each.metadata["Name"] in APPLICATIONS
    }
    python = str(Path(getattr(sys, "_base_executable", None) or sys.executable))
    made = Installation(directory, python, versions, key())
    for name in APPLICATIONS:
        say(f"unpacking {name} {versions[name]}")
        tree = made.tree(name)
        appimages.unpack(packages / name / "__bin__" / f"{name}-x86_64.AppImage", tree)
        appimages.trim(tree)
        _let_all_read(tree)
    appimages.share(*(made.tree(name) for name in APPLICATIONS))
    made.mark()
    say(f"{size(directory) / 1e6:.0f} MB installed in {time.monotonic() - started:.0f} s")
    return made


def _let_all_read(tree: Path) -> None:
    """Give everybody what the owner may, but for writing: an AppImage unpacks itself for one."""
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (mode & 0o500) >> 3 | (mode & 0o500) >> 6)


def size(directory: Path) -> int:
    """Return the bytes of a directory on disk; what is linked twice counts once."""
    seen = {}
    for folder, _, names in os.walk(directory):
        for name in names:
            status = Path(folder, name).lstat()
            seen[status.st_dev, status.st_ino] = status.st_blocks * 512
    return sum(seen.values())


def _download(packages: Path, directory: Path) -> None:
    """Install the locked packages into a directory, with pip, or with uv where there is no pip."""
    lock = directory / "locked.txt"
    lock.write_bytes(locked())
    how = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--target", str(packages)]
    # Without a cache, which would keep another 500 MB for packages that are needed once.
    if importlib.util.find_spec("pip") is not None:
        command = [sys.executable, "-m", "pip", "--no-input", "install", "--no-cache-dir", *how]
    else:
        path = os.pathsep.join([str(Path(sys.prefix, "bin")), os.environ.get("PATH", os.defpath)])
        uv = shutil.which("uv", path=path)
        if uv is None:
            raise ApplicationError(
                f"Neither pip nor uv was found to install with: `{sys.executable} -m ensurepip`."
            )
        command = [uv, "pip", "install", "--no-cache", "--python", sys.executable, *how]
    done = subprocess.run(
        [*command, "-r", str(lock)],
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if done.returncode:
        last = "\n  ".join(done.stdout.strip().splitlines()[-12:])
        raise ApplicationError(f"The packages of casaplotms could not be installed:\n  {last}")
