"""What goes when it is asked for, and what stays all the same: by commands and by the library."""

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests_guest import (
    BRANCH_ID,
    ID,
    OTHER_ID,
    SPEC,
    Open,
    branch,
    die,
    kept,
    killed,
    listed,
    mounted_elsewhere,
    name,
    opened,
    resident,
    take,
    trashed,
    wait_for_sleep,
    zfs,
)
from tests_provisioner import Clock, silent
from zfs_provisioner.errors import StorageDamagedError, WorkspaceInUseError
from zfs_provisioner.model import (
    CheckpointKind,
    CheckpointName,
    Workspace,
    WorkspaceId,
)
from zfs_provisioner.residents import Resident
from zfs_provisioner.storage import zfs_destruction, zfs_questions
from zfs_provisioner.storage.libzfs_core import LibZfsCore
from zfs_provisioner.storage.zfs import ZfsStorage
from zfs_provisioner.storage.zfs_cli import Mutations
from zfs_provisioner.storage.zfs_command import Reason, ZfsError


@contextmanager
def elsewhere(source: str, directory: Path) -> Iterator[int]:
    """Have it mounted in another namespace in the block; give the pid of who does."""
    with mounted_elsewhere(source, directory) as process:
        try:
            yield process.pid
        finally:
            process.kill()


def test_what_is_destroyed_is_gone_and_its_id_is_free(
    imported: ZfsStorage, workspace: Workspace, clock: Clock, filesystem: str
) -> None:
    (Path(workspace.path) / "new").write_text("changed\n")
    kept(imported, workspace, clock)
    take(imported, workspace, clock, 2, CheckpointKind.FINAL)
    imported.create(OTHER_ID, SPEC, clock.now, silent)
    assert imported.destroy([trashed(imported), trashed(imported, OTHER_ID)]) == []
    assert listed(filesystem) == [f"{filesystem}/trash"]
    assert imported.workspaces() == []
    assert imported.workspaces(SPEC.owner) == []
    assert imported.find(ID, SPEC.owner) is None
    made = opened(imported, imported.create(ID, SPEC, clock.now, silent))
    assert not (Path(made.path) / "new").exists()


Spoil = Callable[[str, str], object]


def _hold(place: str, checkpoint: str) -> None:
    zfs("hold", "mine", f"{place}@{checkpoint}")


def _clone(place: str, checkpoint: str) -> None:
    zfs("clone", f"{place}@{checkpoint}", f"{place.partition('/trash/')[0]}/copy")


def _receive(place: str, checkpoint: str) -> None:
    """Begin to receive a snapshot into it, and stop: that leaves a hidden clone."""
    with mounted_at(place) as directory:
        (directory / "large").write_bytes(os.urandom(3_000_000))
    zfs("snapshot", f"{place}@next")
    stream = "/run/stream"
    subprocess.run(["sh", "-c", f"zfs send -i @{checkpoint} {place}@next > {stream}"], check=True)
    zfs("rollback", "-r", f"{place}@{checkpoint}")
    command = f"head -c 1500000 {stream} | zfs recv -s {place}"
    answer = subprocess.run(["sh", "-c", command], check=False, capture_output=True, text=True)
    assert zfs("get", "-Ho", "value", "receive_resume_token", place) != "-", answer.stderr


@contextmanager
def mounted_at(source: str) -> Iterator[Path]:
    directory = Path("/run/somewhere")
    directory.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "zfs", source, directory], check=True)
    try:
        yield directory
    finally:
        subprocess.run(["umount", directory], check=True)


# What somebody else does between the look and the deed, and what is said then.
SPOILED: dict[str, tuple[Spoil, str]] = {
    "snapshot": (
        lambda place, _: zfs("snapshot", f"{place}@daily"),
        "other checkpoints than were seen",
    ),
    "fewer": (
        lambda place, own: zfs("destroy", f"{place}@{own}"),
        "other checkpoints than were seen",
    ),
    "another": (
        lambda place, own: [zfs(verb, f"{place}@{own}") for verb in ("destroy", "snapshot")],
        "other checkpoints than were seen",
    ),
    "hold": (_hold, "is held by somebody else"),
    "clone": (_clone, "A clone of one of its checkpoints"),
    "child": (lambda place, _: zfs("create", f"{place}/child"), "a filesystem in it"),
    "volume": (lambda place, _: zfs("create", "-sV1M", f"{place}/child"), "a filesystem in it"),
    "property": (
        lambda place, _: zfs("set", "backup:keep=1", place),
        "a property that is not ours",
    ),
    "bookmark": (
        lambda place, own: zfs("bookmark", f"{place}@{own}", f"{place}#mark"),
        "a bookmark that is not ours",
    ),
    "label": (
        lambda place, _: zfs("inherit", "casahub:workspace", place),
        "label is another one, or not its own",
    ),
    "receiving": (_receive, "%recv is a clone of it"),
}


