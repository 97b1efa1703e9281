"""The memory of a notebook, put together when its kernel starts."""

import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Protocol

from recompute import active

from casa_kernel.memo.memory import Notebook, NotebookMemory
from casa_kernel.memo.place import Places, pipeline_of
from casa_kernel.memo.screen import Screen

VARIABLE: Final = "CASA_KERNEL_RECOMPUTE"
"""Whether tasks are memoised from the first cell on: ``1``, or ``0`` as by default."""

_YES: Final = frozenset({"1", "true", "yes", "on"})


class Shell(Protocol):
    """What is used of IPython's ``InteractiveShell``, which ships no types."""

    user_ns: dict[str, Any]


def is_wanted(environ: Mapping[str, str]) -> bool:
    """Whether the environment asks for memoisation."""
    return environ.get(VARIABLE, "").strip().lower() in _YES


def memory(
    shell: Shell,
    screen: Screen,
    let_go: Callable[[], object],
    data_path: Callable[[], list[str]],
    quiet: Callable[[], AbstractContextManager[None]],
) -> NotebookMemory:
    """Return the memory of a notebook, which is off.

    Parameters
    ----------
    shell : Shell
        Knows the request that it works on, if it is a kernel's.
    screen : Screen
        Shows what is replayed.
    let_go : callable
        Gives up the locks of the tables that tools have open.
    data_path : callable
        Returns where CASA looks for files.
    quiet : callable
        A context in which tools log nothing.
    """
    usual = data_path()

    def versions() -> dict[str, str]:
        path = data_path()
        return {} if path == usual else {"data path": os.pathsep.join(path)}

    parent = getattr(shell, "get_parent", dict)  # a terminal has no requests
    run = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}, process {os.getpid()}"
    places = Places(parent, pipeline_of(os.environ, Path.cwd(), run))
    notebook = Notebook(shell.user_ns, let_go, versions, quiet)
    found = NotebookMemory(places, screen, notebook)
    active.set_host(found)  # recompute.enable() in a cell means the kernel's own tasks
    return found
