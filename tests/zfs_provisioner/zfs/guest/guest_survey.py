"""What there is, and what of it is not ours: by commands and by the library."""

import os
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tests_collector import CollectedSite
from tests_guest import (
    BRANCH_ID,
    ID,
    OTHER_ID,
    SPEC,
    branch,
    kept,
    opened,
    resident,
    take,
    trashed,
    zfs,
)
from tests_provisioner import Clock, silent
from zfs_provisioner.model import (
    CheckpointKind,
    Owner,
    Workspace,
)
from zfs_provisioner.storage.libzfs_core import LibZfsCore
from zfs_provisioner.storage.zfs import ZfsStorage
from zfs_provisioner.storage.zfs_cli import Mutations

from zfs_provisioner import naming


def test_a_survey_says_what_there_is_with_one_process_or_none(
    imported: ZfsStorage,
    change: Mutations,
    workspace: Workspace,
    clock: Clock,
    filesystem: str,
    processes: list[Sequence[str]],
) -> None:
    (Path(workspace.path) / "new").write_bytes(os.urandom(300_000))
    first = kept(imported, workspace, clock)
    child = branch(imported, first.name, clock)
    imported.write_memo('since\t"2026"\nü')
    other = imported.create(OTHER_ID, SPEC, clock.now, silent)
    imported.move_to_trash(other)
    subprocess.run(["zpool", "sync"], check=True)
    imported.survey()
    del processes[:]
    found = imported.survey()
    assert len(processes) == (0 if isinstance(change, LibZfsCore) else 1)
    assert found.memo == 'since\t"2026"\nü'
    assert found.odd == ()
    assert 0 < found.free < found.size
    by_id = {each.workspace.id: each for each in found.residents}
    assert {each.id for each in imported.workspaces()} == set(by_id)
    assert by_id[ID].workspace == workspace
    assert by_id[BRANCH_ID].workspace == child
    assert by_id[OTHER_ID].workspace == replace(other, state=by_id[OTHER_ID].workspace.state)
    (checkpoint,) = by_id[ID].checkpoints
    assert (checkpoint.name, checkpoint.made) == (first.name, first.created)
    assert (checkpoint.branches, checkpoint.odd) == ((BRANCH_ID,), "")
    assert [each.kind for each in by_id[BRANCH_ID].checkpoints] == [CheckpointKind.AUTO]
    assert (by_id[ID].size or 0) > 300_000
    assert by_id[ID].users == (f"it is mounted here, at {workspace.path}",)
    assert by_id[OTHER_ID].users == ()
    assert by_id[OTHER_ID].unchanged
    assert all(each.odd == () for each in by_id.values())
    assert sorted(imported.look_closer(found.residents), key=str) == sorted(
        found.residents, key=str
    )


def test_a_round_with_nothing_to_do_starts_one_process_or_none(
    imported: ZfsStorage,
    workspace: Workspace,
    change: Mutations,
    clock: Clock,
    processes: list[Sequence[str]],
) -> None:
    kept(imported, workspace, clock)
    imported.move_to_trash(imported.create(OTHER_ID, SPEC, clock.now, silent))
    site = CollectedSite(imported, clock, None)
    site.collector.resume()
    site.collector.round()  # once an hour the pool's size is read, and the memo written
    clock.advance(300)
    del processes[:]
    assert site.collector.round() == []
    assert len(processes) == (0 if isinstance(change, LibZfsCore) else 1)