@pytest.mark.parametrize("what", SPOILED)
def test_what_changed_after_the_look_stays_as_it_is(
    what: str, imported: ZfsStorage, workspace: Workspace, clock: Clock, filesystem: str
) -> None:
    (Path(workspace.path) / "new").write_text("changed\n")
    own = take(imported, workspace, clock, 1, CheckpointKind.FINAL)
    found = trashed(imported)
    spoil, why = SPOILED[what]
    spoil(name(filesystem, found), own)
    before = listed(filesystem)
    (refusal,) = imported.destroy([found])
    assert refusal.workspace == ID
    assert re.search(why, refusal.why), refusal.why
    assert listed(filesystem) == before
    assert imported.find(ID, SPEC.owner) is not None
    if what == "hold":
        zfs("release", "mine", f"{name(filesystem, found)}@{own}")
    if what == "clone":
        zfs("destroy", f"{filesystem}/copy")


@pytest.mark.parametrize("what", ["snapshot", "child", "volume", "property", "label"])
def test_what_changed_and_has_no_checkpoint_stays_too(
    what: str, imported: ZfsStorage, workspace: Workspace, filesystem: str
) -> None:
    """ZFS itself refuses what has something in it; the program then says what that is."""
    found = trashed(imported)
    spoil, why = SPOILED[what]
    spoil(name(filesystem, found), "")
    before = listed(filesystem)
    (refusal,) = imported.destroy([found])
    assert re.search(why, refusal.why), refusal.why
    assert listed(filesystem) == before


def test_another_filesystem_in_its_place_stays(
    imported: ZfsStorage, workspace: Workspace, filesystem: str
) -> None:
    found = trashed(imported)
    place = name(filesystem, found)
    zfs("destroy", place)
    zfs("clone", f"{filesystem}/archive/obs@1", place)
    (refusal,) = imported.destroy([found])
    assert refusal.why == "It is not the workspace that was seen: that one is gone."
    assert place in listed(filesystem)


def test_what_was_odd_is_not_even_tried(
    imported: ZfsStorage, workspace: Workspace, filesystem: str
) -> None:
    found = trashed(imported)
    (refusal,) = imported.destroy([replace(found, odd=("it is full of moths",))])
    assert refusal.why == "It has what is not ours: it is full of moths."
    assert name(filesystem, found) in listed(filesystem)


def test_only_what_is_in_trash_can_be_named(
    imported: ZfsStorage, workspace: Workspace, clock: Clock
) -> None:
    checkpoint = kept(imported, workspace, clock)
    live = resident(imported)
    (refusal,) = imported.destroy([live])
    assert refusal.why == "It is not in trash."
    (own,) = live.checkpoints
    found = trashed(imported)
    for strange in ("daily", f"{checkpoint.name}\t1", "../../archive/obs@1", "restoring"):
        odd = replace(own, name=CheckpointName(strange))
        with pytest.raises(StorageDamagedError, match="is not a checkpoint"):
            imported.destroy([replace(found, checkpoints=(odd,))])
    assert imported.find(ID, SPEC.owner) is not None


@pytest.mark.parametrize("changed", [True, False])
def test_what_is_mounted_in_another_namespace_loses_nothing(
    changed: bool,
    imported: ZfsStorage,
    workspace: Workspace,
    clock: Clock,
    filesystem: str,
    tmp_path: Path,
) -> None:
    """Without checkpoints and with: a mounted one must not lose those before it is refused."""
    if changed:
        (Path(workspace.path) / "new").write_text("changed\n")
        take(imported, workspace, clock, 1, CheckpointKind.FINAL)
    found = trashed(imported)
    before = listed(filesystem)
    with elsewhere(name(filesystem, found), tmp_path / "elsewhere") as pid:
        (refusal,) = imported.destroy([found])
        assert f"process {pid} (sleep) has it mounted at {tmp_path}/elsewhere" in refusal.why
        (user,) = resident(imported).users
        assert refusal.why == f"It is in use: {user}."
        assert listed(filesystem) == before
    wait_until_free(imported, found)
    assert listed(filesystem) == [f"{filesystem}/trash"]


