"""What people see on a terminal: progress bars, sizes, times, tables."""

import sys
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.filesize import decimal
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from zfs_provisioner.model import Progress as Step

_ENDLESS: Final = 10_000  # characters; rich wants a number


def plain_console(*, stderr: bool = False) -> Console:
    """Return a console for other people's text: "[/red]" in a name is not rich's markup.

    Lines are folded for a terminal only, so that a script finds on one line what belongs there.
    """
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _ENDLESS
    return Console(stderr=stderr, width=width, highlight=False, markup=False)


class ProgressBars:
    """One bar for each long operation; a line for each stage where output is not a terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            TextColumn("casahub: {task.description}", markup=False),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[amount]}", markup=False),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[str, TaskID] = {}
        self._stages: dict[str, str] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def report(self, name: str, step: Step) -> None:
        """Show how far an operation is."""
        text = f"{name}: {step.stage}"
        if not self._console.is_terminal:
            if self._stages.get(name) != step.stage:
                self._console.print(f"casahub: {text}", highlight=False, markup=False)
            self._stages[name] = step.stage
            return
        if name not in self._tasks:
            self._tasks[name] = self._bars.add_task(text, total=None, amount="")
        amount = f"{decimal(step.done)} of {decimal(step.total)}" if step.total else ""
        total = step.total or None
        self._bars.update(
            self._tasks[name], description=text, completed=step.done, total=total, amount=amount
        )


def size(count: int) -> str:
    """Return bytes as people read them."""
    return decimal(count)


def day(moment: datetime) -> str:
    """Return the day of a time in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d")


def when(moment: datetime | None) -> str:
    """Return a time in UTC, to the minute."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M") if moment else ""
