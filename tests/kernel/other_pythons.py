"""Other Pythons of this machine, each with an environment that has the locked packages."""

import fcntl
import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests_bootstrap import ROOT, bootstrap_of, interpreters

LOCK = ROOT / "locks" / "run.txt"
UV = Path(sys.prefix, "bin", "uv")


class MissingError(Exception):
    """What is not on this machine."""


def cache() -> Path:
    """Where the lab keeps its builds, too."""
    return Path(os.environ.get("CASAHUB_CACHE") or Path.home() / ".cache" / "casahub")


@dataclass(frozen=True, slots=True)
class Environment:
    """Packages of the lock for one interpreter."""

    directory: Path

    @property
    def python(self) -> str:
        return str(self.directory / "bin" / "python")


def ensure_environment(version: str) -> Environment:
    """Have an environment for a Python version, kept for as long as the lock stays the same."""
    found = interpreters(int(version.split(".")[1]))
    if not found:
        raise MissingError(f"Python {version} is not on this machine")
    python = found[0]
    key = hashlib.sha256(LOCK.read_bytes() + str(python.resolve()).encode()).hexdigest()[:12]
    directory = cache() / f"kernel-py{version}-{key}"
    directory.parent.mkdir(parents=True, exist_ok=True)
    with Path(f"{directory}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (directory / ".whole").exists():
            install(python, directory)
            (directory / ".whole").touch()
    return Environment(directory)


def install(python: Path, directory: Path) -> None:
    """Fill an environment; what an interrupted run left is made anew."""
    environment = {
        **os.environ,
        **bootstrap_of(ROOT).package_index(),
        "VIRTUAL_ENV": str(directory),
    }
    command = [str(UV), "venv", "--quiet", "--clear", "--python", str(python), str(directory)]
    subprocess.run(command, check=True, env=environment)
    # Compiled now: the first import of CASA takes a minute otherwise.
    sync = [
        str(UV),
        "pip",
        "sync",
        "--quiet",
        "--require-hashes",
        "--only-binary",
        ":all:",
        "--compile-bytecode",
    ]
    done = subprocess.run(
        [*sync, str(LOCK)], check=False, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise MissingError(f"the packages of {LOCK.name} for {python}: {done.stderr.strip()}")
