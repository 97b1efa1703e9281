"""Destruction: the one place from which filesystems of this storage go for good.

What was seen before may have changed since, and between a look and a deed it can change again. So
the look and the deed are one channel program, which ZFS runs inside one transaction that nobody
else gets into. For each workspace it checks all of it first: destroying a snapshot cannot be undone
when the filesystem then turns out to be in use.

A program names every filesystem and snapshot that it destroys, with its guid. Nothing is recursive,
forced or deferred.
"""

import contextlib
import errno
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from zfs_provisioner import naming
from zfs_provisioner.model import CheckpointKind, WorkspaceState
from zfs_provisioner.residents import Kept, Refusal, Resident
from zfs_provisioner.storage import zfs_command
from zfs_provisioner.storage.zfs_cli import Mutations
from zfs_provisioner.storage.zfs_command import Reason, ZfsError
from zfs_provisioner.storage.zfs_index import Index
from zfs_provisioner.storage.zfs_names import Place, Tree

Look = Callable[[Sequence[Resident]], list[Resident]]

log = logging.getLogger(__name__)

AT_ONCE: Final = 64  # workspaces; a program lets everybody else who changes the pool wait
# Bytes of an argument. Linux gives one argument of a command 128 KiB.
_LONGEST: Final = 120_000

# What both programs share. A line of the argument is a filesystem, its guid, its workspace's id,
# and a name and guid for each snapshot, separated by tabs. Numbers in ZFS's Lua have a sign.
_COMMON: Final = """
local BUSY = 16

local function planned(line)
    local fields = {}
    for each in string.gmatch(line, "[^\\t]+") do fields[#fields + 1] = each end
    local snapshots, guids = {}, {}
    for i = 4, #fields, 2 do
        local name = fields[1] .. "@" .. fields[i]
        snapshots[#snapshots + 1] = name
        guids[name] = fields[i + 1]
    end
    return fields[1], fields[2], fields[3], snapshots, guids
end

local function is(name, guid)
    return tostring(zfs.get_prop(name, "guid")) == guid
end

local function refusal(errno)
    if errno == BUSY then return "busy" end
    return "refused:" .. tostring(errno)
end

-- Why a snapshot cannot go, or nil.
local function objection(snapshot)
    for _ in zfs.list.clones(snapshot) do return "branch" end
    if zfs.get_prop(snapshot, "userrefs") ~= 0 then return "held" end
    local errno = zfs.check.destroy(snapshot)
    if errno ~= 0 then return refusal(errno) end
end
"""

# Returns a word for each workspace. After `zfs.check.rollback` says that nobody has the filesystem
# mounted, in whatever namespace, nothing is left that could refuse: only then is anything
# destroyed. Without snapshots, destroying the filesystem is one operation, which refuses what has
# filesystems or snapshots in it, so that looking for them first would only take time.
WORKSPACES: Final = (
    _COMMON
    + """
local function changed(filesystem, id)
    local is_labelled = false
    for name, value, source in zfs.list.user_properties(filesystem) do
        local inherited = string.sub(filesystem, 1, #source + 1) == source .. "/"
        if name == "casahub:workspace" and source == filesystem then
            is_labelled = string.find(value, '"id":"' .. id .. '"', 1, true) ~= nil
        elseif not inherited and string.sub(name, 1, 8) ~= "casahub:" then
            return "property"
        end
    end
    if not is_labelled then return "label" end
    for _ in zfs.list.bookmarks(filesystem) do return "bookmark" end
end

local function inhabited(filesystem)
    for _ in zfs.list.children(filesystem) do return "children" end
    if zfs.get_prop(filesystem, "usedbychildren") ~= 0 then return "children" end
end

-- Whether it has these snapshots and no others.
local function has(filesystem, snapshots, guids)
    local count = 0
    for snapshot in zfs.list.snapshots(filesystem) do
        if guids[snapshot] == nil or not is(snapshot, guids[snapshot]) then return false end
        count = count + 1
    end
    return count == #snapshots
end

local function destroyed(line)
    local filesystem, guid, id, snapshots, guids = planned(line)
    if not zfs.exists(filesystem) then return "gone" end
    if not is(filesystem, guid) then return "other" end
    local why = changed(filesystem, id)
    if why then return why end
    if #snapshots == 0 then
        local errno = zfs.sync.destroy(filesystem)
        if errno == 0 then return "destroyed" end
        why = inhabited(filesystem)
        if why then return why end
        if not has(filesystem, snapshots, guids) then return "snapshots" end
        return refusal(errno)
    end
    why = inhabited(filesystem)
    if why then return why end
    if not has(filesystem, snapshots, guids) then return "snapshots" end
    for _, snapshot in ipairs(snapshots) do
        why = objection(snapshot)
        if why then return why end
    end
    local errno = zfs.check.rollback(filesystem)
    if errno ~= 0 then return refusal(errno) end
    for _, snapshot in ipairs(snapshots) do
        errno = zfs.sync.destroy(snapshot)
        if errno ~= 0 then return "half:" .. tostring(errno) end
    end
    errno = zfs.sync.destroy(filesystem)
    if errno == 0 then return "destroyed" end
    return "half:" .. tostring(errno)
end

local words = {}
for line in string.gmatch((...)["argv"][1], "[^\\n]+") do words[#words + 1] = destroyed(line) end
return table.concat(words, " ")
"""
)

