"""What `zfs list` says of what is below some filesystems, with one process however much there is.

The answer is read strictly: what decides over somebody's data is not guessed from half a line.

Never list below `archive/` like this: `clones` of a release names every workspace there is of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from zfs_provisioner.storage import zfs_command
from zfs_provisioner.storage.zfs_command import Reason, ZfsError
from zfs_provisioner.storage.zfs_names import MEMO_PROPERTY, WORKSPACE_PROPERTY

# The label is last: a tab in one that somebody else wrote then stays in it.
_COLUMNS: Final = (
    "name",
    "guid",
    "used",
    "available",
    "written",
    "logicalused",
    "origin",
    "userrefs",
    "clones",
    MEMO_PROPERTY,
    WORKSPACE_PROPERTY,
)
_NONE: Final = "-"
EVERYTHING: Final = -1  # levels


@dataclass(frozen=True, slots=True)
class Row:
    """A filesystem, a volume, a snapshot or a bookmark; 0 and "" for what it does not have.

    `memo` and `label` may be inherited. `logical` is `used` before compression, of one copy.
    """

    name: str
    guid: int
    used: int
    available: int
    written: int
    logical: int
    origin: str
    holds: int
    clones: tuple[str, ...]
    memo: str
    label: str

    @property
    def filesystem(self) -> str:
        """What it is, or what it was made of."""
        return self.name.partition("@")[0].partition("#")[0]

    @property
    def is_filesystem(self) -> bool:
        """Tell whether it is no snapshot and no bookmark."""
        return self.filesystem == self.name

    @property
    def is_snapshot(self) -> bool:
        """Tell whether it is a snapshot."""
        return "@" in self.name


def read(filesystems: Sequence[str], *, depth: int) -> list[Row]:
    """Return what is there and `depth` levels below: snapshots and bookmarks are one level.

    Raises
    ------
    ZfsError
        One of the filesystems is not there, or the answer cannot be read.
    """
    levels = ["-r"] if depth == EVERYTHING else ["-d", str(depth)]
    output = zfs_command.run(
        "zfs", "list", "-Hp", *levels, "-t", "all", "-o", ",".join(_COLUMNS), *filesystems
    )
    # Not `splitlines`, which splits at characters that a label may hold.
    rows = [_row(line) for line in output.split("\n")[:-1]]
    wanted = set(filesystems)
    strangers = [each.name for each in rows if not _is_in(each.filesystem, wanted)]
    missing = wanted - {each.name for each in rows}
    if strangers or missing:
        raise _unexpected(f"without {sorted(missing)[:1]}, with {strangers[:1]}")
    return rows


def _is_in(name: str, parents: set[str]) -> bool:
    while name not in parents:
        name, _, last = name.rpartition("/")
        if not last or not name:
            return False
    return True


def _row(line: str) -> Row:
    parts = line.split("\t", len(_COLUMNS) - 1)
    if len(parts) != len(_COLUMNS) or not parts[0]:
        raise _unexpected(repr(line[:200]))
    name, guid, used, available, written, logical, origin, holds, clones, memo, label = parts
    return Row(
        name,
        _number(guid, line, required=True),
        _number(used, line, required="#" not in name),
        _number(available, line, required="@" not in name and "#" not in name),
        _number(written, line, required="#" not in name),
        _number(logical, line, required="@" not in name and "#" not in name),
        _text(origin),
        _number(holds, line, required="@" in name),
        tuple(_text(clones).split(",")) if _text(clones) else (),
        _text(memo),
        _text(label),
    )


def _text(field: str) -> str:
    return "" if field == _NONE else field


def _number(field: str, line: str, *, required: bool) -> int:
    if field.isdecimal():
        return int(field)
    if field == _NONE and not required:
        return 0
    raise _unexpected(repr(line[:200]))


def _unexpected(what: str) -> ZfsError:
    return ZfsError(Reason.OTHER, "zfs list", f"unexpected answer: {what}")
