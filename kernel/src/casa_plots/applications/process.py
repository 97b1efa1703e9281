"""An application in a process of its own that may hang, die or be interrupted.

The process is our `server`, and the application is its child. It is kept between calls, since a
start takes seconds and some calls build upon the one before; it ends by itself when nothing was
asked for a while, and at once, with everything that it started, when this process does.
"""

import atexit
import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

from casa_plots.applications.places import COMMAND, Installation, find
from casa_plots.applications.reference import find_data
from casa_plots.errors import ApplicationError, InvalidParameterError

_LOOK: Final = 0.5  # seconds between two looks at what the processes do
_SIGN: Final = 0.05  # seconds of processor time that an idle program does not use in a minute
_WORDS: Final = 2000  # characters of last words
_CLOCK: Final = os.sysconf("SC_CLK_TCK")
# From our environment; everything else could only mislead CASA's libraries.
_PASSED: Final = ("PATH", "TZ", "TMPDIR", "CASA_PLOTS_EXPOSED")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited, in seconds.

    Attributes
    ----------
    start : float
        For the application to come up; from a cold disk over a network it takes ten seconds.
    quiet : float
        For a sign of life during a request: processor time that is used, or a disk that is waited
        for. What shows none hangs.
    total : float
        For one request, however busy the application is.
    idle : float
        Until a process that nobody asks anything ends.
    """

    start: float = 90.0
    quiet: float = 60.0
    total: float = 4 * 3600.0
    idle: float = 900.0

    @classmethod
    def of_environment(cls) -> "Patience":
        """Return the defaults, or what ``$CASA_PLOTS_PATIENCE`` says for `start` and `quiet`.

        Raises
        ------
        InvalidParameterError
            The variable is no positive number.
        """
        said = os.environ.get("CASA_PLOTS_PATIENCE")
        if said is None:
            return cls()
        try:
            seconds = float(said)
        except ValueError:
            seconds = -1.0
        if not seconds > 0:
            raise InvalidParameterError(
                f"CASA_PLOTS_PATIENCE={said} is no number of seconds; try 120."
            )
        return cls(start=seconds, quiet=seconds)


class Application:
    """One of CASA's applications; it is started when it is first asked for something.

    Parameters
    ----------
    name : str
        ``casaplotms`` or ``casaviewer``.
    patience : Patience or None
        None for `Patience.of_environment`.
    """

    def __init__(self, name: str, patience: Patience | None = None) -> None:
        self.name = name
        self._patience = patience
        self._running: _Process | None = None
        self._turn = threading.Lock()

    @property
    def process(self) -> int | None:
        """The number of the application's process, None when it does not run."""
        running = self._running
        return running.application if running is not None and running.alive else None

    def ask(self, call: str, parameters: Mapping[str, object], directory: Path) -> list[str]:
        """Let the application do something.

        Parameters
        ----------
        call : str
            What `server` knows for this application.
        parameters : mapping of str to object
            What JSON can say.
        directory : Path
            Where relative paths start.

        Returns
        -------
        list of str
            What the application warned of.

        Raises
        ------
        InvalidParameterError
            The task refused its parameters.
        ApplicationError
            The application is not installed, failed, died or hung. The next call starts another.
        KeyboardInterrupt
            The user interrupted; the application has ended.
        """
        patience = self._patience or Patience.of_environment()
        with self._turn:
            running = self._ready(patience)
            try:
                reply = running.request(
                    {"call": call, "parameters": dict(parameters), "directory": str(directory)},
                    patience,
                )
            except BaseException:  # died, hung, or the user's interrupt
                self.stop()
                raise
        warnings = [str(each) for each in reply.get("warnings", [])]
        if "error" in reply:
            kind = InvalidParameterError if reply.get("refused") else ApplicationError
            others = [str(each) for each in reply.get("others", [])]
            raise kind(_sentence(self.name, str(reply["error"]), [*others, *warnings]))
        return warnings

    def stop(self) -> None:
        """End the process and all that it started, if it runs."""
        running, self._running = self._running, None
        if running is not None:
            running.stop()

    def _ready(self, patience: Patience) -> "_Process":
        if self._running is not None and self._running.owner != os.getpid():
            self._running = None  # our parent's, from before a fork: leave it alone
        if self._running is not None and not self._running.alive:
            self.stop()
        if self._running is None:
            installation = find()
            if installation is None:
                raise ApplicationError(
                    f"{self.name} is not installed: run `{COMMAND}` (250 MB), or ask who looks "
                    "after this machine to."
                )
            self._running = _Process(self.name, installation, patience)
            atexit.register(self._running.stop)
        return self._running


