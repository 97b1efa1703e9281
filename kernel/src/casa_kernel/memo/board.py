"""The one display in which a cell says what became of its memoised steps."""

import time
import uuid
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from casa_kernel.memo import summary
from casa_kernel.memo.summary import Cached

# A loop over cached steps is quick: its cell is told of them as often as the log's is.
_INTERVAL: Final = 0.25  # seconds


class Publish(Protocol):
    """Shows a display in the running cell."""

    def __call__(self, bundle: dict[str, str], display_id: str, *, update: bool) -> None:
        """Send it for the first time, or in place of the one sent before."""


class Board:
    """Gathers what is to be said of a cell's steps.

    Parameters
    ----------
    publish : Publish
        Shows it.
    clock : callable
        Monotonic seconds.
    """

    def __init__(self, publish: Publish, clock: Callable[[], float] = time.monotonic) -> None:
        self._publish = publish
        self._clock = clock
        self.begin()

    def begin(self) -> None:
        """Begin with nothing: a cell starts."""
        self._steps: list[Cached] = []
        self._notes: list[str] = []
        self._display_id = uuid.uuid4().hex
        self._sent = 0.0
        self._changed = False
        self._shown = False

    @property
    def is_shown(self) -> bool:
        """Whether the cell has the display already."""
        return self._shown

    def add(self, cached: Cached | None, notes: Sequence[str]) -> None:
        """Take a step that was cached, and what is to be known of it or of one that was not."""
        # The same is said once, in a loop.
        new = [note for note in dict.fromkeys(notes) if note not in self._notes]
        self._notes += new
        if cached is not None:
            self._steps.append(cached)
        self._changed = self._changed or bool(new) or cached is not None
        if not self._shown or self._clock() - self._sent >= _INTERVAL:
            self.show()

    def show(self) -> None:
        """Show all of it, if something is new."""
        if not self._changed:
            return
        bundle = summary.bundle(self._steps, self._notes)
        self._publish(bundle, self._display_id, update=self._shown)
        self._changed, self._shown, self._sent = False, True, self._clock()