# Returns a word for each snapshot of the one filesystem.
CHECKPOINTS: Final = (
    _COMMON
    + """
local filesystem, guid, _, snapshots, guids = planned((...)["argv"][1])
local words = {}
for _, snapshot in ipairs(snapshots) do
    local word
    if not zfs.exists(filesystem) or not zfs.exists(snapshot) then word = "gone"
    elseif not is(filesystem, guid) or not is(snapshot, guids[snapshot]) then word = "other"
    else word = objection(snapshot) end
    if word == nil then
        local errno = zfs.sync.destroy(snapshot)
        word = errno == 0 and "destroyed" or refusal(errno)
    end
    words[#words + 1] = word
end
return table.concat(words, " ")
"""
)

_DESTROYED: Final = "destroyed"
_FULL: Final = f"refused:{errno.ENOSPC}"
_GONE: Final = "It is not the workspace that was seen: that one is gone."
_NOT_IN_TRASH: Final = "It is not in trash."
_SENTENCES: Final = {
    "gone": _GONE,
    "other": _GONE,
    "label": "Its label is another one, or not its own.",
    "property": "It has a property that is not ours.",
    "children": "There is a filesystem in it that is not ours.",
    "bookmark": "It has a bookmark that is not ours.",
    "snapshots": "It has other checkpoints than were seen.",
    "branch": "A clone of one of its checkpoints needs it.",
    "held": "One of its checkpoints is held by somebody else.",
}
_HIDDEN: Final = (
    "It is busy, and no process seen from here shows why: it is mounted in another container, or "
    "sent with `zfs send`."
)


@dataclass(frozen=True, slots=True)
class _Plan:
    """A workspace in trash, and its line of the program's argument."""

    resident: Resident
    place: Place
    line: str


class Destruction:
    """Destroys workspaces in trash, and checkpoints.

    Parameters
    ----------
    look
        Reads some again, to say why they were refused.
    """

    def __init__(self, tree: Tree, index: Index, change: Mutations, look: Look) -> None:
        self._tree, self._index, self._change, self._look = tree, index, change, look

    def destroy(self, residents: Sequence[Resident]) -> list[Refusal]:
        """Destroy these in this order, as far as each is what it was and nobody needs it."""
        judged = [(plan, _objection(plan)) for plan in map(self._plan, residents)]
        refusals = [
            Refusal(workspace=plan.resident.workspace.id, why=why) for plan, why in judged if why
        ]
        plans = [plan for plan, why in judged if not why]
        words: dict[Place, str] = {}
        try:
            for batch in _batches(plans):
                found = self._run(WORKSPACES, [each.line for each in batch], len(batch))
                words.update(zip((each.place for each in batch), found, strict=True))
        except ZfsError as error:
            return [*refusals, *self._after(error, plans)]
        done = [each.place for each in plans if words[each.place] == _DESTROYED]
        if self._change.is_kernels_word:  # the look takes longer with all that is in trash
            for place in done:
                self._index.remove(place)
        elif self._left(done):
            what = "it reports success, and did not do it"
            raise ZfsError(Reason.OTHER, f"destroying in {self._tree.trash}", what)
        if _FULL in words.values() and not done:
            # Asking whether it is mounted needs a little more space than destroying.
            raise ZfsError(Reason.FULL, f"destroying in {self._tree.trash}", "no space to do it in")
        left = [each for each in plans if words[each.place] != _DESTROYED]
        return [*refusals, *self._refusals(left, words)]

    def _plan(self, resident: Resident) -> _Plan:
        workspace = resident.workspace
        wid = naming.workspace_directory(workspace.id)
        place = self._tree.trashed(wid, resident.identity)
        self._tree.refuse_unless_in_trash(place.filesystem, resident.identity)
        return _Plan(resident, place, self._line(place, resident, resident.checkpoints))

    def _line(self, place: Place, resident: Resident, snapshots: Iterable[Kept]) -> str:
        """Return the line of a program's argument for one filesystem."""
        fields = [place.filesystem, _signed(resident.identity), resident.workspace.id]
        for each in snapshots:
            self._tree.refuse_unless_checkpoint(f"{place.filesystem}@{each.name}")
            fields += [each.name, _signed(each.identity)]
        return "\t".join(fields)

    def _run(self, script: str, lines: Iterable[str], count: int) -> list[str]:
        """Return the program's words, of which there must be as many."""
        answer = self._change.program(self._tree.pool, script, "\n".join(lines))
        words = answer.split(" ")
        if len(words) != count or not all(_is_word(each) for each in words):
            raise ZfsError(Reason.OTHER, "zfs program", f"unexpected answer {answer[:200]!r}")
        return words

    def _after(self, error: ZfsError, plans: Sequence[_Plan]) -> list[Refusal]:
        """Return what is left after a program failed; raise if all is: nothing was done then.

        It may have done some or all of it, those before it did all of theirs, and what is gone must
        not be taken for left.
        """
        left = self._left([each.place for each in plans])
        if len(left) == len(plans):
            raise error
        return [
            Refusal(workspace=each.resident.workspace.id, why=f"ZFS did not do it ({error}).")
            for each in plans
            if each.place in left
        ]

    def _left(self, places: Sequence[Place]) -> set[Place]:
        """Look at the trash, note what is gone from it, and return what is not."""
        present = set(zfs_command.filesystems(self._tree.trash, depth=1)) if places else set()
        left = {each for each in places if each.filesystem in present}
        for each in places:
            if each not in left:
                self._index.remove(each)
        return left

    def _refusals(self, left: Sequence[_Plan], words: dict[Place, str]) -> list[Refusal]:
        """Return why these were refused: the program's word, and what a closer look says of it."""
        closer: dict[int, Resident] = {}
        with contextlib.suppress(ZfsError):  # then the word alone says it
            closer = {each.identity: each for each in self._look([plan.resident for plan in left])}
        return [
            Refusal(
                workspace=each.resident.workspace.id,
                why=_why(words[each.place], closer.get(each.resident.identity), each.place),
            )
            for each in left
        ]

    def destroy_checkpoints(self, resident: Resident, those: Sequence[Kept]) -> list[Kept]:
        """Destroy `auto` checkpoints that are no base; return which are gone by that."""
        workspace = resident.workspace
        place = self._tree.live(workspace.spec.owner, workspace.id)
        entry = self._index.find(place.wid)
        bases = {workspace.base}
        if entry is not None and entry.workspace is not None:
            bases.add(entry.workspace.base)
        wanted = [
            each
            for each in those
            if each.kind is CheckpointKind.AUTO and each.name not in bases and not each.odd
        ]
        done: list[Kept] = []
        for start in range(0, len(wanted), AT_ONCE):
            some = wanted[start : start + AT_ONCE]
            try:
                words = self._run(CHECKPOINTS, [self._line(place, resident, some)], len(some))
            except ZfsError:
                if _left(place, some):
                    raise
                words = [_DESTROYED] * len(some)
            done += [each for each, word in zip(some, words, strict=True) if word == _DESTROYED]
        left = _left(place, done)
        return [each for each in done if each not in left]


