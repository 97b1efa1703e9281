import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from casa_plots.applications import server
from casa_plots.applications.places import VARIABLE
from casa_plots.applications.process import Application, Patience
from casa_plots.casaplotms import text_export
from casa_plots.errors import ApplicationError, InvalidParameterError

PARENT = """\
import sys
from casa_plots.casaplotms import APPLICATION, text_export
text_export({"vis": sys.argv[1], "antenna": "1&2"})
print(APPLICATION.process, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def running(observation: Path) -> Iterator[Application]:
    """A casaplotms that has answered once, and has no patience."""
    application = Application("casaplotms", Patience(quiet=3))
    assert "Amp" in text_export({"vis": str(observation), "antenna": "1&2"}, application)
    yield application
    application.stop()


def works(application: Application, observation: Path) -> bool:
    return "Amp" in text_export({"vis": str(observation), "antenna": "1&2"}, application)


def gone(pidfd: int) -> bool:
    """Wait for a process to end."""
    return bool(select.select([pidfd], [], [], 20)[0])


def test_a_dead_application_is_an_error_and_the_next_call_works(
    running: Application, observation: Path
) -> None:
    process = running.process
    assert process is not None
    os.kill(process, signal.SIGSTOP)  # so that it dies in the middle
    threading.Timer(0.5, os.kill, (process, signal.SIGKILL)).start()
    with pytest.raises(ApplicationError, match=r"casaplotms ended by SIGKILL\. Its last words"):
        works(running, observation)
    assert running.process is None
    assert works(running, observation)
    assert running.process != process


def test_a_hung_application_is_ended(running: Application, observation: Path) -> None:
    process = running.process
    assert process is not None
    handle = os.pidfd_open(process)
    os.kill(process, signal.SIGSTOP)
    with pytest.raises(ApplicationError, match=r"hung.*no sign of life for 3 s in `plotms`"):
        works(running, observation)
    assert gone(handle)


def test_an_interrupt_ends_the_application(running: Application, observation: Path) -> None:
    process = running.process
    assert process is not None
    handle = os.pidfd_open(process)
    os.kill(process, signal.SIGSTOP)
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        works(running, observation)
    assert gone(handle)
    assert works(running, observation)


def test_nothing_outlives_a_killed_parent(observation: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(observation)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as parent:
        assert parent.stdout is not None
        process = psutil.Process(int(parent.stdout.readline()))
        family = [process.pid, process.parent().pid]
        assert family[1] != parent.pid
        handles = [os.pidfd_open(each) for each in family]
        parent.kill()
        assert all(gone(each) for each in handles)


def test_nobody_else_can_reach_the_application(running: Application) -> None:
    process = running.process
    assert process is not None
    lines = (
        Path(f"/proc/{process}/net/tcp").read_text() + Path(f"/proc/{process}/net/tcp6").read_text()
    )
    listening = [fields for fields in map(str.split, lines.splitlines()) if fields[3] == "0A"]
    ports = {int(fields[1].rpartition(":")[2], 16) for fields in listening}
    assert ports
    for port in ports:
        with pytest.raises(OSError, match="refused"), socket.socket() as caller:
            caller.connect(("127.0.0.1", port))


def test_a_listener_is_closed_where_there_is_no_network_of_its_own() -> None:
    script = (
        "import socket, sys\ns = socket.create_server(('0.0.0.0', 0))\n"
        "print(s.getsockname()[1], flush=True)\nsys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as listening:
        assert listening.stdout is not None
        port = int(listening.stdout.readline())
        with socket.create_connection(("127.0.0.1", port)):
            server.close_listeners(listening.pid)
        with pytest.raises(OSError, match="refused"), socket.socket() as caller:
            caller.connect(("127.0.0.1", port))
        listening.kill()


def test_an_idle_application_ends(observation: Path) -> None:
    application = Application("casaplotms", Patience(idle=0.5))
    try:
        assert works(application, observation)
        process = application.process
        if process is not None:
            assert gone(os.pidfd_open(process))
        assert works(application, observation)
    finally:
        application.stop()


def test_what_is_not_installed_names_the_command(
    observation: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(ApplicationError, match="casa-kernel applications install"):
        works(Application("casaplotms"), observation)


def test_patience_that_is_no_number_is_refused(
    observation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASA_PLOTS_PATIENCE", "forever")
    with pytest.raises(InvalidParameterError, match="CASA_PLOTS_PATIENCE=forever"):
        works(Application("casaplotms"), observation)