class _Process:
    """A running server."""

    def __init__(self, name: str, installation: Installation, patience: Patience) -> None:
        self.name, self.owner, self.application = name, os.getpid(), 0
        data = find_data()
        self._private = Path(tempfile.mkdtemp(prefix=f"{name}-"))
        self._unread = b""
        started = threading.Event()
        # PR_SET_PDEATHSIG means the thread that started the process: this one lives as long.
        self._keeper = threading.Thread(
            target=self._keep, args=(installation, data, patience.idle, started), daemon=True
        )
        self._failure: OSError | None = None
        self._keeper.start()
        started.wait()
        if self._failure is not None:
            shutil.rmtree(self._private, ignore_errors=True)
            raise ApplicationError(f"{name} could not be started: {self._failure}")
        try:
            reply = self._wait(patience.start, patience.start, "start")
        except BaseException:
            self.stop()
            raise
        if "error" in reply:
            self.stop()
            raise ApplicationError(str(reply["error"]))
        self.application = int(reply["process"])

    def _keep(
        self, installation: Installation, data: Path, idle: float, started: threading.Event
    ) -> None:
        environment = {name: os.environ[name] for name in _PASSED if name in os.environ} | {
            "HOME": str(self._private),
            "XDG_RUNTIME_DIR": str(self._private),
            "XDG_CACHE_HOME": str(self._private),
            "XDG_CONFIG_HOME": str(self._private),
            "LC_ALL": "C.UTF-8",
            "OMP_NUM_THREADS": "1",
            "QT_QPA_PLATFORM": "offscreen",
            "DISPLAY": ":none",  # plotms only looks whether it is set
            "GRPC_ENABLE_FORK_SUPPORT": "0",
        }
        with as_file(files("casa_plots.applications").joinpath("server.py")) as script:
            command = [installation.python, "-I", "-S", "-u", str(script), self.name]
            command += [str(installation.packages), str(installation.tree(self.name))]
            command += [str(data), str(idle), str(os.getpid())]
            try:
                self._popen = subprocess.Popen(
                    command,
                    cwd=self._private,
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=(self._private / "words").open("ab"),
                    start_new_session=True,
                    bufsize=0,
                )
            except OSError as failure:
                self._failure = failure
                return
            finally:
                started.set()
            self._popen.wait()

    @property
    def alive(self) -> bool:
        """Whether the server runs."""
        return self._popen.poll() is None

    def request(self, what: Mapping[str, object], patience: Patience) -> dict[str, Any]:
        """Send a request and return the reply."""
        assert self._popen.stdin is not None  # noqa: S101 - it was asked for
        try:
            self._popen.stdin.write(json.dumps(what).encode() + b"\n")
        except BrokenPipeError:
            raise self._died() from None
        return self._wait(patience.quiet, patience.total, str(what["call"]))

    def _wait(self, quiet: float, total: float, what: str) -> dict[str, Any]:
        """Return the next line of the server, unless it dies, shows no life, or takes too long."""
        assert self._popen.stdout is not None  # noqa: S101 - it was asked for
        now = time.monotonic()
        deadline, lively, used = now + total, now, 0.0
        while b"\n" not in self._unread:
            if select.select([self._popen.stdout], [], [], _LOOK)[0]:
                data = self._popen.stdout.read(1 << 16)
                if not data:
                    raise self._died()
                self._unread += data
                continue
            now = time.monotonic()
            spent, waits = _life(self._popen.pid)
            if waits or spent - used > _SIGN:
                lively, used = now, spent
            if now - lively > quiet or now > deadline:
                raise ApplicationError(
                    f"{self.name} hung and was ended: no sign of life for {now - lively:.0f} s in "
                    f"`{what}` (more patience: CASA_PLOTS_PATIENCE).{self._last_words()}"
                )
        line, _, self._unread = self._unread.partition(b"\n")
        reply: dict[str, Any] = json.loads(line)
        if "died" in reply:
            raise self._died(int(reply["died"]))
        return reply

    def _died(self, status: int | None = None) -> ApplicationError:
        if status is None:
            self._end()
            status = self._popen.returncode
        how = f"by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"
        return ApplicationError(f"{self.name} ended {how}.{self._last_words()}")

    def _last_words(self) -> str:
        texts = []
        for name in ("words", "log"):
            with contextlib.suppress(FileNotFoundError):
                texts.append((self._private / name).read_text(errors="replace").strip())
        lines = "\n".join(text for text in texts if text).splitlines()
        said = "\n".join(line.split("\t")[-1] for line in lines if "dUTC" not in line)[-_WORDS:]
        return f" Its last words:\n{said}" if said else " It left no words."

    def _end(self) -> None:
        # The keeper reaps the leader; until all of its group are gone nobody gets the number.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()

    def stop(self) -> None:
        """End everything and remove the private directory."""
        atexit.unregister(self.stop)
        if self.owner != os.getpid():
            return
        self._end()
        for pipe in (self._popen.stdin, self._popen.stdout):
            if pipe is not None:
                pipe.close()
        shutil.rmtree(self._private, ignore_errors=True)


def _life(group: int) -> tuple[float, bool]:
    """Return a process group's seconds of processor time, and whether it waits for a disk."""
    seconds, waits = 0.0, False
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[2]) == group:
            seconds += (int(fields[11]) + int(fields[12])) / _CLOCK
            waits |= fields[0] == "D"
    return seconds, waits


def _sentence(name: str, error: str, warnings: list[str]) -> str:
    """Return what went wrong, with the log's words where the error has none."""
    said = [each for each in warnings if each not in error]
    return f"{name}: {error.strip()}" + "".join(f"\n{each}" for each in said)
