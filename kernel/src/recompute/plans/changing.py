"""Removing, making, copying and moving that only the plan notes; and commands that do it."""

import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from recompute.plans.asking import Asking
from recompute.plans.looking import Looking
from recompute.plans.shell import Command, Deed, understood, understood_words

# What a caller may ask of a program that prints nothing and succeeds.
_OPTIONS: Final = frozenset({"check", "shell", "capture_output", "text", "stdout", "stderr"})


class Changing:
    """The functions that change paths, noted by the parent instead.

    Parameters
    ----------
    asking : Asking
        Tells the parent.
    looking : Looking
        Sees what would be there.
    scratch : Path
        A directory in which the real functions work.
    """

    def __init__(self, asking: Asking, looking: Looking, scratch: Path) -> None:
        self._asking = asking
        self._looking = looking
        self._scratch = scratch

    def install(self, shell: Any = None) -> None:  # noqa: ANN401 - IPython is untyped
        """Put them in the place of the real ones, and in that of IPython's ``!`` lines."""
        if shell is not None:
            shell.system = self.system
        stand_ins: dict[Any, dict[str, Callable[..., Any]]] = {
            os: {
                "remove": self.remove,
                "unlink": self.remove,
                "rmdir": self.rmdir,
                "mkdir": self.mkdir,
                "rename": self.rename,
                "replace": self.rename,
                "system": self.system,
            },
            shutil: {
                "rmtree": self.rmtree,
                "copytree": self.copytree,
                "copy": self.copy,
                "copy2": self.copy,
                "copyfile": self.copy,
                "move": self.move,
            },
            subprocess: {
                "run": self.run,
                "call": self.call,
                "check_call": self.call,
            },
        }
        for module, functions in stand_ins.items():
            for name, function in functions.items():
                real = getattr(module, name)
                setattr(module, name, self._outside_scratch(real, function))

    def _outside_scratch(
        self, real: Callable[..., Any], function: Callable[..., Any]
    ) -> Callable[..., Any]:
        def chosen(*given: Any, **options: Any) -> Any:  # noqa: ANN401 - of either
            path = self._looking.path(given[0]) if given else None
            is_own = path is not None and path.is_relative_to(self._scratch)
            return (real if is_own else function)(*given, **options)

        return chosen

    def remove(self, path: Any, **options: Any) -> None:  # noqa: ANN401 - a path of any kind
        """Stand in for os.remove."""
        absolute = self._there(path, options)
        if self._is_directory(path):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        self._asking.ask("remove", paths=[str(absolute)])

    def rmdir(self, path: Any, **options: Any) -> None:  # noqa: ANN401
        """Stand in for os.rmdir."""
        absolute = self._there(path, options)
        if os.listdir(path):  # noqa: PTH208 - which is the stand-in
            raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY), str(path))
        self._asking.ask("remove", paths=[str(absolute)])

    def rmtree(self, path: Any, ignore_errors: bool = False, *rest: Any, **options: Any) -> None:  # noqa: ANN401 - as shutil has it
        """Stand in for shutil.rmtree."""
        try:
            absolute = self._there(path, options)
            if not self._is_directory(path):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
        except OSError:
            if ignore_errors:
                return
            if rest or options.get("onerror") or options.get("onexc"):
                self._asking.stop("handles an error of shutil.rmtree, which is not foreseen")
            raise
        self._asking.ask("remove", paths=[str(absolute)])

    def mkdir(self, path: Any, mode: int = 0o777, **options: Any) -> None:  # noqa: ANN401
        """Stand in for os.mkdir."""
        del mode
        absolute = self._named(path, options)
        if self._is_there(absolute):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
        self._there(absolute.parent)
        self._asking.ask("make", path=str(absolute))

    def rename(self, source: Any, target: Any, **options: Any) -> None:  # noqa: ANN401
        """Stand in for os.rename and os.replace."""
        old, new = self._there(source, options), self._named(target, options)
        if self._is_there(new) and self._is_directory(new):
            self._asking.stop(f"renames {old.name} to {new.name}, which is a directory already")
        self._asking.ask("move", source=str(old), target=str(new))

    def move(self, source: Any, target: Any, *_rest: Any) -> Any:  # noqa: ANN401
        """Stand in for shutil.move."""
        old, new = self._there(source), self._into(source, target)
        self._asking.ask("move", source=str(old), target=str(new))
        return str(new)

    def copy(self, source: Any, target: Any, **_options: Any) -> Any:  # noqa: ANN401
        """Stand in for shutil.copy, copy2 and copyfile."""
        old, new = self._there(source), self._into(source, target)
        if self._is_directory(source):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(source))
        self._asking.ask("copy", source=str(old), target=str(new))
        return target

    def copytree(self, source: Any, target: Any, *rest: Any, **options: Any) -> Any:  # noqa: ANN401
        """Stand in for shutil.copytree."""
        old, new = self._there(source), self._named(target, {})
        if rest or options.keys() - {"symlinks"}:
            self._asking.stop("copies parts of a directory, which is not foreseen")
        if self._is_there(new):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
        self._asking.ask("copy", source=str(old), target=str(new))
        return target

    def system(self, command: Any) -> int:  # noqa: ANN401
        """Stand in for os.system."""
        commands = understood(os.fsdecode(command))
        if commands is None:
            self._asking.stop(f"runs a shell command ({_short(os.fsdecode(command))})")
        return self._obeyed(commands)

    def run(self, command: Any, **options: Any) -> Any:  # noqa: ANN401
        """Stand in for subprocess.run."""
        text = os.fsdecode(command) if isinstance(command, str | bytes) else None
        if text is not None and options.get("shell"):
            found = understood(text)
        elif text is not None:
            found = understood_words([text])
        else:
            found = understood_words([os.fsdecode(each) for each in command])
        told = text or " ".join(os.fsdecode(each) for each in command)
        if found is None or options.keys() - _OPTIONS:
            self._asking.stop(f"runs a program ({_short(told)})")
        status = self._obeyed(found)
        if status and options.get("check"):
            raise subprocess.CalledProcessError(status, command)
        nothing = "" if options.get("text") else b""
        return subprocess.CompletedProcess(command, status, nothing, nothing)

    def call(self, command: Any, **options: Any) -> int:  # noqa: ANN401
        """Stand in for subprocess.call and check_call."""
        status: int = self.run(command, **options).returncode
        return status

    def _obeyed(self, commands: Sequence[Command]) -> int:
        for command in commands:
            if command.deed is Deed.REMOVE:
                self._asking.ask("remove", patterns=list(command.paths), cwd=os.getcwd())  # noqa: PTH109 - text for the parent
            elif command.deed is Deed.MAKE:
                for path in command.paths:
                    os.makedirs(path, exist_ok=True)  # noqa: PTH103 - by the stand-ins
            else:
                self._obey_pair(command)
        return 0

    def _obey_pair(self, command: Command) -> None:
        source, target = command.paths
        if not self._is_there(self._named(source, {})):
            self._asking.stop(f"copies or moves {source}, which is not there")
        if self._is_there(self._named(target, {})) and not self._is_directory(target):
            self._asking.ask("remove", paths=[str(self._named(target, {}))])
        question = "copy" if command.deed is Deed.COPY else "move"
        old, new = self._named(source, {}), self._into(source, target)
        if self._is_there(new):
            self._asking.stop(f"copies or moves onto {new.name}, which is there already")
        self._asking.ask(question, source=str(old), target=str(new))

    def _named(self, path: object, options: dict[str, Any]) -> Path:
        absolute = self._looking.path(path, options)
        if absolute is None:
            self._asking.stop("changes files by descriptors, which is not foreseen")
        return absolute

    def _there(self, path: object, options: dict[str, Any] | None = None) -> Path:
        absolute = self._named(path, options or {})
        os.lstat(absolute)
        return absolute

    def _is_there(self, path: Path) -> bool:
        return os.path.lexists(path)

    def _is_directory(self, path: Any) -> bool:  # noqa: ANN401
        return os.path.isdir(path) and not os.path.islink(path)  # noqa: PTH112, PTH114 - by the stand-ins

    def _into(self, source: object, target: object) -> Path:
        new = self._named(target, {})
        return new / self._named(source, {}).name if self._is_directory(new) else new


def _short(text: str) -> str:
    first = " ".join(text.split())
    return first if len(first) <= 60 else f"{first[:60]}…"  # noqa: PLR2004 - characters of a line
