"""Real OpenZFS in user-mode Linux: builds that go on beside the tests, and boots."""

import os
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

LAB = Path(__file__).parent / "lab" / "openzfs"
VERSIONS = ("2.3", "2.4")
IMPOSSIBLE = 77  # the lab's status where this machine cannot build it
# Ends all that the build started when the other end of its standard input closes, which happens in
# whatever way the tests end.
_UNTIL_CLOSED = 'exec 3<&0; (cat <&3 > /dev/null; kill 0) & exec "$0" build < /dev/null 3<&-'


@dataclass(frozen=True, slots=True)
class Lab:
    """A built OpenZFS of one version."""

    version: str

    def run(self, *command: str | Path, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
        """Boot a guest and run the command in it."""
        return subprocess.run(
            [LAB, "run", *command],
            cwd=cwd,
            # A pool, what the tests write beside it and a whole site came to 1.7 GiB.
            env={"MEMORY": "3G", **os.environ, **env, "OPENZFS": self.version},
            capture_output=True,
            text=True,
            check=False,
        )


@dataclass(frozen=True, slots=True)
class Build:
    """A build that goes on in the background, or is done."""

    process: subprocess.Popen[bytes]
    log: Path

    def require(self) -> None:
        """Wait for its end; fail with its last lines, or skip where it is impossible."""
        status = self.process.wait()
        lines = self.log.read_text().splitlines()
        if status == IMPOSSIBLE:
            pytest.skip(lines[-1])
        if status:
            pytest.fail("\n".join(lines[-25:]), pytrace=False)


@contextmanager
def builds(versions: Iterable[str], lab: Path = LAB) -> Iterator[dict[str, Build]]:
    """Build these versions in the background; end what is not done when the block ends.

    A build that is ended takes up to a minute more to remove its sources.
    """
    with TemporaryDirectory(prefix="casahub-builds-") as logs, ExitStack() as ends:
        yield {
            version: ends.enter_context(_build(version, lab, Path(logs, version)))
            for version in versions
        }


@contextmanager
def _build(version: str, lab: Path, log: Path) -> Iterator[Build]:
    with (
        log.open("wb") as output,
        subprocess.Popen(
            ["sh", "-c", _UNTIL_CLOSED, lab],
            env={**os.environ, "OPENZFS": version},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        yield Build(process, log)
