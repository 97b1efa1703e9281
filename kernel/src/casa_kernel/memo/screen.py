"""How a cell shows what a memoised task gives."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from casa_kernel.memo.board import Publish
from casa_kernel.output.tee import LogTee


@dataclass(frozen=True, slots=True)
class Screen:
    """The running cell.

    Attributes
    ----------
    tee : callable
        Returns what takes a task's log as it is written.
    show_log : callable
        Shows what is logged so far.
    replay_log : callable
        Shows a task's log of another time; takes the task's name and the lines.
    picture : callable
        Shows a PNG.
    display : Publish
        Shows a display that can be updated.
    """

    tee: Callable[[], LogTee]
    show_log: Callable[[], object]
    replay_log: Callable[[str, Sequence[str]], object]
    picture: Callable[[bytes], object]
    display: Publish
