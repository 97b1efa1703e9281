"""How a run looks: live on a terminal, plain lines in a log file, or JSON for programs."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TextIO

from rich.console import Console, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from recompute.batch import wording
from recompute.batch.model import Begun, Ended, Event, Failure, Outlook, Remark, event_fields
from recompute.batch.running import Progress
from recompute.words import duration


class JsonLines:
    """One JSON object a line on standard output; the script prints on standard error."""

    takes_output, takes_errors = True, False

    def __init__(self, file: TextIO, script: TextIO) -> None:
        self._file = file
        self._script = script

    def __call__(self, event: Event) -> None:
        """Write an event."""
        print(json.dumps(event_fields(event)), file=self._file, flush=True)

    def output(self, text: str) -> None:
        """Write what the script printed."""
        print(text, file=self._script, flush=True)


class Plain:
    """A line for each step that ended; the script prints where it always does."""

    takes_output = takes_errors = False

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def __call__(self, event: Event) -> None:
        """Write a line if the event deserves one."""
        if (text := line_of(event)) is not None:
            print(text, file=self._file, flush=True)

    def output(self, text: str) -> None:
        """Write on what the script printed."""
        print(text, file=self._file, flush=True)


class Terminal:
    """Finished steps scroll by between the script's prints; the running one stays at the bottom."""

    def __init__(self, console: Console, *, takes_output: bool) -> None:
        self._console = console
        self.takes_output = takes_output
        self.takes_errors = True
        self.status = _Status()

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the running step in the block."""
        live = Live(
            self.status,
            console=self._console,
            transient=True,
            refresh_per_second=8,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        with live:
            yield

    def __call__(self, event: Event) -> None:
        """Show an event."""
        self.status.note(event)
        if (text := line_of(event)) is not None:
            self._console.print(Text(text, style=_style(event)))

    def output(self, text: str) -> None:
        """Show what the script printed, its colours included."""
        self._console.print(Text.from_ansi(text), soft_wrap=True)


class _Status:
    """The line at the bottom: which step runs, since when, and how long it took last time."""

    def __init__(self) -> None:
        self._spinner = Spinner("dots")
        self._begun: Begun | None = None
        self._since = monotonic()
        self._known = 0

    def note(self, event: Event) -> None:
        if isinstance(event, Outlook):
            self._known = len(event.last)
        elif isinstance(event, Begun):
            self._begun, self._since = event, monotonic()
        elif isinstance(event, Ended):
            self._begun = None

    def __rich__(self) -> RenderableType:
        if self._begun is None:
            return Text("")
        of = f" of {self._known}" if self._begun.number <= self._known else ""
        elapsed = duration(monotonic() - self._since)
        usual = f" of about {duration(self._begun.expected)}" if self._begun.expected else ""
        self._spinner.update(
            text=f"step {self._begun.number}{of}: {self._begun.task} · {elapsed}{usual}"
        )
        return self._spinner


def line_of(event: Event) -> str | None:
    """Return the line of an event, None if it has none."""
    if isinstance(event, Ended):
        return wording.ended(event)
    if isinstance(event, Failure):
        return wording.failed(event)
    return event.text if isinstance(event, Remark) else None


def _style(event: Event) -> str:
    if isinstance(event, Failure):
        return "red"
    if isinstance(event, Ended):
        return {"cached": "green", "failed": "red"}.get(event.verdict, "")
    return ""


@contextmanager
def display(*, as_json: bool) -> Iterator[Progress]:
    """Give the display that fits where the output goes."""
    if as_json:
        yield JsonLines(sys.stdout, sys.stderr)
        return
    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        yield Plain(sys.stderr)
        return
    terminal = Terminal(console, takes_output=sys.stdout.isatty())
    with terminal.shown():
        yield terminal
