"""What was made and what stands at a path, changing places."""

from dataclasses import dataclass
from pathlib import Path
from stat import S_IMODE

from recompute.content.walking import Found, walk
from recompute.errors import PlaceError
from recompute.put.drafts import Hook
from recompute.put.exchange import CannotExchangeError, exchange, move


@dataclass(frozen=True, slots=True)
class Swap:
    """What is made, and what it takes the place of.

    Whatever is taken away is looked at once more before it is given up: what somebody wrote in the
    last moment is put back. Each verb raises PlaceError then, and OSError as the system says it.

    Attributes
    ----------
    path : Path
        As the caller names it.
    top : Path
        The place itself.
    draft : Path
        The directory in which ``new`` was made.
    standing : Found or None
        What stood there when the put began.
    at : callable
        Told before each step.
    """

    path: Path
    top: Path
    draft: Path
    standing: Found | None
    at: Hook

    @property
    def new(self) -> Path:
        """What was made; after an exchange, what stood there before."""
        return self.draft / "new"

    def clear(self) -> None:
        """Take away what stands there."""
        self.at("take away")
        gone = self.draft / "gone"
        self.top.rename(gone)
        if self._is_other(gone):
            move(gone, self.top)
            raise self._changed()

    def bring(self) -> None:
        """Bring what was made to where nothing stands."""
        self.at("bring")
        move(self.new, self.top)

    def exchange(self) -> None:
        """Let what was made and what stands there change places."""
        self.at("exchange")
        try:
            exchange(self.new, self.top)
        except CannotExchangeError:
            self._replace()
            return
        if self._is_other(self.new):
            exchange(self.new, self.top)
            raise self._changed()

    def refuse_if_changed(self) -> None:
        """Make sure that nobody wrote what is about to be replaced.

        Raises
        ------
        PlaceError
            Somebody did.
        """
        if self._is_other(self.top):
            raise self._changed()

    def _replace(self) -> None:
        """Replace one by the other where names cannot be exchanged."""
        if self.new.is_file() and self.top.is_file():
            self.at("replace")
            self.new.replace(self.top)
            return
        before = self.draft / "before"
        self.at("take away the old one")
        self.top.rename(before)
        try:
            if self._is_other(before):
                raise self._changed()
            self.at("bring the new one")
            move(self.new, self.top)
        except (OSError, PlaceError):
            move(before, self.top)
            raise

    def _is_other(self, place: Path) -> bool:
        """Whether what is at a place is not what stood there when the put began."""
        return _written(walk(place)) != _written(self.standing)

    def _changed(self) -> PlaceError:
        return PlaceError(
            f"{self.path} was changed while it was about to be replaced: "
            "wait until nothing writes it."
        )


def _written(found: Found | None) -> object:
    """Return what a write changes; linking changes the other time."""
    if found is None:
        return None
    files = {
        name: (status.st_size, status.st_mtime_ns, status.st_ino, S_IMODE(status.st_mode))
        for name, status in found.files.items()
    }
    return files, found.directories, found.links
