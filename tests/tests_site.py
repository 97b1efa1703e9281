"""The whole site as `make run` starts it, for tests from the outside."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

import psutil
import pytest
from tests_portal import _four_free_ports

USER_PASSWORD: Final = "observe-the-sky"
ADMIN_PASSWORD: Final = "observe-the-sky-as-an-administrator"


class RunningSite:
    """A site started by `casahub up` on a state directory of its own."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.port = _four_free_ports()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "CASAHUB_STATE": str(state),
            "PORT": str(self.port),
            "CASAHUB_USER_PASSWORD": USER_PASSWORD,
            "CASAHUB_ADMIN_PASSWORD": ADMIN_PASSWORD,
            "PYTHONUNBUFFERED": "1",
        }
        self.said: list[str] = []

    def start(self) -> None:
        """Return when it says that it is up."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "casahub.cli", "up"],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if "Ctrl-C stops it" in line:
                return
        pytest.fail("the site did not start:\n" + "".join(self.said))

    def stop(self) -> None:
        """Do what Ctrl-C does; every process of the site is gone afterwards."""
        self.process.send_signal(signal.SIGINT)
        rest, _none = self.process.communicate(timeout=120)
        self.said.append(rest)
        assert self.process.returncode == 0, "".join(self.said)
        assert self.leftovers() == []

    def leftovers(self) -> list[str]:
        """Return the command lines of processes that still use the state directory."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.pid != os.getpid() and str(self.state) in str(process.environ()):
                    found.append(" ".join(process.cmdline()))
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return found

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the `casahub` command on this site's state."""
        return subprocess.run(
            [sys.executable, "-m", "casahub.cli", *arguments],
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
        )
