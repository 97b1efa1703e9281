"""What this machine can do for a site, in sentences."""

import asyncio
import json
import os
import shutil
import sys
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path

from rich.text import Text
from zfs_provisioner.doctor import Finding, examine_directory, examine_zfs

from casahub.doctor_engines import examine_engine
from casahub.settings import Settings
from casahub.terminal import plain_console, size

_ROOMY = 10e9  # bytes; below it a few copied workspaces of a real dataset fill the disk


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything that a site uses on this machine."""
    return [
        _python(),
        _proxy(),
        *_storage(settings),
        _socket(settings),
        *await examine_engine(settings),
        await _kernel(),
        _chromium(),
    ]


def _python() -> Finding:
    version = sys.version.split()[0]
    return Finding("python", True, True, f"Python {version} at {sys.executable}.")


def _proxy() -> Finding:
    found = (Path(sys.executable).parent / "configurable-http-proxy").exists()
    node = shutil.which("node", path=f"{Path(sys.executable).parent}:{_path()}")
    good = found and node is not None
    sentence = (
        f"JupyterHub's proxy is installed and runs on {node}."
        if good
        else "JupyterHub's proxy is missing: run `make run` in the checkout, which installs it."
    )
    return Finding("proxy", good, True, sentence)


def _path() -> str:
    return os.environ.get("PATH", os.defpath)


def _storage(settings: Settings) -> list[Finding]:
    if settings.zfs:
        return examine_zfs(settings.zfs)
    places = (settings.state, *settings.state.parents)
    # Below a directory that is closed to us, `Path.exists` raises.
    place = next(path for path in places if os.access(path, os.F_OK))
    free = shutil.disk_usage(place).free
    space = f"{size(free)} are free for {settings.state}."
    return [
        *examine_directory(settings.state, "CASAHUB_STATE"),
        Finding("space", free > _ROOMY, False, space),
    ]


def _socket(settings: Settings) -> Finding:
    sentence = (
        "A running site's provisioner listens at its socket, for `zfs-provisioner gc --socket "
        f"{settings.socket}` and the like."
    )
    return Finding("socket", True, False, sentence)


async def _kernel() -> Finding:
    if find_spec("casa_kernel") is None:
        sentence = "CASA is not installed here: notebooks need an environment that has casa-kernel."
        return Finding("casa", False, False, sentence)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "casa_kernel",
        "doctor",
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _none = await process.communicate()
    return Finding("casa", process.returncode == 0, False, output.decode(errors="replace").strip())


def _chromium() -> Finding:
    found = shutil.which("chromium")
    sentence = (
        f"Chromium at {found} runs the browser tests."
        if found
        else "Without Chromium the browser tests are skipped: apt-get install chromium."
    )
    return Finding("browser", found is not None, False, sentence)


def print_findings(findings: list[Finding], *, as_json: bool) -> None:
    """Print sentences with a mark each, or JSON."""
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
        return
    console = plain_console()
    for finding in findings:
        mark = Text("✓", "green") if finding.good else Text("!", "yellow")
        mark = Text("✗", "red") if finding.needed and not finding.good else mark
        console.print(mark, finding.sentence)
