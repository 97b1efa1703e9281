"""The whole log on disk."""

from pathlib import Path


class LogFile:
    """A file that takes the log and never stops a task when it cannot be written.

    Parameters
    ----------
    path : Path
        Its directory exists; the file is opened for appending, as CASA does.
    """

    def __init__(self, path: Path) -> None:
        self._open(path)
        self._failed = False

    def _open(self, path: Path) -> None:
        # Unbuffered: after a crash of CASA the file holds the last line.
        self._file = path.open("ab", buffering=0)
        self.path = path

    def move(self, path: Path) -> None:
        """Write to another file from here on; what was written stays where it is."""
        previous = self._file
        self._open(path.expanduser().absolute())
        previous.close()
        self._failed = False

    def write(self, data: bytes) -> str | None:
        """Append bytes.

        Returns
        -------
        str or None
            A sentence for the user, the first time that writing fails.
        """
        try:
            self._file.write(data)
        except OSError as error:
            if self._failed:
                return None
            self._failed = True
            return f"The log file {self.path} cannot be written: {error.strerror}."
        self._failed = False
        return None
