"""Which process a number means: after a reboot, or long enough, it is another one's."""

from pathlib import Path
from typing import Final

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
_START_TIME: Final = 22  # field of /proc/<pid>/stat, counted from 1: proc_pid_stat(5)


def process_identity(pid: int) -> str:
    """Return what tells this process from all others that ever had its number; empty if none has.

    It is the boot and the moment in it at which the process started.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        boot = _BOOT.read_text().strip()
    except OSError:
        return ""
    # The second field is the program's name in parentheses, and may hold any character.
    after_name = stat.rpartition(")")[2].split()
    return f"{boot} {after_name[_START_TIME - 3]}"
