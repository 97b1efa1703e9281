"""What there is below `ws` and `trash`, as rows: by one `zfs list`, or by what programs say of it.

The answer is read strictly: what decides over somebody's data is not guessed from half a line.

Never list below `archive/` like this: `clones` of a release names every workspace there is of it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

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
# Bytes of a filesystem's root block, before compression; the smallest block that a change writes
# beside it has 16 KiB.
ROOT_BLOCK: Final = 4096
_NONE: Final = "-"
_SIGNED: Final = re.compile(r"-?[0-9]+")


@dataclass(frozen=True, slots=True)
class Row:
    """A filesystem, a volume, a snapshot or a bookmark; 0 and "" for what it does not have.

    `memo` and `label` may be inherited. `logical` is `used` before compression, of one copy. `own`
    names the properties that somebody set there and the label if it was set there, None where
    nobody asked.
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
    own: tuple[str, ...] | None = None

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


def by_command(filesystems: Sequence[str]) -> list[Row]:
    """Return what is there and below, with one process however much there is.

    Raises
    ------
    ZfsError
        One of the filesystems is not there, or the answer cannot be read.
    """
    output = zfs_command.run(
        "zfs", "list", "-Hpr", "-t", "all", "-o", ",".join(_COLUMNS), *filesystems
    )
    # Not `splitlines`, which splits at characters that a label may hold.
    rows = [_row(_fields(line, len(_COLUMNS)), line) for line in output.split("\n")[:-1]]
    _refuse_strangers(rows, filesystems)
    missing = {*filesystems} - {each.name for each in rows}
    if missing:
        raise unexpected(f"without {sorted(missing)[:1]}")
    return rows


def by_program(answer: str, filesystems: Sequence[str]) -> list[Row]:
    """Return the rows of a program's answer about some filesystems; it leaves out what is gone.

    It has the same columns and `own`, and writes as %XX what is not plain text.

    Raises
    ------
    ZfsError
        The answer cannot be read.
    """
    rows = []
    for line in answer.splitlines():
        *fields, memo, label, own = _fields(line, len(_COLUMNS) + 1)
        if not _SIGNED.fullmatch(fields[1]):
            raise unexpected(repr(line[:200]))
        fields[1] = str(int(fields[1]) % (1 << 64))  # numbers in ZFS's Lua have a sign
        names = None if own == _NONE else tuple(filter(None, own.split(",")))
        rows.append(_row([*fields, unquote(memo), unquote(label)], line, names))
    _refuse_strangers(rows, filesystems)
    return rows


def _refuse_strangers(rows: Iterable[Row], filesystems: Iterable[str]) -> None:
    """Raise for an answer about what was not asked about, or twice about the same."""
    wanted, names = {*filesystems}, set[str]()
    for each in rows:
        if each.name in names or not _is_in(each.filesystem, wanted):
            raise unexpected(f"it has {each.name[:200]!r}")
        names.add(each.name)


def _is_in(name: str, parents: set[str]) -> bool:
    while name not in parents:
        name, _, last = name.rpartition("/")
        if not last or not name:
            return False
    return True


def _fields(line: str, columns: int) -> list[str]:
    parts = line.split("\t", columns - 1)
    if len(parts) != columns or not parts[0]:
        raise unexpected(repr(line[:200]))
    return parts


def _row(fields: Sequence[str], line: str, own: tuple[str, ...] | None = None) -> Row:
    name, guid, used, available, written, logical, origin, holds, clones, memo, label = fields
    is_filesystem = "@" not in name and "#" not in name
    return Row(
        name,
        _number(guid, line, required="#" not in name),
        _number(used, line, required=is_filesystem),
        _number(available, line, required=is_filesystem),
        _number(written, line, required=is_filesystem),
        _number(logical, line, required=is_filesystem),
        _text(origin),
        _number(holds, line, required="@" in name),
        tuple(_text(clones).split(",")) if _text(clones) else (),
        _text(memo),
        _text(label),
        own,
    )


def _text(field: str) -> str:
    return "" if field == _NONE else field


def _number(field: str, line: str, *, required: bool) -> int:
    if field.isdecimal():
        return int(field)
    if field == _NONE and not required:
        return 0
    raise unexpected(repr(line[:200]))


def unexpected(what: str) -> ZfsError:
    """Return the error for an answer that is none."""
    return ZfsError(Reason.OTHER, "reading what there is", f"unexpected answer: {what}")
