"""Processes that tests start: their output, their readiness, their end, and what they leave."""

import os
import platform
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

# Everything may take this many times longer: in the OpenZFS lab a process starts slowly, and where
# tests run side by side they wait for each other.
SLOWNESS: Final = (
    10 if platform.node() == "openzfs" else 2 if "PYTEST_XDIST_WORKER" in os.environ else 1
)


def plain_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return it without pytest's own variable, which makes ipykernel behave otherwise."""
    return {name: value for name, value in environment.items() if name != "PYTEST_CURRENT_TEST"}


@dataclass
class Process:
    """A child whose output tells when it is ready; it can be started again after its end."""

    argv: list[str]
    environment: dict[str, str] = field(default_factory=plain_environment)
    said: list[str] = field(default_factory=list)

    def start(self, *signs: str) -> None:
        """Return when each sign has been in a line of its output."""
        self.process = subprocess.Popen(
            self.argv,
            env=self.environment | {"PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._news, self._silent, self._first = threading.Condition(), False, len(self.said)
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self.wait_for(*signs)

    def _listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            with self._news:
                self.said.append(line.rstrip())
                self._news.notify_all()
        with self._news:
            # A grandchild may keep the pipe open until long after the next start.
            self._silent |= threading.current_thread() is self._listener
            self._news.notify_all()

    def wait_for(self, *signs: str) -> None:
        """Return when each sign has been in a line since the start; fail if it ended before."""

        def missing() -> list[str]:
            heard = self.said[self._first :]
            return [sign for sign in signs if not any(sign in line for line in heard)]

        with self._news:
            self._news.wait_for(lambda: self._silent or not missing(), 60 * SLOWNESS)
            assert not missing(), f"no {missing()} in:\n" + "\n".join(self.said)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it by a signal; return its status when it ended and all it said was heard."""
        self.process.send_signal(number)
        return self.wait()

    def end(self) -> None:
        """End a program that is not ours, by force if need be: how it ends is not what is tested.

        JupyterLab was seen to hang in its exit, in a thread of its own.
        """
        self.process.terminate()
        try:
            self.process.wait(20 * SLOWNESS)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.wait()

    def wait(self) -> int:
        """Return its status when it ended and all it said was heard."""
        status = self.process.wait(60 * SLOWNESS)
        self._listener.join(1)  # a grandchild may keep the pipe open; then what we have is all
        return status


def provisioner(path: Path, *options: str) -> Process:
    """Return a provisioner that is yet to be started, with `start("serving ")`."""
    command = [sys.executable, "-m", "zfs_provisioner", "serve"]
    return Process([*command, "--socket", str(path), *options])


def four_free_ports() -> int:
    """Return the first of four free ports in a row, as `casahub.hub_ports` wants them."""
    while True:
        with socket.socket() as first:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
        if all(_is_free(port + step) for step in range(4)):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def processes_of(state: Path) -> dict[int, str]:
    """Return id and command line of each process whose environment names the state directory."""
    found = {}
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and str(state) in str(process.environ()):
                found[process.pid] = " ".join(process.cmdline())
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found
