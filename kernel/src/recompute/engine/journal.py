"""What has to be put back if this process dies in the middle of a step."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp

from recompute.files import write_whole
from recompute.model import Digest

PutBack = Callable[[Path, Digest | None], None]
"""Puts a stored tree at a path, or nothing."""


class Journal:
    """The steps under way, of this process and of others.

    Each has a file that says what stood at the paths that it writes. Its process holds a lock on
    the file, so that anybody can tell whether it still lives.

    Parameters
    ----------
    directory : Path
        Where the files are; made if it is not there.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)

    @contextmanager
    def under_way(
        self, before: Mapping[Path, Digest | None], *, durable: bool
    ) -> Iterator[Callable[[], None]]:
        """Write down what a step is going to change, for as long as the block runs.

        Parameters
        ----------
        before : mapping
            What to put back at each path.
        durable : bool
            Whether it has to be on the disk first: CASA is going to write in place.

        Yields
        ------
        callable
            Called once the paths are whole again or their new states are in the ledger; a block
            that is left without it leaves the file, and what is put back for the next step.
        """
        with self._guarded(fcntl.LOCK_SH):  # else it could be taken for a dead one's at once
            descriptor, name = mkstemp(dir=self._directory, suffix=".lock")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        entry = Path(name).with_suffix(".json")
        try:
            text = json.dumps({str(path): tree for path, tree in before.items()})
            write_whole(entry, text, durable=durable)
            yield lambda: entry.unlink(missing_ok=True)
        finally:
            if not entry.exists():
                Path(name).unlink()
            os.close(descriptor)

    def recover(self, put_back: PutBack) -> list[Path]:
        """Put back what steps of dead processes were changing; return those paths.

        Idempotent: a recovery that is itself killed is done again.
        """
        recovered: list[Path] = []
        if not any(self._directory.glob("*.lock")):
            return recovered
        with self._guarded(fcntl.LOCK_EX):
            for lock in sorted(self._directory.glob("*.lock")):
                with _free(lock) as free:
                    if free:
                        recovered += _recovered(lock, put_back)
        return recovered

    @contextmanager
    def _guarded(self, how: int) -> Iterator[None]:
        guard = self._directory / "guard"
        descriptor = os.open(guard, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, how)
            yield
        finally:
            os.close(descriptor)


def _recovered(lock: Path, put_back: PutBack) -> list[Path]:
    entry = lock.with_suffix(".json")
    if not entry.exists():
        lock.unlink(missing_ok=True)
        return []
    paths = {Path(path): tree for path, tree in json.loads(entry.read_text()).items()}
    for path, tree in paths.items():
        put_back(path, tree)
    entry.unlink()
    lock.unlink()
    return list(paths)


@contextmanager
def _free(lock: Path) -> Iterator[bool]:
    """Tell whether nobody holds a lock, and hold it in the block if so."""
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
