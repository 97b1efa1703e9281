"""What ZFS is asked by channel programs that change nothing.

They run beside everybody else's and wait for no transaction group. While one runs, nobody changes
the pool, so each is asked about few.

For each property that a program reads, ZFS makes the filesystem's objects in memory anew, unless it
is mounted: 0.4 ms in the lab. So they read only what is needed. Native properties that somebody set
would be 40 such readings; `zfs get` reads all at once, which is worth a process.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from zfs_provisioner.storage import zfs_command
from zfs_provisioner.storage.zfs_cli import Mutations
from zfs_provisioner.storage.zfs_command import Reason, ZfsError
from zfs_provisioner.storage.zfs_listing import Row, by_program, unexpected
from zfs_provisioner.storage.zfs_names import Tree

AT_ONCE: Final = 64  # filesystems
_LOOKS: Final = 3  # for what is renamed meanwhile

# Returns the bytes that the pool has, and the names of what is in `ws`, in what is in it, and
# in `trash`, as one moment had them.
_NAMES: Final = """
local pool, ws, trash = string.match((...)["argv"][1], "^(.-)\\n(.-)\\n(.-)$")
local size = zfs.get_prop(pool, "used") + zfs.get_prop(pool, "available")
local lines = {tostring(size)}
for shelf in zfs.list.children(ws) do
    lines[#lines + 1] = shelf
    for each in zfs.list.children(shelf) do lines[#lines + 1] = each end
end
for each in zfs.list.children(trash) do lines[#lines + 1] = each end
return table.concat(lines, "\\n")
"""

# Returns the native properties that can be set on a filesystem.
_SETTABLE: Final = """
local filesystem = (...)["argv"][1]
local names = {}
for _, name in ipairs(zfs.list.system_properties(filesystem)) do
    local value, source = zfs.get_prop(filesystem, name)
    if value == nil or source ~= nil then names[#names + 1] = name end
end
return table.concat(names, ",")
"""

# Returns a line for each filesystem that is still there, and for all that is in it: its snapshots,
# bookmarks and, unless its line begins with "-", filesystems. With "!", it says which user
# properties are set on it. 0 stands for what nobody needs. Numbers in ZFS's Lua have a sign.
_ROWS: Final = """
local ROOT_BLOCK = 4096
local MEMO, LABEL = "casahub:collection", "casahub:workspace"
local lines = {}

local function escaped(char) return string.format("%%%02X", string.byte(char)) end

local function text(value)
    if value == nil then return "-" end
    return (string.gsub(value, "[^ -$&-~]", escaped))
end

local function number(name, property)
    local value = zfs.get_prop(name, property)
    return value == nil and "-" or tostring(value)
end

-- The names of those that are set or received there; of the label, if it is set there.
local function own(filesystem)
    local names = {}
    for name, _, source in zfs.list.user_properties(filesystem) do
        local inherited = string.sub(filesystem, 1, #source + 1) == source .. "/"
        if source == filesystem or name ~= LABEL and not inherited then
            names[#names + 1] = name
        end
    end
    return "," .. table.concat(names, ",")
end

local function write(...) lines[#lines + 1] = table.concat({...}, "\\t") end

local function read(filesystem, mode)
    local label, source = zfs.get_prop(filesystem, LABEL)
    local origin, memo, available = nil, nil, "0"
    if source ~= filesystem then origin = zfs.get_prop(filesystem, "origin") end
    if mode == "-" then
        available = number(filesystem, "available")
        memo, source = zfs.get_prop(filesystem, MEMO)
        if source ~= filesystem then memo = nil end
    end
    local line = #lines + 1
    lines[line] = ""
    for snapshot in zfs.list.snapshots(filesystem) do
        local clones = {}
        for clone in zfs.list.clones(snapshot) do clones[#clones + 1] = clone end
        local names = #clones > 0 and table.concat(clones, ",") or "-"
        write(
            snapshot, number(snapshot, "guid"), "-", "-", "-", "-", "-",
            number(snapshot, "userrefs"), names, "-", "-", "-"
        )
    end
    local logical, written = "0", "0"
    if #lines == line then logical = number(filesystem, "logicalused") end
    if #lines > line or logical == "-" or tonumber(logical) > ROOT_BLOCK then
        written = number(filesystem, "written")
    end
    lines[line] = table.concat({
        filesystem, number(filesystem, "guid"), number(filesystem, "used"), available, written,
        logical, origin or "-", "-", "-", text(memo), text(label),
        mode == "!" and own(filesystem) or "-"
    }, "\\t")
    for bookmark in zfs.list.bookmarks(filesystem) do
        write(bookmark, "0", "-", "-", "-", "-", "-", "-", "-", "-", "-", "-")
    end
    if mode == "-" then return end
    for child in zfs.list.children(filesystem) do read(child, "+") end
end

for mode, filesystem in string.gmatch((...)["argv"][1], "([^\\n])([^\\n]+)") do
    if zfs.exists(filesystem) then read(filesystem, mode) end
end
return table.concat(lines, "\\n")
"""


class Questions:
    """Asks what there is below one root."""

    def __init__(self, tree: Tree, change: Mutations) -> None:
        self._tree, self._change = tree, change
        self._settable = ""

    def all(self) -> tuple[list[Row], int]:
        """Return all that is below `ws` and `trash`, and the bytes that the pool has."""
        tree = self._tree
        rows: dict[str, Row] = {}
        asked: set[str] = set()
        for _ in range(_LOOKS):
            size, names = self._names()
            wanted = [each for each in [tree.ws, tree.trash, *names] if each not in asked]
            asked.update(wanted)
            found = self._rows(wanted, self._mode)
            rows |= {each.name: each for each in found}
            # One that was renamed between its name and its row is found by its new name.
            if all(each in rows for each in wanted):
                break
        if not {tree.ws, tree.trash} <= rows.keys():
            raise unexpected(f"nothing about {tree.ws} or {tree.trash}")
        return [*rows.values()], size

    def close(self, filesystems: Sequence[str]) -> list[Row]:
        """Return those that are there, what is in them, and what is set on them."""
        return [row for each in _chunks(filesystems) for row in self._close(each)]

    def _close(self, filesystems: Sequence[str]) -> list[Row]:
        for look in range(1, _LOOKS + 1):
            rows = self._rows(filesystems, lambda _name: "!")
            there = [each.name for each in rows if each.own is not None]
            try:
                natives = self._natives(there)
            except ZfsError as error:
                # It fails for all if one of them is gone meanwhile.
                if look == _LOOKS or error.reason is Reason.TIMEOUT:
                    raise
                continue
            return [
                each if each.own is None else replace(each, own=(*each.own, *natives[each.name]))
                for each in rows
            ]
        raise AssertionError

    def _natives(self, filesystems: Sequence[str]) -> dict[str, list[str]]:
        """Return the native properties that somebody set on each."""
        found: dict[str, list[str]] = {each: [] for each in filesystems}
        if not found:
            return found
        if not self._settable:
            self._settable = self._change.ask(self._tree.pool, _SETTABLE, self._tree.ws)
        names = self._settable
        output = zfs_command.run(
            "zfs", "get", "-Hp", "-s", "local,received", "-o", "name,property,source", names, *found
        )
        for name, key, _source in zfs_command.rows(output, 3):
            if name not in found:
                raise unexpected(f"it has {name[:200]!r}")
            found[name].append(key)
        return found

    def _mode(self, name: str) -> str:
        tree = self._tree
        is_above = name in {tree.ws, tree.trash} or name.rpartition("/")[0] == tree.ws
        return "-" if is_above else "+"

    def _names(self) -> tuple[int, list[str]]:
        """Return the pool's size and the names of what is there."""
        tree = self._tree
        argument = f"{tree.pool}\n{tree.ws}\n{tree.trash}"
        answer = self._change.ask(tree.pool, _NAMES, argument).splitlines()
        if not (answer and answer[0].isdecimal()):
            raise unexpected(repr(answer[:1]))
        return int(answer[0]), answer[1:]

    def _rows(self, names: Sequence[str], mode: Callable[[str], str]) -> list[Row]:
        """Ask about a few at once."""
        return [row for each in _chunks(names) for row in self._of_chunk(each, mode)]

    def _of_chunk(self, names: Sequence[str], mode: Callable[[str], str]) -> Iterator[Row]:
        argument = "\n".join(f"{mode(each)}{each}" for each in names)
        try:
            answer = self._change.ask(self._tree.pool, _ROWS, argument)
        except ZfsError as error:
            if len(names) == 1 or error.reason is Reason.TIMEOUT:
                raise
            # What these have in them may be more than a program can return.
            half = len(names) // 2
            yield from self._of_chunk(names[:half], mode)
            yield from self._of_chunk(names[half:], mode)
        else:
            yield from by_program(answer, names)


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + AT_ONCE] for start in range(0, len(names), AT_ONCE))
