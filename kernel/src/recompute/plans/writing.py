"""``open`` while a script is planned: what it writes goes to a directory of the plan's own.

So a script that writes a list of regions or a table of results is followed further, tasks that
read such a file find it as it would be, and the disk stays as it is.
"""

import builtins
import errno
import io
import os
import shutil
from itertools import count
from pathlib import Path
from typing import Any, Final

from recompute.plans.asking import Asking
from recompute.plans.fence import is_importing
from recompute.plans.looking import Looking

_CHANGING: Final = frozenset("wax+")
_LARGEST: Final = 100_000_000  # bytes; what a script appends to is copied first


class Writing:
    """The function that opens files, with the real one for what is as on disk.

    Parameters
    ----------
    asking : Asking
        Tells the parent.
    looking : Looking
        Sees what would be there.
    scratch : Path
        A directory of this process's own.
    """

    def __init__(self, asking: Asking, looking: Looking, scratch: Path) -> None:
        self._asking = asking
        self._looking = looking
        self._scratch = scratch
        self._open = io.open
        self._copy = shutil.copyfile
        self._mkdir = os.mkdir
        self._numbers = count(1)

    def install(self) -> None:
        """Put it in the place of the real one."""
        setattr(builtins, "open", self.open)  # noqa: B010 - mypy knows the real one's type
        setattr(io, "open", self.open)  # noqa: B010

    def open(self, file: Any, mode: str = "r", *rest: Any, **options: Any) -> Any:  # noqa: ANN401 - as the real one
        """Stand in for open."""
        path = self._looking.path(file)
        is_own = path is None or path.is_relative_to(self._scratch) or str(path) == os.devnull
        if path is None or is_own or is_importing():
            return self._open(file, mode, *rest, **options)
        if _CHANGING & set(mode):
            return self._open(self._written(path, mode), mode, *rest, **options)
        source = self._looking.source(path) if self._asking.is_touched(path) else None
        return self._open(source or file, mode, *rest, **options)

    def _written(self, path: Path, mode: str) -> Path:
        """Return where a file is written instead, with what it holds before."""
        there = os.path.lexists(path)
        if "x" in mode and there:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        if "r" in mode or not there:
            os.stat(path if "r" in mode else path.parent)  # noqa: PTH116 - which is the stand-in
        if there and os.path.isdir(path):  # noqa: PTH112 - by the stand-in
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        known = self._looking.source(path) if self._asking.is_touched(path) else path
        if known is not None and known.is_relative_to(self._scratch):
            return known
        written = self._room(path.name)
        if there and not {"w", "x"} & set(mode):
            self._fill(written, known, path)
        self._asking.ask("wrote", path=str(path), source=str(written))
        return written

    def _room(self, name: str) -> Path:
        directory = self._scratch / f"written-{next(self._numbers)}"
        self._mkdir(directory)
        return directory / name

    def _fill(self, written: Path, known: Path | None, path: Path) -> None:
        if known is None or known.stat().st_size > _LARGEST:
            self._asking.stop(f"writes on in {path.name}")
        self._copy(known, written)