def test_a_checkpoint_that_is_mounted_elsewhere_keeps_all(
    imported: ZfsStorage, workspace: Workspace, clock: Clock, filesystem: str, tmp_path: Path
) -> None:
    kept(imported, workspace, clock)
    own = take(imported, workspace, clock, 2, CheckpointKind.FINAL)
    found = trashed(imported)
    before = listed(filesystem)
    with elsewhere(f"{name(filesystem, found)}@{own}", tmp_path / "elsewhere") as pid:
        (refusal,) = imported.destroy([found])
        assert f"process {pid} (sleep) has it mounted" in refusal.why
        assert listed(filesystem) == before
    wait_until_free(imported, found)


def wait_until_free(storage: ZfsStorage, found: Resident) -> None:
    """A namespace goes a moment after its last process."""
    end = time.monotonic() + 30
    while storage.destroy([found]):
        assert time.monotonic() < end
        time.sleep(0.1)


def test_a_branch_goes_before_what_it_was_branched_from_in_one_call(
    imported: ZfsStorage, workspace: Workspace, clock: Clock, filesystem: str
) -> None:
    first = kept(imported, workspace, clock)
    branch(imported, first.name, clock)
    parent, child = trashed(imported), trashed(imported, BRANCH_ID)
    (refusal,) = imported.destroy([parent])
    assert refusal.why == "A clone of one of its checkpoints needs it."
    (refusal,) = imported.destroy([parent, child])
    assert refusal.workspace == ID
    assert imported.destroy([parent]) == []
    assert listed(filesystem) == [f"{filesystem}/trash"]


def test_branch_and_parent_go_in_the_right_order(
    imported: ZfsStorage, workspace: Workspace, clock: Clock, filesystem: str
) -> None:
    first = kept(imported, workspace, clock)
    branch(imported, first.name, clock)
    parent, child = trashed(imported), trashed(imported, BRANCH_ID)
    assert imported.destroy([child, parent]) == []
    assert listed(filesystem) == [f"{filesystem}/trash"]


def test_an_undelete_between_look_and_deed_wins(
    imported: ZfsStorage, workspace: Workspace, clock: Clock, clone: str
) -> None:
    kept(imported, workspace, clock)
    found = trashed(imported)
    imported.move_from_trash(found.workspace)
    (refusal,) = imported.destroy([found])
    assert refusal.why == "It is not in trash."
    assert imported.find(ID, SPEC.owner) == workspace
    assert len(imported.checkpoints(workspace)) == 1


