"""The whole site as `make run` starts it, for tests from the outside."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests_processes import Process, four_free_ports, plain_environment, processes_of

USER_PASSWORD: Final = "observe-the-sky"
ADMIN_PASSWORD: Final = "observe-the-sky-as-an-administrator"
CASAHUB: Final = [sys.executable, "-m", "casahub.cli"]


class RunningSite(Process):
    """A site started by `casahub up` on a state directory of its own."""

    def __init__(self, state: Path, **settings: str) -> None:
        self.state = state
        self.port = four_free_ports()
        self.url = f"http://127.0.0.1:{self.port}"
        given = {
            "CASAHUB_STATE": str(state),
            "PORT": str(self.port),
            "CASAHUB_USER_PASSWORD": USER_PASSWORD,
            "CASAHUB_ADMIN_PASSWORD": ADMIN_PASSWORD,
        }
        super().__init__([*CASAHUB, "up"], plain_environment() | given | settings)

    def start(self, *signs: str) -> None:
        """Return when it says that it is up, or what else it should say."""
        super().start(*(signs or ["Ctrl-C stops it"]))

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Do what Ctrl-C does; every process of the site is gone afterwards."""
        status = super().stop(number)
        assert status == 0, "\n".join(self.said)
        assert self.leftovers() == []
        return status

    @contextmanager
    def running(self) -> Iterator["RunningSite"]:
        """Run it in the block, at whose end a test may have stopped it already."""
        self.start()
        try:
            yield self
        finally:
            if self.process.poll() is None:
                self.stop()

    def leftovers(self) -> list[str]:
        """Return the command lines of processes that still use the state directory."""
        return list(processes_of(self.state).values())

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the `casahub` command on this site's state."""
        return subprocess.run(
            [*CASAHUB, *arguments],
            env=self.environment,
            check=False,
            capture_output=True,
            text=True,
        )


MakeSite = Callable[..., RunningSite]
