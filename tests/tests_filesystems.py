"""Filesystems made for a test: images on this machine's own, mounted while a block runs."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class NotHereError(Exception):
    """This machine cannot make or mount that; the message names what is missing."""


@contextmanager
def mounted(kind: str, size: str, directory: Path) -> Iterator[Path]:
    """Mount a fresh filesystem of a type and size, such as `400M`, in the block.

    Raises
    ------
    NotHereError
        The test is to be skipped.
    """
    if os.geteuid():
        raise NotHereError(f"mounting {kind} needs root")
    place = directory / f"mounted-{kind}"
    place.mkdir()
    if kind == "tmpfs":
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    else:
        maker = shutil.which(f"mkfs.{kind}")
        if maker is None:
            raise NotHereError(f"mkfs.{kind} is missing: apt-get install {kind}progs")
        image = directory / f"{kind}.img"
        subprocess.run(["truncate", "-s", size, image], check=True)
        subprocess.run([maker, "-q", image], check=True, capture_output=True)
        command = ["mount", "-o", "loop", str(image), str(place)]
    answer = subprocess.run(command, check=False, capture_output=True, text=True)
    if answer.returncode:
        raise NotHereError(f"{kind} cannot be mounted here: {answer.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)
