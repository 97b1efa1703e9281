"""Which process a number means: after a reboot, or long enough, it is another one's."""

import contextlib
import os
import signal
from pathlib import Path
from typing import Final

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
_ENDED: Final = "ZX"  # states, in field 3
_START_TIME: Final = 22  # field of /proc/<pid>/stat, counted from 1: proc_pid_stat(5)


def process_identity(pid: int) -> str:
    """Return what tells this process from all others that ever had its number; empty if none runs.

    It is the boot and the moment in it at which the process started. One that ended, and that its
    parent has not asked about yet, does not run.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        boot = _BOOT.read_text().strip()
    except OSError:
        return ""
    # The second field is the program's name in parentheses, and may hold any character.
    after_name = stat.rpartition(")")[2].split()
    if after_name[0] in _ENDED:
        return ""
    return f"{boot} {after_name[_START_TIME - 3]}"


def send(number: signal.Signals, pid: int, identity: str) -> None:
    """Send a signal to the process that is meant, and to no other; one that is gone is fine."""
    if not identity or process_identity(pid) != identity:
        return
    with contextlib.suppress(ProcessLookupError), contextlib.ExitStack() as opened:
        process = os.pidfd_open(pid)
        opened.callback(os.close, process)
        # What was opened stays the same process; its number may be another's since the first look.
        if process_identity(pid) == identity:
            signal.pidfd_send_signal(process, number)