def test_what_is_not_ours_is_said_and_nothing_fails(
    imported: ZfsStorage, workspace: Workspace, clock: Clock, clone: str, filesystem: str
) -> None:
    first = kept(imported, workspace, clock)
    label = zfs("get", "-Hpo", "value", "casahub:workspace", clone)
    shelf = f"{filesystem}/ws/alice"
    half = f"{shelf}/{naming.workspace_directory(OTHER_ID)}"
    unreadable = f"{shelf}/{naming.workspace_directory(BRANCH_ID)}"
    zfs("clone", f"{filesystem}/archive/obs@1", half)
    zfs("clone", "-o", "casahub:workspace={}", f"{filesystem}/archive/obs@1", unreadable)
    zfs("create", f"{shelf}/scratch")
    zfs("create", f"{filesystem}/trash/old")
    zfs("create", f"{clone}/child")
    zfs("snapshot", f"{shelf}@hourly")
    zfs("snapshot", f"{clone}@daily")
    zfs("snapshot", f"{clone}@restoring")
    zfs("bookmark", f"{clone}@daily", f"{clone}#mark")
    zfs("hold", "mine", f"{clone}@{first.name}")
    zfs("clone", f"{clone}@{first.name}", f"{filesystem}/copy")
    zfs("set", f"casahub:workspace={label}", shelf)  # inherited by all that have none
    zfs("set", "compression=off", clone)
    zfs("set", "backup:keep=yes", clone)
    zfs("set", "quota=500M", clone)
    zfs("set", "casahub:other=1", clone)
    found = imported.survey()
    assert sorted(found.odd) == sorted(
        [
            f"{half} is a half-made workspace: asking for it again completes it",
            f"{unreadable} has a label that cannot be read: it is left alone",
            f"{shelf}/scratch is no workspace and no checkpoint: it is left alone",
            f"{shelf}@hourly is no workspace and no checkpoint: it is left alone",
            f"{filesystem}/trash/old is no workspace and no checkpoint: it is left alone",
        ]
    )
    (one,) = found.residents
    seen = {
        "/child is a filesystem in it that is not ours",
        "@daily is a snapshot of it that is not ours",
        "#mark is a bookmark of it that is not ours",
        "a restore of it is under way, or was interrupted",
    }
    assert set(one.odd) == seen
    (checkpoint,) = one.checkpoints
    assert checkpoint.odd == (
        f"{filesystem}/copy is a clone of it, which is not a workspace; it is held by somebody else"
    )
    (closer,) = imported.look_closer(found.residents)
    assert set(closer.odd) == {
        *seen,
        "backup:keep is a property of it that is not ours",
        "compression is a property of it that is not ours",
    }
    zfs("inherit", "casahub:workspace", clone)
    (inherited,) = imported.look_closer([one])
    assert "its label is not its own: it was inherited or received" in inherited.odd
    zfs("destroy", f"{filesystem}/copy")
    zfs("release", "mine", f"{clone}@{first.name}")


def test_a_workspace_that_was_renamed_or_copied_is_none(
    imported: ZfsStorage, workspace: Workspace, clone: str, filesystem: str
) -> None:
    label = zfs("get", "-Hpo", "value", "casahub:workspace", clone)
    imported.limit_owner(Owner("bob"), None)
    copy = f"{filesystem}/ws/bob/{clone.rpartition('/')[2]}"
    zfs("clone", "-o", f"casahub:workspace={label}", f"{filesystem}/archive/obs@1", copy)
    found = imported.survey()
    assert [each.workspace for each in found.residents] == [workspace]
    (sentence,) = found.odd
    assert sentence == (
        f"{copy} has the label of a workspace that belongs to {clone}: it is left alone"
    )


def test_looking_closer_leaves_out_what_is_gone(
    imported: ZfsStorage, workspace: Workspace, clock: Clock
) -> None:
    imported.create(OTHER_ID, SPEC, clock.now, silent)
    before = imported.survey().residents
    gone = trashed(imported)
    closer = imported.look_closer(before)
    assert [each.identity for each in closer] == [each.identity for each in before]
    assert gone in closer
    assert imported.destroy([gone]) == []
    other = resident(imported, OTHER_ID)
    assert imported.look_closer([gone, other]) == [other]
    assert imported.look_closer([]) == []


@pytest.mark.parametrize("memo", ["", "x" * 4000, '"' * 4000, "a\u2028b\x85c"])
def test_a_memo_is_what_was_written(storage: ZfsStorage, memo: str) -> None:
    assert storage.survey().memo == ""
    storage.write_memo(memo)
    assert storage.survey().memo == memo


def test_a_memo_that_somebody_else_wrote_is_none(storage: ZfsStorage, filesystem: str) -> None:
    zfs("set", "casahub:collection=rubbish", f"{filesystem}/trash")
    found = storage.survey()
    assert found.memo == ""
    assert "cannot be read" in found.odd[0]
    with pytest.raises(ValueError, match="4000 bytes"):
        storage.write_memo("x" * 4001)


def test_what_nobody_wrote_into_is_unchanged_and_the_smallest_change_is_one(
    imported: ZfsStorage, workspace: Workspace, clock: Clock
) -> None:
    notes = Path(workspace.path) / "notes.txt"
    notes.read_text()
    imported.ensure_closed(workspace)
    assert resident(imported).unchanged
    opened(imported, workspace)
    notes.chmod(0o600)
    imported.ensure_closed(workspace)
    assert not resident(imported).unchanged
    take(imported, workspace, clock, 1, CheckpointKind.AUTO)
    assert resident(imported).written == 0
    opened(imported, workspace)
    notes.chmod(0o640)
    imported.ensure_closed(workspace)
    assert resident(imported).written != 0