def test_more_than_fit_into_one_program_go_too(
    imported: ZfsStorage,
    change: Mutations,
    clock: Clock,
    filesystem: str,
    processes: list[Sequence[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(zfs_questions, "AT_ONCE", 3)
    monkeypatch.setattr(zfs_destruction, "AT_ONCE", 3)
    for number in range(7):
        made = WorkspaceId(f"2c1f6a52-6f43-4d2e-9f6e-0a4f8a8c{number:04}")
        imported.move_to_trash(imported.create(made, SPEC, clock.now, silent))
    imported.survey()
    del processes[:]
    found = imported.look_closer(imported.survey().residents)
    # `zfs get` for each three; else also the list, the programs, and one for properties' names.
    assert len(processes) == (3 if isinstance(change, LibZfsCore) else 3 + 1 + 3 + 1)
    assert len(found) == 7
    with monkeypatch.context() as patched:
        patched.setattr(zfs_destruction, "_LONGEST", 300)
        assert imported.destroy(found) == []
    assert listed(filesystem) == [f"{filesystem}/trash"]


def test_what_went_before_a_program_failed_is_not_said_to_be_left(
    imported: ZfsStorage,
    change: Mutations,
    clock: Clock,
    filesystem: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(zfs_destruction, "AT_ONCE", 2)
    for number in range(3):
        made = WorkspaceId(f"2c1f6a52-6f43-4d2e-9f6e-0a4f8a8c{number:04}")
        imported.move_to_trash(imported.create(made, SPEC, clock.now, silent))
    found = imported.look_closer(imported.survey().residents)
    program, scripts = change.program, list[str]()

    def failing(pool: str, script: str, argument: str) -> str:
        scripts.append(script)
        if len(scripts) == 2:
            raise ZfsError(Reason.OTHER, "zfs program", "it is a bad day")
        return program(pool, script, argument)

    monkeypatch.setattr(change, "program", failing)
    (refusal,) = imported.destroy(found)
    assert refusal.workspace == found[2].workspace.id
    assert "it is a bad day" in refusal.why
    assert listed(filesystem) == [f"{filesystem}/trash", name(filesystem, found[2])]
    assert [each.id for each in imported.workspaces()] == [refusal.workspace]
    assert imported.destroy(found[2:]) == []


# Kills


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_kill_around_the_program_leaves_all_or_nothing(
    when: str,
    imported: ZfsStorage,
    workspace: Workspace,
    clock: Clock,
    change: Mutations,
    open_storage: Open,
    filesystem: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (Path(workspace.path) / "new").write_text("changed\n")
    take(imported, workspace, clock, 1, CheckpointKind.FINAL)
    found = trashed(imported)
    before = listed(filesystem)
    program = change.program

    def fatal(pool: str, script: str, argument: str) -> str:
        if when == "after":
            program(pool, script, argument)
        die()
        return ""

    with monkeypatch.context() as patched:
        patched.setattr(change, "program", fatal)
        killed(lambda: imported.destroy([found]))
    assert listed(filesystem) == (before if when == "before" else [f"{filesystem}/trash"])
    again = open_storage()
    assert again.reconcile() == []
    refusals = again.destroy([found])
    assert [each.why for each in refusals] == (
        [] if when == "before" else ["It is not the workspace that was seen: that one is gone."]
    )
    assert again.find(ID, SPEC.owner) is None
    assert again.survey().residents == []


# Checkpoints


def test_checkpoints_go_unless_somebody_needs_them(
    imported: ZfsStorage, workspace: Workspace, clock: Clock, clone: str
) -> None:
    auto = [take(imported, workspace, clock, n, CheckpointKind.AUTO) for n in range(1, 7)]
    take(imported, workspace, clock, 7, CheckpointKind.USER)
    take(imported, workspace, clock, 8, CheckpointKind.FINAL)
    imported.update(replace(workspace, base=auto[5]))
    before = resident(imported)
    branch(imported, auto[1], clock)
    zfs("hold", "mine", f"{clone}@{auto[2]}")
    for verb in ("destroy", "snapshot"):
        zfs(verb, f"{clone}@{auto[3]}")
    gone = imported.destroy_checkpoints(before, before.checkpoints)
    assert [each.name for each in gone] == [auto[0], auto[4]]
    left = [each.name for each in imported.checkpoints(workspace)]
    assert left == [*auto[1:4], auto[5], *(each.name for each in before.checkpoints[6:])]
    # The storage knows the base even if whoever saw the workspace before it was set does not.
    stale = replace(before, workspace=replace(before.workspace, base=None))
    assert imported.destroy_checkpoints(stale, before.checkpoints) == []
    assert [each.name for each in imported.checkpoints(workspace)] == left
    assert (Path(workspace.path) / "notes.txt").exists()
    zfs("release", "mine", f"{clone}@{auto[2]}")


def test_no_checkpoint_of_another_filesystem_goes(
    imported: ZfsStorage, workspace: Workspace, clock: Clock
) -> None:
    take(imported, workspace, clock, 1, CheckpointKind.AUTO)
    found = resident(imported)
    another = replace(found, identity=found.identity ^ 1)
    assert imported.destroy_checkpoints(another, found.checkpoints) == []
    assert len(imported.checkpoints(workspace)) == 1


# Who is in the way


def test_who_has_files_open_is_named(
    imported: ZfsStorage, workspace: Workspace, tmp_path: Path
) -> None:
    held = Path(workspace.path) / "notes.txt"
    scripts = {
        "cwd": f"cd {workspace.path}; exec sleep 60",
        "file": f"exec sleep 60 < {held}",
    }
    for script in scripts.values():
        with subprocess.Popen(["sh", "-c", f"{script}"]) as process:
            wait_for_sleep(process.pid)
            with pytest.raises(WorkspaceInUseError, match=rf"process {process.pid} \(sleep\)"):
                imported.ensure_closed(workspace)
            process.kill()
    imported.ensure_closed(workspace)
