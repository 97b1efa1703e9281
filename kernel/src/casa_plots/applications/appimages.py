"""Unpacking an AppImage once, and leaving out what a picture does not need.

An AppImage is a program with a file system in it. Mounting that wants FUSE, which containers lack,
so it is unpacked. Two thirds of what is in it (a web browser, sound, office formats) is never
loaded: what the program and its plug-ins are linked with is kept, and nothing else.
"""

import filecmp
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from casa_plots.errors import ApplicationError

_PLUGINS: Final = (
    "platforms/libqoffscreen.so",
    "imageformats/libqjpeg.so",
    "imageformats/libqsvg.so",
    "iconengines/libqsvgicon.so",
)
_KEPT: Final = ("AppRun", "data", "usr/bin", "usr/lib/pgplot")
# Which Debian package a library is in, where the name does not tell.
_PACKAGES: Final = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libglx0",
    "libOpenGL.so.0": "libopengl0",
    "libX11.so.6": "libx11-6",
    "libXext.so.6": "libxext6",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libgobject-2.0.so.0": "libglib2.0-0",
    "libgomp.so.1": "libgomp1",
    "libstdc++.so.6": "libstdc++6",
    "libz.so.1": "zlib1g",
    "libdbus-1.so.3": "libdbus-1-3",
    "libexpat.so.1": "libexpat1",
    "libharfbuzz.so.0": "libharfbuzz0b",
    "libfribidi.so.0": "libfribidi0",
    "libgpg-error.so.0": "libgpg-error0",
    "libcom_err.so.2": "libcom-err2",
    "libxcb.so.1": "libxcb1",
}


def unpack(image: Path, tree: Path) -> None:
    """Unpack an AppImage.

    Parameters
    ----------
    image : Path
        The file; it is removed.
    tree : Path
        A directory called ``squashfs-root``, which does not exist yet.

    Raises
    ------
    ApplicationError
        It could not be unpacked; the message has its words.
    """
    tree.parent.mkdir(parents=True)
    image.chmod(0o755)
    done = subprocess.run(
        [image.absolute(), "--appimage-extract"],
        cwd=tree.parent,
        check=False,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    if done.returncode or not tree.is_dir():
        raise ApplicationError(f"{image.name} could not be unpacked: {done.stderr.strip()[-500:]}")
    image.unlink()


def linked(tree: Path, programs: Iterable[Path]) -> dict[str, str | None]:
    """Return the libraries that programs are linked with: name to path, None if it is missing."""
    found: dict[str, str | None] = {}
    environment = {**os.environ, "LD_LIBRARY_PATH": str(tree / "usr" / "lib"), "LC_ALL": "C"}
    for program in programs:
        told = subprocess.run(
            ["ldd", program],  # noqa: S607 - of the C library
            check=False,
            capture_output=True,
            text=True,
            env=environment,
        ).stdout
        for line in told.splitlines():
            name, arrow, rest = line.strip().partition(" => ")
            if arrow:
                found[name] = None if rest.startswith("not found") else rest.split(" (")[0]
    return found


def programs(tree: Path) -> list[Path]:
    """Return what is run or loaded by name: the program, and the plug-ins of Qt that are used."""
    plugins = tree / "usr" / "lib" / "plugins"
    return [
        *sorted((tree / "usr" / "bin").iterdir()),
        *(plugins / name for name in _PLUGINS if (plugins / name).exists()),
    ]


def trim(tree: Path) -> None:
    """Remove what is never loaded."""
    kept = {tree / name for name in _KEPT} | set(programs(tree))
    for path in linked(tree, programs(tree)).values():
        if path is not None and Path(path).resolve().is_relative_to(tree.resolve()):
            named = tree / "usr" / "lib" / Path(path).name
            kept |= {named, named.resolve()}
    _remove_others(tree, kept)


def _remove_others(directory: Path, kept: set[Path]) -> None:
    for entry in list(directory.iterdir()):
        if entry in kept:
            continue
        if entry.is_dir() and not entry.is_symlink():
            if any(each.is_relative_to(entry) for each in kept):
                _remove_others(entry, kept)
            else:
                shutil.rmtree(entry)
        else:
            entry.unlink()


def share(one: Path, other: Path) -> None:
    """Let two trees have equal libraries once: hard links, since nobody writes them."""
    for library in (one / "usr" / "lib").iterdir():
        twin = other / "usr" / "lib" / library.name
        if library.is_symlink() or not library.is_file() or not twin.is_file():
            continue
        if not twin.is_symlink() and filecmp.cmp(library, twin, shallow=False):
            twin.unlink()
            twin.hardlink_to(library)


def missing_libraries(tree: Path) -> Iterator[str]:
    """Yield the libraries of the system that are not there, each with its Debian package."""
    for name, path in sorted(linked(tree, programs(tree)).items()):
        if path is None:
            package = _PACKAGES.get(name)
            yield f"{name} (Debian: {package})" if package else name
