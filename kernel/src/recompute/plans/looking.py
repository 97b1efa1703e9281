"""``os.stat`` and its kin as a script would find the files by then."""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NoReturn, Self

from recompute.plans.asking import Asking

_FILE_MODE: Final = stat.S_IFREG | 0o644
_DIRECTORY_MODE: Final = stat.S_IFDIR | 0o755

# The real functions take more kinds of paths and keywords than can be named here.
Function = Callable[..., Any]


class Foreseen:
    """What ``stat`` gives of something that is not there yet: only what kind of thing it is."""

    def __init__(self, name: str, asking: Asking, *, is_file: bool) -> None:
        self._name = name
        self._asking = asking
        self.st_mode = _FILE_MODE if is_file else _DIRECTORY_MODE

    def __getattr__(self, name: str) -> NoReturn:
        """End the plan: size and times are not known before."""
        if not name.startswith("st_"):
            raise AttributeError(name)
        self._asking.stop(f"asks for the size or time of {self._name}, which is not there yet")


class Entry:
    """A directory's entry that is not on disk as it would be."""

    def __init__(self, directory: str, name: str, look: Callable[[str], Any]) -> None:
        self.name = name
        self.path = os.path.join(directory, name)  # noqa: PTH118 - as os.DirEntry has it
        self._look = look

    def __fspath__(self) -> str:
        return self.path

    def stat(self, *, follow_symlinks: bool = True) -> Any:  # noqa: ANN401 - as os.stat here
        """Return what kind of thing it is."""
        del follow_symlinks
        return self._look(self.path)

    def is_dir(self, *, follow_symlinks: bool = True) -> bool:
        """Tell whether it is a directory."""
        return stat.S_ISDIR(self.stat(follow_symlinks=follow_symlinks).st_mode)

    def is_file(self, *, follow_symlinks: bool = True) -> bool:
        """Tell whether it is a plain file."""
        return stat.S_ISREG(self.stat(follow_symlinks=follow_symlinks).st_mode)

    def is_symlink(self) -> bool:
        """Tell that it is no link: nothing that is foreseen is one."""
        return False


class Entries:
    """What ``os.scandir`` gives."""

    def __init__(self, entries: Iterator[Any]) -> None:
        self._entries = entries

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Any:  # noqa: ANN401 - of the disk, or foreseen
        return next(self._entries)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Do nothing: what was read is read."""


class Looking:
    """The functions that look, each with the real one for what is as on disk."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._stat, self._lstat, self._access = os.stat, os.lstat, os.access
        self._listdir, self._scandir = os.listdir, os.scandir

    def install(self) -> None:
        """Put them in the place of the real ones."""
        setattr(os, "stat", self.stat)  # noqa: B010 - mypy knows the real one's type
        setattr(os, "lstat", self.lstat)  # noqa: B010
        setattr(os, "access", self.access)  # noqa: B010
        setattr(os, "listdir", self.listdir)  # noqa: B010
        setattr(os, "scandir", self.scandir)  # noqa: B010

    def path(self, given: object, options: dict[str, Any] | None = None) -> Path | None:
        """Return what names a path, absolute; None for an open file or a path below one."""
        if isinstance(given, int) or (options and options.get("dir_fd") is not None):
            return None
        try:
            return Path(os.path.abspath(os.fsdecode(given)))  # type: ignore[arg-type]  # noqa: PTH100 - no links followed
        except TypeError:
            return None

    def stat(self, path: Any, **options: Any) -> Any:  # noqa: ANN401 - as `Function`
        """Stand in for os.stat."""
        return self._looked(self._stat, path, options)

    def lstat(self, path: Any, **options: Any) -> Any:  # noqa: ANN401
        """Stand in for os.lstat."""
        return self._looked(self._lstat, path, options)

    def access(self, path: Any, mode: int, **options: Any) -> bool:  # noqa: ANN401
        """Stand in for os.access."""
        absolute = self.path(path, options)
        if absolute is None or not self._asking.is_touched(absolute):
            return self._access(path, mode, **options)
        try:
            self.foreseen(absolute)
        except FileNotFoundError:
            return False
        return True

    def listdir(self, path: Any = ".") -> list[Any]:  # noqa: ANN401
        """Stand in for os.listdir."""
        absolute = self.path(path)
        if absolute is None or not self._is_changed(absolute):
            return self._listdir(path)
        names = self._names(absolute)
        return [os.fsencode(each) for each in names] if isinstance(path, bytes) else names

    def scandir(self, path: Any = ".") -> Any:  # noqa: ANN401
        """Stand in for os.scandir."""
        absolute = self.path(path)
        if absolute is None or not self._is_changed(absolute):
            return self._scandir(path)
        if isinstance(path, bytes):
            self._asking.stop("lists a directory as bytes, which is not foreseen")
        return Entries(iter(self._entries(os.fspath(path), absolute)))

    def source(self, path: Path) -> Path | None:
        """Return which file on disk holds what would be at a path; None if none does."""
        answer = self._asking.ask("look", path=str(path))
        source = answer["source"]
        return Path(str(source)) if source is not None else None

    def foreseen(self, path: Path) -> Foreseen | None:
        """Return what would be at a path; None if that is what is on disk.

        Raises
        ------
        FileNotFoundError
            Nothing would be there.
        """
        answer = self._asking.ask("look", path=str(path))
        if answer["as_on_disk"]:
            return None
        if answer["step"] is not None:
            self._asking.stop(f"asks for {path.name}, which {depends(answer['step'])}")
        if not answer["there"]:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        return Foreseen(path.name, self._asking, is_file=bool(answer["file"]))

    def _looked(self, real: Function, path: object, options: dict[str, Any]) -> Any:  # noqa: ANN401
        absolute = self.path(path, options)
        if absolute is None or not self._asking.is_touched(absolute):
            return real(path, **options)
        source = self.source(absolute)
        if source is not None:
            return real(source, **options)
        found = self.foreseen(absolute)
        return real(path, **options) if found is None else found

    def _is_changed(self, path: Path) -> bool:
        return self._asking.is_touched(path) or self._asking.is_above(path)

    def _names(self, path: Path) -> list[str]:
        if self._asking.is_touched(path):
            self.foreseen(path)
        names = self._asking.ask("names", path=str(path))["names"]
        if not isinstance(names, dict):
            return []
        for name, step in names.items():
            if step is not None:
                self._asking.stop(f"lists {path.name}, and whether {name} is in it {depends(step)}")
        return list(names)

    def _entries(self, given: str, absolute: Path) -> list[Any]:
        names = self._names(absolute)
        real: dict[str, Any] = {}
        if not self._asking.is_touched(absolute):
            with self._scandir(given) as found:
                real = {each.name: each for each in found}
        return [
            real[name]
            if name in real and not self._asking.is_touched(absolute / name)
            else Entry(given, name, self.stat)
            for name in names
        ]


def depends(step: object) -> str:
    """Return on what something depends, as the end of a sentence."""
    return f"depends on step {step}" if step else "cannot be looked up within a recorded tree"
