"""The oldest JupyterHub that the spawners run under, in a directory of its own in the cache.

All else that it needs is in the lock: put before the other packages, it is what gets imported.
"""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests_bootstrap import ROOT, bootstrap_of

LOCK: Final = Path(__file__).with_suffix(".txt")
VERSION: Final = LOCK.read_text().split()[0].partition("==")[2]
UV: Final = Path(sys.prefix, "bin", "uv")


class MissingError(Exception):
    """What could not be had."""


def ensure_oldest_hub() -> Path:
    """Return the directory, filled once for as long as the lock stays the same."""
    cache = Path(os.environ.get("CASAHUB_CACHE") or Path.home() / ".cache" / "casahub")
    cache.mkdir(parents=True, exist_ok=True)
    key = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    directory = cache / f"jupyterhub-{VERSION}-{key}"
    with Path(f"{directory}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (directory / ".whole").exists():
            _install(directory)
            (directory / ".whole").touch()
    return directory


def _install(directory: Path) -> None:
    wheels = ["--require-hashes", "--only-binary", ":all:", "--no-deps", "--compile-bytecode"]
    done = subprocess.run(
        [str(UV), "pip", "install", "--quiet", *wheels, "--target", str(directory), "-r", LOCK],
        check=False,
        capture_output=True,
        text=True,
        env=os.environ | bootstrap_of(ROOT).package_index(),
    )
    if done.returncode:
        raise MissingError(f"the packages of {LOCK.name}: {done.stderr.strip()}")
