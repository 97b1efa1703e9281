"""Killing a process at any of its deeds on files."""

import os
import sys
from collections.abc import Callable
from typing import Final

KILLED: Final = 77

_DEEDS: Final = ("open", "os.", "shutil.", "fcntl.", "ctypes.call_function", "tempfile.")


def killed_at(number: int, run: Callable[[], object]) -> bool:
    """Run something in a forked process that ends at its n-th deed, as kill -9 would end it.

    Returns
    -------
    bool
        Whether it was killed; else it came to its end.
    """
    child = os.fork()
    if child == 0:
        _die_at(number, run)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in {0, KILLED}:
        raise AssertionError(f"the process that was to be killed failed by itself ({code})")
    return code == KILLED


def _die_at(number: int, run: Callable[[], object]) -> None:
    left = number

    def hook(event: str, arguments: object) -> None:
        nonlocal left
        if event.startswith(_DEEDS):
            left -= 1
            if left < 0:
                os._exit(KILLED)

    sys.addaudithook(hook)
    try:
        run()
    except BaseException:  # noqa: BLE001 - the exit code tells of it, whatever it was
        sys.excepthook(*sys.exc_info())
        os._exit(1)
    os._exit(0)