def _objection(plan: _Plan) -> str:
    """Return why a workspace is not even tried, or nothing."""
    resident = plan.resident
    if resident.workspace.state is not WorkspaceState.TRASHED:
        return _NOT_IN_TRASH
    if len(plan.line) > _LONGEST:
        return "It has more checkpoints than can be destroyed in one step."
    return _strange(resident)


def _strange(resident: Resident) -> str:
    odd = [*resident.odd, *(each.odd for each in resident.checkpoints if each.odd)]
    return f"It has what is not ours: {'; '.join(odd)}." if odd else ""


def _why(word: str, closer: Resident | None, place: Place) -> str:
    if word in {"gone", "other"}:
        is_live = closer is not None and closer.workspace.state is WorkspaceState.LIVE
        return _NOT_IN_TRASH if is_live else _GONE
    if word == "busy":
        users = "; ".join(closer.users) if closer else ""
        return f"It is in use: {users}." if users else _HIDDEN
    if word.startswith("half:"):
        # The program's checks leave no way to here; if there is one, nobody must miss it.
        log.error("%s lost checkpoints, and ZFS refuses the rest (%s)", place.filesystem, word)
        return f"ZFS destroyed checkpoints of it and refuses the rest (error {word[5:]})."
    sentence = _SENTENCES.get(word) or f"ZFS refuses it (error {word.partition(':')[2]})."
    strange = _strange(closer) if closer else ""
    return f"{sentence} {strange}".strip()


def _left(place: Place, those: Sequence[Kept]) -> list[Kept]:
    """Return those that are still there."""
    if not those:
        return []
    present = set(zfs_command.snapshots(place.filesystem))
    return [each for each in those if f"{place.filesystem}@{each.name}" in present]


def _signed(guid: int) -> str:
    """Return a guid as ZFS's Lua writes it."""
    return str(guid if guid < 1 << 63 else guid - (1 << 64))


def _batches(plans: Iterable[_Plan]) -> Iterator[list[_Plan]]:
    batch: list[_Plan] = []
    size = 0
    for each in plans:
        if batch and (len(batch) == AT_ONCE or size + len(each.line) >= _LONGEST):
            yield batch
            batch, size = [], 0
        batch.append(each)
        size += len(each.line) + 1
    if batch:
        yield batch


def _is_word(word: str) -> bool:
    known = word in {_DESTROYED, "busy"} or word in _SENTENCES
    return known or word.startswith(("refused:", "half:"))
