"""Starting the process that runs a script, listening to it, and handing signals on."""

import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Final, Protocol

from recompute.batch.model import (
    ENGINE,
    Ended,
    Event,
    ExitCode,
    Failure,
    Finished,
    Line,
    Report,
    Spec,
    event_of,
)
from recompute.batch.ports import Listener
from recompute.errors import RecomputeError

_TICK: Final = 0.2  # seconds; how late a process is noticed that died without a word
_CHUNK: Final = 65536
_SUFFIXES: Final = (".py", ".ipynb")

Output = Callable[[str], None]


class Progress(Listener, Protocol):
    """Shows a run; what the script prints passes through it where it would disturb the display."""

    @property
    def takes_output(self) -> bool:
        """Whether the script's standard output has to pass through `output`."""

    @property
    def takes_errors(self) -> bool:
        """Whether the script's standard error has to pass through `output`."""

    def output(self, text: str) -> None:
        """Show whole lines that the script wrote."""


class Silent:
    """Shows nothing; the script writes where its parent does."""

    takes_output = takes_errors = False

    def __call__(self, event: Event) -> None:
        """Ignore it."""

    def output(self, text: str) -> None:
        """Ignore it."""


def run(
    path: Path,
    *,
    arguments: Sequence[str] = (),
    progress: Progress | None = None,
    output: Path | None = None,
    engine: str = ENGINE,
) -> Report:
    """Run a script or notebook from its top with memoised tasks.

    Parameters
    ----------
    path : Path
        A ``.py`` or ``.ipynb`` file; it runs in the current directory.
    arguments : sequence of str
        What it finds in ``sys.argv``.
    progress : Progress, optional
        Shows what happens.
    output : Path, optional
        Where an executed notebook is written; the notebook itself is never changed.
    engine : str
        What memoises, ``module:callable``.

    Returns
    -------
    Report
        What became of each step, and `ExitCode`. An interrupt is no exception here: the running
        task is ended, its files are as before, and what was computed is in the store.

    Raises
    ------
    RecomputeError
        There is no such file, or it is neither a script nor a notebook.
    """
    refuse_if_not_runnable(path)
    if output is not None and path.suffix != ".ipynb":
        raise RecomputeError(f"{path} is a script: only an executed notebook can be written.")
    spec = Spec(
        path=str(path.absolute()),
        arguments=tuple(arguments),
        engine=engine,
        output=str(output.absolute()) if output else "",
    )
    return _Run(spec, progress or Silent()).to_end()


def refuse_if_not_runnable(path: Path) -> None:
    """Refuse what is no script and no notebook.

    Raises
    ------
    RecomputeError
        With what would be one.
    """
    if not path.is_file():
        raise RecomputeError(f"There is no file {path}.")
    if path.suffix not in _SUFFIXES:
        raise RecomputeError(f"{path} is neither a script (.py) nor a notebook (.ipynb).")


class _Run:
    """One run: the child, what it said, and how it ended."""

    def __init__(self, spec: Spec, progress: Progress) -> None:
        self._spec = spec
        self._progress = progress
        self._steps: list[Ended] = []
        self._failure: Failure | None = None
        self._code: int | None = None
        self._signalled: int | None = None

    def to_end(self) -> Report:
        started = monotonic()
        events, child_events = os.pipe()
        child_lifeline, lifeline = os.pipe()
        try:
            command = _command(self._spec, child_events, child_lifeline)
            child = self._start(command, (child_events, child_lifeline))
            os.close(child_events)
            os.close(child_lifeline)
            with child, self._handing_on(child):
                self._listen(child, events)
                status = child.wait()
        finally:
            os.close(events)
            os.close(lifeline)
        return Report(
            path=Path(self._spec.path),
            exit_code=self._exit_code(status),
            seconds=monotonic() - started,
            steps=tuple(self._steps),
            failure=self._failure,
        )

    def _start(self, command: Sequence[str], keep: tuple[int, int]) -> subprocess.Popen[bytes]:
        pump, errors = self._progress.takes_output, self._progress.takes_errors
        # Python holds back what it writes to a pipe, and the user wants to see it in time.
        unbuffered = {"PYTHONUNBUFFERED": "1"} if pump or errors else {}
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if pump else None,
            stderr=subprocess.PIPE if errors else None,
            pass_fds=keep,
            env={**os.environ, **unbuffered},
            # Ctrl-C reaches this process alone, which hands it on once.
            start_new_session=True,
        )

    @contextmanager
    def _handing_on(self, child: subprocess.Popen[bytes]) -> Iterator[None]:
        def hand_on(number: int, frame: FrameType | None) -> None:
            del frame
            # To all that the script started as well, as Ctrl-C in a terminal goes to all of a job.
            if self._signalled is None:
                self._signalled = number
                _signal(child, number)
            elif number == signal.SIGINT:
                _signal(child, signal.SIGKILL)

        numbers = (signal.SIGINT, signal.SIGTERM)
        try:
            kept = {number: signal.signal(number, hand_on) for number in numbers}
        except ValueError:  # not the main thread, which gets the signals
            kept = {}
        try:
            yield
        finally:
            for number, handler in kept.items():
                signal.signal(number, handler)

    def _listen(self, child: subprocess.Popen[bytes], events: int) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(events, selectors.EVENT_READ, _Lines(self._event))
            for stream in (child.stdout, child.stderr):
                if stream is not None:
                    lines = _Lines(self._progress.output)
                    selector.register(stream.fileno(), selectors.EVENT_READ, lines)
            while selector.get_map():
                ready = selector.select(_TICK)
                for key, _ in ready:
                    chunk = os.read(key.fd, _CHUNK)
                    key.data.feed(chunk)
                    if not chunk:
                        selector.unregister(key.fd)
                # What a script left running may hold its output open for ever.
                if not ready and child.poll() is not None:
                    return

    def _event(self, line: str) -> None:
        event = event_of(json.loads(line))
        if isinstance(event, Ended):
            self._steps.append(event)
        elif isinstance(event, Failure):
            self._failure = event
        elif isinstance(event, Finished):
            self._code = event.exit_code
        self._progress(event)

    def _exit_code(self, status: int) -> int:
        # After its last word only the interpreter's end can crash: CASA's libraries do at times.
        if self._code is not None or status >= 0:
            return status if self._code is None else self._code
        if self._signalled is not None:
            is_term = self._signalled == signal.SIGTERM
            return ExitCode.TERMINATED if is_term else ExitCode.INTERRUPTED
        if self._failure is None:
            name = signal.Signals(-status).name
            text = f"The process crashed ({name}): what was computed before is kept, run it again."
            self._failure = Failure(message=text, where=Line())
            self._progress(self._failure)
        return 128 - status


def _signal(child: subprocess.Popen[bytes], number: int) -> None:
    if child.poll() is None:  # else the number of its group may be somebody else's
        os.killpg(child.pid, number)


class _Lines:
    """Cuts chunks into lines; what follows the last one comes at the end of file."""

    def __init__(self, take: Output) -> None:
        self._take = take
        self._rest = b""

    def feed(self, chunk: bytes) -> None:
        *whole, self._rest = (self._rest + chunk).split(b"\n")
        if not chunk and self._rest:
            whole.append(self._rest)
        for line in whole:
            self._take(line.decode("utf-8", errors="replace"))


def _command(spec: Spec, events: int, lifeline: int) -> list[str]:
    given: Mapping[str, object] = {"spec": asdict(spec), "events": events, "lifeline": lifeline}
    return [sys.executable, "-m", "recompute.batch.child", json.dumps(given)]
