#!/usr/bin/env python3
"""Install what casahub needs into `.venv`, from the lock files and nothing else.

`make` calls this before every target. It runs on the machine's own Python with only the standard
library, says what it does, and does nothing (and needs no network) when the environment already
matches the locks. System packages are installed only when run as root; otherwise their names are
printed.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PROXY = VENV / "share" / "casahub" / "proxy"
COMPONENTS = ("kernel", "platform", "spawner", "zfs_provisioner")
OLDEST, NEWEST = (3, 11), (3, 13)  # what casatools' wheels exist for and were seen to run on
OLDEST_NODE = 18  # configurable-http-proxy 5 needs at least this major version


class InstallError(Exception):
    """Something is missing that only the person at the keyboard can provide."""


def main() -> int:
    """Bring `.venv` in line with the locks; return the exit status for make."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("group", choices=("run", "dev"), help="dev is run plus tests and linters")
    parser.add_argument("--browser", action="store_true", help="also Chromium, for browser tests")
    options = parser.parse_args()
    try:
        refuse_unsupported_python()
        with one_at_a_time():
            install(options.group)
            if options.browser:
                ensure_browser()
    except InstallError as problem:
        print(f"\ncasahub: {problem}", file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as failed:
        print(
            f"\ncasahub: `{' '.join(map(str, failed.cmd[:4]))} …` failed with status "
            f"{failed.returncode}; its own message is above. Nothing is lost: mend the cause (the "
            "network, disk space) and run the same make command again.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        print("\ncasahub: interrupted; the next run continues from here.", file=sys.stderr)
        return 130
    return 0


def refuse_unsupported_python() -> None:
    """Raise InstallError unless this Python is one that CASA has wheels for."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return
    wanted = "{}.{} to {}.{}".format(*OLDEST, *NEWEST)
    raise InstallError(
        f"Python {wanted} is needed, because CASA has wheels for these; {sys.executable} is "
        f"{sys.version.split()[0]}. Name a fitting one: make PYTHON=/path/to/python3.11 run"
    )


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold a lock so that `make run` beside `make test` does not write one environment twice."""
    VENV.parent.mkdir(exist_ok=True)
    with (ROOT / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def install(group: str) -> None:
    """Make `.venv` hold exactly the locked packages, our components and the proxy."""
    stamp = VENV / f".casahub-{group}"
    wanted = fingerprint(group)
    covering = [VENV / f".casahub-{name}" for name in ({group, "dev"})]
    if any(path.exists() and path.read_text() == fingerprint(path.name[9:]) for path in covering):
        return
    started = time.monotonic()
    step("virtual environment in .venv")
    ensure_venv()
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--require-hashes", "--only-binary", ":all:", "-r", lock_file("installer")])
    step("Python packages from locks/ (the first time: about 700 MB, CASA and its data among them)")
    uv = [str(VENV / "bin" / "uv"), "pip"]
    run([*uv, "sync", "--require-hashes", *index_options(), lock_file(group)])
    for stale in VENV.glob(".casahub-*"):
        stale.unlink()
    editable = [word for name in COMPONENTS for word in ("-e", str(ROOT / name))]
    run([*uv, "install", "--quiet", "--no-deps", "--no-build-isolation", *editable])
    run([str(PYTHON), "-m", "casa_kernel", "install", "--sys-prefix"])
    step("JupyterHub's proxy from platform/proxy")
    ensure_proxy(uv)
    stamp.write_text(wanted)
    step(f"installed in {time.monotonic() - started:.0f} s")


def fingerprint(group: str) -> str:
    """Return a hash over all that decides what `install` would do for the group."""
    digest = hashlib.sha256(sys.version.encode())
    inputs = [
        *(ROOT / "locks" / f"{name}.txt" for name in (group, "installer", "node")),
        *(ROOT / name / "pyproject.toml" for name in COMPONENTS),
        *sorted((ROOT / "platform" / "proxy").glob("package*.json")),
        Path(__file__),
    ]
    for path in inputs:
        digest.update(path.read_bytes())
    digest.update(str(ROOT).encode())  # a moved checkout has broken shebangs
    return digest.hexdigest()


def ensure_venv() -> None:
    """Create `.venv` unless one of this very Python and place is there."""
    config = VENV / "pyvenv.cfg"
    made_here = f"{VENV}"
    if config.exists() and PYTHON.exists() and made_here in config.read_text():
        version = "import sys; print(sys.version)"
        answer = subprocess.run(
            [PYTHON, "-c", version], check=False, capture_output=True, text=True
        )
        if answer.stdout.strip() == sys.version:
            return
    if VENV.exists():
        shutil.rmtree(VENV)
    if subprocess.run([sys.executable, "-c", "import ensurepip"], check=False).returncode:
        name = "python{}.{}-venv".format(*sys.version_info[:2])
        ensure_system_packages([name], "creates virtual environments")
    run([sys.executable, "-m", "venv", str(VENV)])


def index_options() -> list[str]:
    """Pass on to uv the package index of pip's configuration, which uv does not read."""
    asked = subprocess.run(
        [PYTHON, "-m", "pip", "config", "get", "global.index-url"],
        check=False,
        capture_output=True,
        text=True,
    )
    index = os.environ.get("PIP_INDEX_URL") or asked.stdout.strip()
    return ["--default-index", index] if index and "UV_DEFAULT_INDEX" not in os.environ else []


def ensure_proxy(uv: list[str]) -> None:
    """Install configurable-http-proxy, on the machine's Node.js or on one from a wheel."""
    if not usable_node():
        step("Node.js from a wheel, because this machine has none")
        run([*uv, "install", "--require-hashes", *index_options(), "-r", lock_file("node")])
    PROXY.mkdir(parents=True, exist_ok=True)
    for source in (ROOT / "platform" / "proxy").glob("package*.json"):
        shutil.copy(source, PROXY)
    npm = shutil.which("npm", path=tool_path())
    run([npm, "ci", "--omit=dev", "--no-audit", "--no-fund", "--silent"], cwd=PROXY)
    node = Path(shutil.which("node", path=tool_path()))
    if node.parent != VENV / "bin":
        (VENV / "bin" / "node").unlink(missing_ok=True)
        (VENV / "bin" / "node").symlink_to(node)
    link = VENV / "bin" / "configurable-http-proxy"
    link.unlink(missing_ok=True)
    link.symlink_to(PROXY / "node_modules" / ".bin" / "configurable-http-proxy")


def usable_node() -> bool:
    """Tell whether the machine has npm and a Node.js that is new enough."""
    node, npm = shutil.which("node", path=tool_path()), shutil.which("npm", path=tool_path())
    if not (node and npm):
        return False
    answer = subprocess.run([node, "--version"], check=False, capture_output=True, text=True)
    major = answer.stdout.lstrip("v").split(".")[0]
    return major.isdigit() and int(major) >= OLDEST_NODE


def tool_path() -> str:
    """Return PATH with our own programs first."""
    return os.pathsep.join([str(VENV / "bin"), os.environ.get("PATH", os.defpath)])


def ensure_browser() -> None:
    """Install Debian's Chromium when root; otherwise say that browser tests will be skipped."""
    if shutil.which("chromium"):
        return
    try:
        ensure_system_packages(["chromium", "fonts-dejavu-core"], "shows the pages to the tests")
    except InstallError as missing:
        print(f"casahub: {missing} Without it the browser tests are skipped.", file=sys.stderr)


def ensure_system_packages(names: list[str], purpose: str) -> None:
    """Install Debian packages when root, else raise InstallError that names the command."""
    command = f"apt-get install {' '.join(names)}"
    if os.geteuid() or not shutil.which("apt-get"):
        raise InstallError(f"a system package is missing ({purpose}): run `sudo {command}`.")
    step(f"system packages: {' '.join(names)} ({purpose})")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-qq"], env=environment)
    run(["apt-get", "install", "-y", "-qq", *names], env=environment, stdout=subprocess.DEVNULL)


def lock_file(name: str) -> str:
    """Return the path of a lock file."""
    return str(ROOT / "locks" / f"{name}.txt")


def step(text: str) -> None:
    """Tell the person what happens now."""
    print(f"casahub: {text}", flush=True)


def run(command: list[str], **options: object) -> None:
    """Run a command, our own programs first on PATH; raise CalledProcessError when it fails."""
    environment = {**os.environ, "PATH": tool_path(), "VIRTUAL_ENV": str(VENV)}
    environment.update(options.pop("env", {}))  # type: ignore[call-overload]
    environment["PATH"] = tool_path()
    subprocess.run(command, check=True, env=environment, **options)  # type: ignore[call-overload]


if __name__ == "__main__":
    sys.exit(main())
