"""Quotas: how many bytes of changes and checkpoints an owner's or one workspace may take.

`quota` and not `refquota`: that one counts the shared bytes of the release too, and a workspace of
a large release would be born full. Trash is elsewhere in the tree, so it does not count.
"""

from zfs_provisioner.errors import QuotaBelowUsageError
from zfs_provisioner.model import Allowance
from zfs_provisioner.storage import zfs_cli, zfs_command
from zfs_provisioner.storage.zfs_command import ZfsError


def read(filesystem: str) -> Allowance:
    """Return what a filesystem and those below it take and may take."""
    used, limit = zfs_command.numbers(filesystem, "used", "quota")
    return Allowance(used=used, limit=limit or None)


def set_limit(filesystem: str, limit: int | None) -> None:
    """Set a quota, or lift it.

    Raises
    ------
    QuotaBelowUsageError
        More is used already.
    """
    _refuse_below_usage(filesystem, limit)
    try:
        zfs_cli.set_quota(filesystem, limit)
    except ZfsError:
        # More may have been written meanwhile.
        _refuse_below_usage(filesystem, limit)
        raise


def _refuse_below_usage(filesystem: str, limit: int | None) -> None:
    used = read(filesystem).used
    if limit is not None and used > limit:
        raise QuotaBelowUsageError(
            f"{used / 1e6:.0f} MB are used already, more than the {limit / 1e6:.0f} MB asked for: "
            "put workspaces into trash, or ask for a larger quota."
        )
