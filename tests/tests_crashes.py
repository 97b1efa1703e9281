"""Work on a storage that is killed at one of its boundaries, and what must not be left of it.

A boundary lies between two steps that change what is kept. Those of a storage are enumerated: work
is killed at its first boundary, at its second, and so on until it runs through. Real storages are
killed with SIGKILL in a child process, so that no clean-up of ours runs.
"""

import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from tests_model import ModelStorage
from tests_model_pool import RESTORING, ModelPool
from zfs_provisioner.storage.directory import DirectoryStorage
from zfs_provisioner.storage.protocol import Storage

Work = Callable[[], object]


class Victim(Protocol):
    """A storage whose work can be killed."""

    def open(self) -> Storage:
        """Open it as a provisioner that starts does."""

    def killed_at(self, boundary: int, work: Work) -> bool:
        """Do the work and kill it at a boundary, 1 for the first; tell whether it came so far."""

    def leftovers(self) -> list[str]:
        """Return what no user asked for, after a start."""


class Killed(BaseException):
    """Stands for SIGKILL in the model: no handler of errors sees it as one."""


class ModelVictim:
    """The model: a boundary lies before and after each of its transactions."""

    def __init__(self, directory: Path) -> None:
        self._pool = ModelPool(directory)

    def open(self) -> ModelStorage:
        return ModelStorage(self._pool)

    def killed_at(self, boundary: int, work: Work) -> bool:
        countdown = Countdown(boundary, self._die)
        self._pool.boundary = lambda _what: countdown.step()
        try:
            work()
        except Killed:
            return True
        finally:
            self._pool.boundary = lambda _what: None
        return False

    def _die(self) -> None:
        raise Killed  # at every later boundary too: a dead process changes nothing

    def leftovers(self) -> list[str]:
        known = self._pool.filesystems.items()
        return [name for name, each in known if RESTORING in each.snapshots]


class DirectoryVictim:
    """A directory: a boundary lies before each call that changes a name, opens a file or clones."""

    _CHANGES = frozenset(
        {"fcntl.ioctl", "os.link", "os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink"}
    )

    def __init__(self, root: Path) -> None:
        self._root = root

    def open(self) -> DirectoryStorage:
        return DirectoryStorage(self._root)

    def killed_at(self, boundary: int, work: Work) -> bool:
        def watch(countdown: "Countdown") -> None:
            def hook(event: str, arguments: tuple[object, ...]) -> None:
                writes = event == "open" and _writes(arguments[2])
                if writes or event in self._CHANGES:
                    countdown.step()

            sys.addaudithook(hook)

        return killed(boundary, work, watch)

    def leftovers(self) -> list[str]:
        return [str(path) for path in self._root.rglob(".*") if path.name != ".lock"]


def _writes(flags: object) -> bool:
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


class Countdown:
    """Calls `die` at a boundary, and at all after it."""

    def __init__(self, boundary: int, die: Callable[[], None]) -> None:
        self._left, self._die = boundary, die

    def step(self) -> None:
        self._left -= 1
        if self._left <= 0:
            self._die()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed(boundary: int, work: Work, watch: Callable[[Countdown], None]) -> bool:
    """Do the work in a child that kills itself at a boundary, of which `watch` tells it."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            gc.disable()  # it would write to, and so copy, all memory of the parent
            watch(Countdown(boundary, die))
            work()
            status = 0
        except BaseException:  # noqa: BLE001  # nothing of the test may run on in the child
            traceback.print_exc()
        finally:
            os._exit(status)
    _pid, ended = os.waitpid(child, 0)
    assert os.WIFSIGNALED(ended) or ended == 0, "the work failed, see above"
    return os.WIFSIGNALED(ended)
