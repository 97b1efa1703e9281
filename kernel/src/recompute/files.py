"""Files that are written whole or not at all."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile


def write_whole(path: Path, text: str, *, durable: bool = False) -> None:
    """Replace a file's text: whoever reads it finds the old text or the new one.

    Parameters
    ----------
    path : Path
        The file; its directory is there.
    text : str
        What it is to hold.
    durable : bool
        Whether it has to outlive a loss of power from here on.
    """
    with NamedTemporaryFile(
        "w",
        dir=path.parent,
        prefix=f".{path.name[:64]}.",
        delete=False,
        encoding="utf-8",
        errors="surrogateescape",
    ) as file:
        try:
            file.write(text)
            file.flush()
            if durable:
                os.fsync(file.fileno())
            os.replace(file.name, path)  # noqa: PTH105 - the temporary's name is a string
        except BaseException:
            os.unlink(file.name)  # noqa: PTH108 - as above
            raise
    if durable:
        _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
