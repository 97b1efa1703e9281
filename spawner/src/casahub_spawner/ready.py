"""When a server listens: Jupyter then writes a file about itself into its runtime directory.

The kernel tells of that file at once, so that nobody has to ask the server again and again, with
pauses that grow. What cannot be watched is found out by the slow asking beside this.
"""

import asyncio
import contextlib
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, Final

from asyncinotify import Inotify, Mask

_PATTERN: Final = "jpserver-*.json"
_WRITTEN: Final = Mask.CLOSE_WRITE | Mask.MOVED_TO

ServerFiles = Mapping[str, tuple[int, int]]


def server_files(directory: Path) -> ServerFiles:
    """Return the files of servers by name, each with what tells it from a later one of that name.

    Servers that were killed leave theirs, and in a container every server has the same number.
    """
    found = {}
    for path in directory.glob(_PATTERN):
        with contextlib.suppress(FileNotFoundError):  # a server that ends removes its file
            status = path.lstat()
            found[path.name] = (status.st_ino, status.st_mtime_ns)
    return found


async def server_listens(directory: Path, earlier: ServerFiles) -> None:
    """Return when a server has told that it listens which is not among the `earlier` ones.

    Raises
    ------
    OSError
        The directory cannot be watched: it is gone, or the account watches too many already.
    """
    with Inotify() as inotify:
        # Before the look: what comes between the two is in the queue.
        inotify.add_watch(directory, _WRITTEN)
        while not server_files(directory).items() - earlier.items():
            await inotify.get()


async def first_of(*waits: Coroutine[Any, Any, object]) -> None:
    """Return when the first of several waits ended, raise its error; the others are cancelled."""
    tasks = [asyncio.ensure_future(each) for each in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for each in done:
            each.result()
    finally:
        for each in tasks:
            each.cancel()
        await asyncio.wait(tasks)
