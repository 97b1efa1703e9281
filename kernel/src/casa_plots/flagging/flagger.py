"""Flagging in a plot: look first, do it, take it back."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import Final

from casa_plots.asked import Asked
from casa_plots.axes import Axis, Quantity
from casa_plots.errors import PlotError
from casa_plots.flagging import history
from casa_plots.flagging.commands import commands
from casa_plots.flagging.extending import extend
from casa_plots.flagging.layout import Layout, pieces, read_layout, total
from casa_plots.flagging.marks import Marks, count
from casa_plots.flagging.pointing import Opening, Pointed, pointed_at
from casa_plots.flagging.stored import (
    Digest,
    FlaggingError,
    changed,
    digest,
    marked_pieces,
    read,
    writable,
    write,
)
from casa_plots.flagging.versions import new_name, saved, saving
from casa_plots.inside import Extension, FlagPreview, Outline
from casa_plots.sources import open_source
from casa_plots.tables import Table, opened

_PATIENCE: Final = 3.0  # s, that another process may take to let go of a table


@dataclass(frozen=True, slots=True)
class _Done:
    """A change that can be taken back."""

    marks: Marks
    flag: bool
    visibilities: int
    version: str
    before: str
    after: str
    when: float  # s, of the monotonic clock


class Flagger:
    """Sets and clears flags of one table, in a plot of it.

    Parameters
    ----------
    asked : Asked
        Which points the plot has.
    opening : callable
        Gives the points; for tests of other sources.
    now : callable
        Gives the time, for names of flag versions.
    patience : float
        Seconds to wait for another process that has locked the table.
    """

    def __init__(
        self,
        asked: Asked,
        *,
        opening: Opening = open_source,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        patience: float = _PATIENCE,
    ) -> None:
        self._asked = asked
        self._path = Path(asked.path).absolute()
        self._opening = opening
        self._now = now
        self._patience = patience
        self._done: list[_Done] = []
        self._undone: list[_Done] = []

    def preview(
        self,
        x: Quantity,
        y: Quantity,
        outline: Outline,
        extension: Extension,
        *,
        flag: bool,
        within: Mapping[Quantity, float] | None = None,
    ) -> FlagPreview:
        """Return what `apply` would do; nothing is changed.

        Parameters
        ----------
        x, y : Quantity
            What the plot is of.
        outline : Outline
            In the units of the axes.
        extension : Extension
            What else is flagged with it.
        flag : bool
            Whether to flag, or to unflag.
        within : mapping of Quantity to float, optional
            Values of the iteration axes of the page.

        Raises
        ------
        PlotError
            The table cannot be read, or the outline has no inside.
        """
        layout = read_layout(self._path)
        pointed = self._pointed(layout, x, y, outline, extension, flag, within)
        with opened(self._path) as table:
            number, altogether = (
                _to_change(layout, table, pointed.marks, flag),
                total(layout, table),
            )
        verb = "flagged" if flag else "unflagged"
        share = 100 * number / altogether if altogether else 0
        sentence = (
            f"{pointed.points:,} points: {number:,} of {altogether:,} visibilities "
            f"({share:.2g} %) would be {verb}."
        )
        return FlagPreview(pointed.points, number, altogether, sentence)

    def apply(
        self,
        x: Quantity,
        y: Quantity,
        outline: Outline,
        extension: Extension,
        *,
        flag: bool,
        within: Mapping[Quantity, float] | None = None,
    ) -> str:
        """Flag, or unflag; return a sentence that says what was done.

        The flags as they were are saved first, under a name that ``flagmanager`` knows. If anything
        goes wrong, or is interrupted, they are put back before the error is raised.

        Raises
        ------
        FlaggingError
            The table cannot be written, or another process has locked it.
        PlotError
            As `preview`.
        """
        layout = read_layout(self._path)
        pointed = self._pointed(layout, x, y, outline, extension, flag, within)
        with writable(self._path, self._patience) as table:
            number = _to_change(layout, table, pointed.marks, flag)
            if not number:
                return "Nothing changed: " + (
                    "there is nothing unflagged inside." if flag else "nothing flagged is inside."
                )
            verb = "flagged" if flag else "unflagged"
            plot = f"{_words(y)} against {_words(x)}"
            version = new_name(self._path, self._now())
            comment = f"before {number} visibilities were {verb} in {plot} (casahub plotms)"
            before, after = self._save(layout, table, version, comment, pointed.marks, flag)
            done = _Done(pointed.marks, flag, number, version, before, after, time.monotonic())
            self._change(layout, table, done)
            self._done.append(done)
            self._undone.clear()
            told = _told(
                table, f"{verb} {number} visibilities in {plot}; before: flag version {version}"
            )
        return (
            f"{number:,} visibilities {verb}. flagmanager(mode='restore', versionname='{version}') "
            f"has them as they were.{told}"
        )

    @property
    def last_change(self) -> float:
        """When the last change that is not taken back was made; minus infinity without one."""
        return self._done[-1].when if self._done else -inf

    def undo(self) -> str:
        """Put back the flags as they were before the last `apply` that was not taken back.

        Raises
        ------
        FlaggingError
            There is nothing to take back, or the flags were changed by something else since.
        """
        if not self._done:
            raise FlaggingError(f"Nothing was flagged here in {self._path.name} yet.")
        done, layout = self._done[-1], read_layout(self._path)
        with writable(self._path, self._patience) as table:
            self._refuse_strangers(layout, table, done.after, done.version)
            self._restore(layout, table, done)
            self._undone.append(self._done.pop())
            told = _told(table, f"took back: flags are again as in flag version {done.version}")
        verb = "flagged" if done.flag else "unflagged"
        return (
            f"{done.visibilities:,} visibilities are no longer {verb}: all is as it was "
            f"before.{told}"
        )

    def redo(self) -> str:
        """Do again what was last taken back.

        Raises
        ------
        FlaggingError
            There is nothing to do again, or the flags were changed by something else since.
        """
        if not self._undone:
            raise FlaggingError(f"Nothing was taken back in {self._path.name}.")
        done, layout = self._undone[-1], read_layout(self._path)
        verb = "flagged" if done.flag else "unflagged"
        with writable(self._path, self._patience) as table:
            self._refuse_strangers(layout, table, done.before, done.version)
            self._change(layout, table, done)
            self._done.append(self._undone.pop())
            told = _told(table, f"{verb} {done.visibilities} visibilities again")
        return f"{done.visibilities:,} visibilities {verb} again.{told}"

    def script(self, limit: int = 1000) -> str:
        """Return Python for a pipeline that does what was done here and not taken back.

        Raises
        ------
        FlaggingError
            It would take more than `limit` commands of ``flagdata``.
        """
        layout = read_layout(self._path)
        lines: list[str] = []
        with opened(self._path) as table:
            for done in self._done:
                lines += commands(layout, table, done.marks, flag=done.flag, limit=limit)
        if len(lines) > limit:
            raise FlaggingError(
                f"What was flagged takes more than {limit} commands of flagdata: use the flag "
                "versions of flagmanager instead, or script(limit=...)."
            )
        text = "".join(f"    {line!r},\n" for line in lines)
        return f"flagdata({self._asked.path!r}, mode='list', inpfile=[\n{text}])\n"

    def _pointed(
        self,
        layout: Layout,
        x: Quantity,
        y: Quantity,
        outline: Outline,
        extension: Extension,
        flag: bool,
        within: Mapping[Quantity, float] | None,
    ) -> Pointed:
        pointed = pointed_at(
            self._asked,
            layout,
            x,
            y,
            outline,
            flag=flag,
            within=within or {},
            opening=self._opening,
        )
        with opened(self._path) as table:
            return Pointed(pointed.points, extend(table, layout, pointed.marks, extension))

    def _save(
        self,
        layout: Layout,
        table: Table,
        name: str,
        comment: str,
        marks: Marks,
        flag: bool,
    ) -> tuple[str, str]:
        """Save the flags; return the digests of what they are and of what they will be."""
        before, after = Digest(), Digest()
        try:
            with saving(layout, table, name, comment) as version:
                for numbers, rows in pieces(layout, table):
                    flags = read(layout, table, rows)
                    write(layout, version, rows, flags)
                    before.add(flags)
                    for number in numbers:
                        flags = changed(flags, rows, marks, number, flag=flag)
                    after.add(flags)
        except (OSError, RuntimeError) as error:
            raise FlaggingError(
                f"The flags of {self._path} could not be saved ({error}): nothing was changed."
            ) from error
        return before.done(), after.done()

    def _change(self, layout: Layout, table: Table, done: _Done) -> None:
        try:
            for number, rows in marked_pieces(layout, done.marks):
                flags = changed(read(layout, table, rows), rows, done.marks, number, flag=done.flag)
                write(layout, table, rows, flags)
            table.flush()
        except BaseException as error:
            self._restore(layout, table, done)
            if isinstance(error, (OSError, RuntimeError)) and not isinstance(error, PlotError):
                raise FlaggingError(
                    f"The flags of {self._path} could not be written ({error}): they are as they "
                    "were before."
                ) from error
            raise

    def _restore(self, layout: Layout, table: Table, done: _Done) -> None:
        """Put back the rows that a change touched, to the end, whoever interrupts."""
        interrupted: KeyboardInterrupt | None = None
        while True:
            try:
                with saved(self._path, done.version) as version:
                    for _, rows in marked_pieces(layout, done.marks):
                        write(layout, table, rows, read(layout, version, rows))
                table.flush()
                break
            except KeyboardInterrupt as error:
                interrupted = error  # it is harmless to begin again, and harm to stop
            except (OSError, RuntimeError, PlotError) as error:
                raise FlaggingError(
                    f"The flags of {self._path} could not be put back ({error}). Do it with "
                    f"flagmanager({str(self._path)!r}, mode='restore', "
                    f"versionname={done.version!r})."
                ) from error
        if interrupted is not None:
            raise interrupted

    def _refuse_strangers(self, layout: Layout, table: Table, known: str, version: str) -> None:
        if digest(layout, table) != known:
            raise FlaggingError(
                f"The flags of {self._path} were changed by something else since: nothing was "
                "taken back. The flags as they were are put back, with what was changed since "
                f"lost, by flagmanager({str(self._path)!r}, mode='restore', "
                f"versionname={version!r})."
            )


def _to_change(layout: Layout, table: Table, marks: Marks, flag: bool) -> int:
    """Return how many of the marked visibilities have another flag."""
    number = 0
    if not count(marks):
        return 0
    for described, rows in marked_pieces(layout, marks):
        flags = read(layout, table, rows)
        after = changed(flags, rows, marks, described, flag=flag)
        number += int((flags.effective != after.effective).sum())
    return number


def _told(table: Table, message: str) -> str:
    """Write a line of history; return a sentence for the user if there is none.

    The flags are changed by then, and can be taken back: a history that cannot be written is no
    reason to say that it failed.
    """
    try:
        written = history.add(table, message)
    except (OSError, RuntimeError) as error:
        return f" HISTORY has no line of it ({error})."
    return "" if written else " HISTORY has no line of it: another process has it in use."


def _words(quantity: Quantity) -> str:
    column = quantity.column
    return f"{quantity.axis} ({column})" if column and quantity.axis != Axis.TIME else quantity.axis
