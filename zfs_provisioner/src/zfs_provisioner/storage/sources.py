"""What may be imported, and how far an operation is."""

from pathlib import Path
from typing import Final

from zfs_provisioner.errors import InvalidSourceError
from zfs_provisioner.model import Progress
from zfs_provisioner.storage import trees
from zfs_provisioner.storage.protocol import Report

_LONGEST_SHOWN: Final = 300

# The stages of long operations, as people read them.
COPYING: Final = "copying into the archive"
CHECKING: Final = "checking what was copied"
CLONING: Final = "preparing your copy of the data"
RESTORING: Final = "restoring the checkpoint"


def refuse_unfit(source: Path, kept: Path) -> int:
    """Return the bytes to copy, or raise InvalidSourceError.

    Parameters
    ----------
    kept
        Where the storage keeps or mounts its trees: a copy of that would be a copy of itself.
    """
    remedy = "name a directory that holds the dataset's files, such as a MeasurementSet's parent"
    size = files = 0
    try:
        if not source.is_dir():
            raise InvalidSourceError(f"{source} is not a directory: {remedy}.")
        if kept.resolve().is_relative_to(source.resolve()):
            raise InvalidSourceError(f"{source} holds the provisioner's own {kept}: {remedy}.")
        for entry in trees.walk(source):
            if not (entry.is_directory or entry.is_file):
                raise InvalidSourceError(
                    f"{entry.relative} is neither file nor directory: a release holds only these. "
                    "Replace a link by what it points to."
                )
            size += entry.status.st_size if entry.is_file else 0
            files += entry.is_file
    except OSError as error:
        shown = str(error.filename)[:_LONGEST_SHOWN]
        message = f"{shown} cannot be read ({error.strerror}): name a path that can be read."
        raise InvalidSourceError(message) from error
    if not files:
        raise InvalidSourceError(f"{source} holds no file: {remedy}.")
    return size


class Counter:
    """Adds up bytes and reports them."""

    def __init__(self, report: Report, stage: str, total: int) -> None:
        self._report, self._stage, self._total, self._done = report, stage, total, 0
        self.add(0)

    def add(self, size: int) -> None:
        """Report that so many more bytes are done."""
        self._done += size
        self._report(Progress(stage=self._stage, done=self._done, total=self._total))
