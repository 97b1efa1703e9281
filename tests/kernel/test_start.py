"""Starts of the kernel where something is missing, full, forbidden or wrong."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from kernel.casa_notebook import Notebook
from kernel.conftest import StartNotebook

needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("unshare") is None,
    reason="needs root and unshare (util-linux) for namespaces of its own",
)

# A tmpfs of one page that is full before CASA starts.
FULL = (
    'mount -t tmpfs -o size=4k tmpfs "$CASA_KERNEL_LOG" && '
    'head -c 4096 /dev/zero > "$CASA_KERNEL_LOG/other" && exec "$@"'
)
ISOLATED = ["unshare", "--net", "--mount", "sh", "-c", FULL, "sh"]

# Python's own sockets; those of the kernel's channels are ZeroMQ's.
WATCH = """\
import os, sys

def watch(event, args):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname"}:
        with open(os.environ["ATTEMPTS"], "a") as file:
            file.write(f"{event} {args}\\n")

sys.addaudithook(watch)
"""


def configure(home: Path, source: str) -> None:
    (home / ".casa").mkdir(parents=True)
    (home / ".casa" / "config.py").write_text(source)


@pytest.fixture
def alone(kernel_env: dict[str, str], tmp_path: Path) -> Iterator[Notebook]:
    """A kernel without a network, with a full log disk and a user who asks for updates."""
    spec = tmp_path / "specs" / "alone" / "kernel.json"
    spec.parent.mkdir(parents=True)
    argv = [*ISOLATED, sys.executable, *["-m", "casa_kernel", "launch", "-f", "{connection_file}"]]
    spec.write_text(json.dumps({"argv": argv, "display_name": "alone", "language": "python"}))
    (tmp_path / "sitecustomize.py").write_text(WATCH)
    wish = "measures_auto_update = data_auto_update = True\nskipnetworkcheck = False\n"
    configure(tmp_path / "home", wish)
    (tmp_path / "logs").mkdir()
    environment = {
        **kernel_env,
        "HOME": str(tmp_path / "home"),
        "CASA_KERNEL_LOG": str(tmp_path / "logs"),
        "PYTHONPATH": str(tmp_path),
        "ATTEMPTS": str(tmp_path / "attempts"),
    }
    specs = KernelSpecManager(kernel_dirs=[str(spec.parents[1])])
    # Files, not ports: an interface is what the kernel does not have.
    files = {"transport": "ipc", "ip": str(tmp_path / "channel")}
    notebook = Notebook(specs, "alone", tmp_path, environment, **files)
    yield notebook
    notebook.close()


@needs_root
def test_no_network_and_a_full_disk_stop_nothing(
    alone: Notebook, ngc5921: Path, tmp_path: Path
) -> None:
    cell = alone.run(f"_ = listobs('{ngc5921}/ngc5921.ms')")
    assert cell.error is None
    assert any("Data records: 22653" in each["text/plain"] for each in cell.displays)
    assert cell.log["text/plain"].count("cannot be written: No space left on device") == 1
    assert " · 1 warning" in cell.log["text/plain"]
    settings = "config.measures_auto_update, config.data_auto_update"
    assert alone.run(f"from casaconfig import config\n{settings}").result == "(False, False)"
    # The watch works: what the notebook does itself is seen.
    alone.run("import socket\ntry: socket.create_connection(('192.0.2.1', 9))\nexcept OSError: 0")
    attempts = (tmp_path / "attempts").read_text().splitlines()
    assert len(attempts) == 2, attempts
    assert all("192.0.2.1" in each for each in attempts)


def test_a_configuration_that_raises_is_said_in_the_first_cell(
    start_notebook: StartNotebook, tmp_path: Path
) -> None:
    configure(tmp_path, "logfile = undefined\n")
    notebook = start_notebook(HOME=str(tmp_path), MPLCONFIGDIR="/proc/matplotlib")
    text = notebook.run("6 * 7").log["text/plain"]
    assert f"{tmp_path}/.casa/config.py is left out as a whole" in text
    assert "NameError: name 'undefined' is not defined" in text
    assert "Matplotlib cannot write in MPLCONFIGDIR=/proc/matplotlib" in text
    later = notebook.run("casalog.post('later')").log["text/plain"]
    assert later.startswith("CASA log · 1 message\n")


def test_a_configuration_that_ends_python_is_said_too(
    start_notebook: StartNotebook, tmp_path: Path
) -> None:
    configure(tmp_path, "raise SystemExit\n")
    notebook = start_notebook(HOME=str(tmp_path))
    cell = notebook.run("listobs('x.ms')")
    assert cell.error is not None
    assert cell.error["ename"] == "CasaImportError"
    assert "look for sys.exit() in ~/.casa/config.py" in cell.error["evalue"]
    assert notebook.run("6 * 7").result == "42"


def test_a_home_that_cannot_be_written_needs_one_variable(start_notebook: StartNotebook) -> None:
    cell = start_notebook(HOME="/proc/nobody", CASA_KERNEL_LOG="").run("1")
    assert cell.error is not None
    assert "cannot write in /proc/nobody/.casa/logs" in cell.error["evalue"]
    assert "set CASA_KERNEL_LOG to a directory of yours" in cell.error["evalue"]
    with_logs = start_notebook(HOME="/proc/nobody").run("len(casalog.logfile()) > 0")
    assert with_logs.error is None
    assert with_logs.result == "True"
