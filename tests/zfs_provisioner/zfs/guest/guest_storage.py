"""What is ZFS's own: foreign things in the tree, kills between two steps, shared blocks."""

import mmap
import os
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests_provisioner import INFO, Clock, Site, silent, wanted
from zfs_provisioner.errors import (
    QuotaExceededError,
    RootInUseError,
    StorageDamagedError,
    StorageFullError,
    StorageUnavailableError,
    UnknownWorkspaceError,
    WorkspaceExistsError,
    WorkspaceInUseError,
)
from zfs_provisioner.model import (
    Allowance,
    Checkpoint,
    CheckpointKind,
    CheckpointRef,
    DatasetName,
    Holder,
    Lease,
    Owner,
    Progress,
    ReleaseName,
    Workspace,
    WorkspaceId,
    WorkspaceSpec,
    WorkspaceState,
)
from zfs_provisioner.storage import trees, zfs_command
from zfs_provisioner.storage.equality import Account
from zfs_provisioner.storage.libzfs_core import LibZfsCore
from zfs_provisioner.storage.opening import ZfsRoot, best_mutations
from zfs_provisioner.storage.zfs import ZfsStorage
from zfs_provisioner.storage.zfs_cli import Mutations, ZfsCli
from zfs_provisioner.storage.zfs_command import Reason, ZfsError
from zfs_provisioner.storage.zfs_mounts import Mounts, sources
from zfs_provisioner.storage.zfs_pool import Pool

from zfs_provisioner import naming

OBS, ONE, TWO = DatasetName("obs"), ReleaseName("1"), ReleaseName("2")
ID = WorkspaceId("2c1f6a52-6f43-4d2e-9f6e-0a4f8a8c9d01")
OTHER_ID = WorkspaceId("2c1f6a52-6f43-4d2e-9f6e-0a4f8a8c9d02")
SPEC = WorkspaceSpec(owner=Owner("alice"), dataset=OBS, release=ONE, name="A test")
Open = Callable[[], ZfsStorage]


# What `guest_crashes` does by the library.
by_commands = pytest.mark.parametrize("change", [ZfsCli], indirect=True)


def zfs(*arguments: str) -> str:
    answer = subprocess.run(["zfs", *arguments], check=True, capture_output=True, text=True)
    return answer.stdout.strip()


def content(workspace: Workspace) -> dict[str, bytes]:
    root = Path(workspace.path)
    return {each.relative: each.path.read_bytes() for each in trees.walk(root) if each.is_file}


def killed(work: Callable[[], object]) -> None:
    """Do the work in a child process, which must kill itself."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(1)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)


def die(*_arguments: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def imported(storage: ZfsStorage, source: Path, clock: Clock) -> ZfsStorage:
    storage.import_release(wanted(clock), source, silent)
    return storage


@pytest.fixture
def workspace(imported: ZfsStorage, clock: Clock) -> Workspace:
    return opened(imported, imported.create(ID, SPEC, clock.now, silent))


def opened(storage: ZfsStorage, workspace: Workspace) -> Workspace:
    storage.ensure_open(workspace)
    return workspace


def restore(storage: ZfsStorage, workspace: Workspace, checkpoint: Checkpoint) -> None:
    storage.restore(workspace, checkpoint, (), silent)
    storage.ensure_open(workspace)


@pytest.fixture
def clone(filesystem: str) -> str:
    """The filesystem of the workspace ID."""
    return f"{filesystem}/ws/alice/{naming.workspace_directory(ID)}"


def kept(storage: ZfsStorage, workspace: Workspace, clock: Clock) -> Checkpoint:
    number = 1 + len(storage.checkpoints(workspace))
    name = naming.format_checkpoint(CheckpointKind.USER, clock.now, number)
    storage.take_checkpoint(workspace, name)
    return naming.parse_checkpoint(name)


def test_every_owner_has_workspaces_of_his_own(imported: ZfsStorage, clock: Clock) -> None:
    owners = ["alice", "Alice", "..", "a/b", "a@b", "-rf", "x.y", "a b", "ü" * 255, "{}"]
    made = [
        imported.create(
            WorkspaceId(str(uuid.uuid4())), replace(SPEC, owner=Owner(each)), clock.now, silent
        )
        for each in owners
    ]
    assert sorted(imported.workspaces(), key=str) == sorted(made, key=str)
    assert len({each.path for each in made}) == len(owners)
    for each in made:
        assert imported.find(each.id, each.spec.owner) == each
        assert imported.find(each.id, Owner("mallory")) is None


@by_commands
def test_a_kill_between_clone_and_label_is_completed(
    imported: ZfsStorage,
    open_storage: Open,
    change: Mutations,
    clone: str,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole = change.clone

    def only_the_clone(snapshot: str, filesystem: str, _properties: object) -> None:
        whole(snapshot, filesystem, {})
        die()

    with monkeypatch.context() as patched:
        patched.setattr(change, "clone", only_the_clone)
        killed(lambda: imported.create(ID, SPEC, clock.now, silent))
    guid = zfs("get", "-Hpo", "value", "guid", clone)
    after = open_storage()
    assert after.reconcile() == []
    assert (after.workspaces(), after.find(ID, SPEC.owner)) == ([], None)
    made = opened(after, after.create(ID, SPEC, clock.now, silent))
    assert after.workspaces() == [made] == [after.find(ID, SPEC.owner)]
    assert trees.digest(Path(made.path)) == after.datasets()[0].newest.digest
    assert zfs("get", "-Hpo", "value", "guid", clone) == guid


def test_an_unlabelled_filesystem_of_another_origin_is_left_alone(
    imported: ZfsStorage, open_storage: Open, clone: str, clock: Clock
) -> None:
    zfs("create", "-p", clone)
    after = open_storage()
    with pytest.raises(StorageDamagedError, match="has no label"):
        after.create(ID, SPEC, clock.now, silent)
    assert zfs("get", "-Ho", "value", "casahub:workspace", clone) == "-"


def test_an_inherited_label_is_none(
    imported: ZfsStorage, workspace: Workspace, open_storage: Open, filesystem: str, clone: str
) -> None:
    label = zfs("get", "-Ho", "value", "casahub:workspace", clone)
    zfs("set", f"casahub:workspace={label}", f"{filesystem}/ws")
    other = naming.workspace_directory(WorkspaceId(str(uuid.uuid4())))
    zfs("create", "-p", f"{filesystem}/ws/bob/{other}")
    assert zfs("get", "-Ho", "value", "casahub:workspace", f"{filesystem}/ws/bob/{other}") == label
    assert open_storage().workspaces() == [workspace]


def test_a_foreign_snapshot_is_no_checkpoint_and_hides_no_change(
    imported: ZfsStorage, workspace: Workspace, clone: str, clock: Clock
) -> None:
    first = kept(imported, workspace, clock)
    (Path(workspace.path) / "notes.txt").write_text("flag antenna 8\n")
    zfs("snapshot", f"{clone}@hourly")
    based = replace(workspace, base=first.name)
    assert imported.usage(based).changed
    assert imported.checkpoints(workspace) == [first]
    restore(imported, workspace, first)
    assert not imported.usage(based).changed
    assert f"{clone}@hourly" in zfs("list", "-Ho", "name", "-t", "snapshot", "-d", "1", clone)


def test_a_foreign_snapshot_is_no_release(imported: ZfsStorage, filesystem: str) -> None:
    zfs("snapshot", f"{filesystem}/archive/obs@hourly")
    (dataset,) = imported.datasets()
    assert [each.name for each in dataset.releases] == [ONE]


def test_a_restore_keeps_later_checkpoints(
    imported: ZfsStorage, workspace: Workspace, clock: Clock
) -> None:
    notes = Path(workspace.path) / "notes.txt"
    made = []
    for text in ("one", "two", "three"):
        notes.write_text(text)
        made.append(kept(imported, workspace, clock))
    for asked, text in ((made[0], "one"), (made[2], "three"), (made[1], "two")):
        restore(imported, workspace, asked)
        assert notes.read_text() == text
        assert imported.checkpoints(workspace) == made
        assert not imported.usage(replace(workspace, base=asked.name)).changed


def test_a_restore_writes_only_what_differs(
    imported: ZfsStorage, workspace: Workspace, clone: str, clock: Clock
) -> None:
    big = Path(workspace.path) / "big"
    big.write_bytes(os.urandom(8_000_000))
    before = content(workspace)
    first = kept(imported, workspace, clock)
    with big.open("r+b") as file:
        file.seek(4_000_000)
        file.write(b"flagged")
    kept(imported, workspace, clock)
    restore(imported, workspace, first)
    assert content(workspace) == before
    subprocess.run(["zpool", "sync"], check=True)
    assert int(zfs("get", "-Hpo", "value", f"written@{first.name}", clone)) < 1_000_000


def test_a_restore_separates_names_of_one_file(
    imported: ZfsStorage, workspace: Workspace, clock: Clock
) -> None:
    root = Path(workspace.path)
    before = content(workspace)
    first = kept(imported, workspace, clock)
    (root / "notes.txt").unlink()
    (root / "notes.txt").hardlink_to(root / "obs.ms" / "table.dat")
    restore(imported, workspace, first)
    assert content(workspace) == before


@by_commands
@pytest.mark.parametrize("step", ["copying", "committing"])
def test_a_kill_in_a_restore_undoes_it(
    step: str,
    imported: ZfsStorage,
    workspace: Workspace,
    open_storage: Open,
    change: Mutations,
    clone: str,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = kept(imported, workspace, clock)
    (Path(workspace.path) / "new").write_bytes(b"made later")
    (Path(workspace.path) / "obs.ms" / "table.dat").write_bytes(b"changed later")
    (Path(workspace.path) / "notes.txt").unlink()
    before = content(workspace)

    def die_on_progress(progress: Progress) -> None:
        if progress.done:
            die()

    with monkeypatch.context() as patched:
        if step == "committing":
            patched.setattr(change, "destroy_snapshot", die)
        report = die_on_progress if step == "copying" else silent
        killed(lambda: imported.restore(workspace, first, (), report))
    assert not Path(workspace.path).exists()
    assert f"{clone}@restoring" in zfs("list", "-Ho", "name", "-t", "snapshot", "-d", "1", clone)
    after = open_storage()
    assert f"undid an unfinished restore of {clone}" in after.reconcile()
    assert content(opened(after, workspace)) == before
    assert after.checkpoints(workspace) == [first]
    after.ensure_closed(workspace)
    assert after.reconcile() == []


@pytest.mark.parametrize("foreign", [False, True])
def test_a_failing_restore_leaves_what_was_there(
    *, foreign: bool, imported: ZfsStorage, workspace: Workspace, clone: str, clock: Clock
) -> None:
    """With a snapshot that somebody took meanwhile, ZFS refuses to roll back."""
    first = kept(imported, workspace, clock)
    (Path(workspace.path) / "obs.ms" / "table.dat").write_bytes(b"changed later")
    before = content(workspace)

    def fail(progress: Progress) -> None:
        if progress.done:
            if foreign:
                zfs("snapshot", f"{clone}@hourly")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        imported.restore(workspace, first, (), fail)
    assert content(opened(imported, workspace)) == before
    names = zfs("list", "-Ho", "name", "-t", "snapshot", "-d", "1", clone).split()
    assert set(names) == {f"{clone}@{first.name}"} | ({f"{clone}@hourly"} if foreign else set())


def test_an_open_file_forbids_trash_and_restore(
    imported: ZfsStorage, workspace: Workspace, clock: Clock
) -> None:
    first = kept(imported, workspace, clock)
    with (Path(workspace.path) / "notes.txt").open():
        with pytest.raises(WorkspaceInUseError, match="fuser"):
            imported.move_to_trash(workspace)
        with pytest.raises(WorkspaceInUseError, match="fuser"):
            restore(imported, workspace, first)
    assert imported.workspaces() == [workspace]
    assert (Path(workspace.path) / "notes.txt").exists()


def test_a_refused_rename_leaves_the_workspace_where_it_was(
    imported: ZfsStorage,
    workspace: Workspace,
    change: Mutations,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(filesystem: str, _new: str) -> None:
        raise ZfsError(Reason.TIMEOUT, f"rename {filesystem}", "no answer")

    monkeypatch.setattr(change, "rename", refuse)
    with pytest.raises(StorageUnavailableError):
        imported.move_to_trash(workspace)
    assert imported.find(ID, SPEC.owner) == workspace
    opened(imported, workspace)
    assert (Path(workspace.path) / "notes.txt").exists()


def test_a_clone_that_took_effect_in_spite_of_an_error_is_used(
    imported: ZfsStorage, change: Mutations, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = change.clone

    def clone_and_time_out(snapshot: str, filesystem: str, _properties: object) -> None:
        whole(snapshot, filesystem, {})
        raise ZfsError(Reason.TIMEOUT, "clone", "no answer")

    monkeypatch.setattr(change, "clone", clone_and_time_out)
    made = imported.create(ID, SPEC, clock.now, silent)
    assert imported.workspaces() == [made]


def test_the_unknown_changes_nothing(
    imported: ZfsStorage, change: Mutations, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert imported.workspaces() == []
    assert imported.find(ID, SPEC.owner) is None

    def hang(*arguments: object) -> str:
        raise ZfsError(Reason.TIMEOUT, str(arguments[0]), "no answer")

    changed: list[object] = []
    monkeypatch.setattr(zfs_command, "run", hang)
    monkeypatch.setattr(change, "clone", hang)
    monkeypatch.setattr(change, "set", lambda *arguments: changed.append(arguments))
    with pytest.raises(StorageUnavailableError, match="no answer"):
        imported.create(ID, SPEC, clock.now, silent)
    assert changed == []


def test_a_full_pool_refuses_an_import_and_gives_back_its_space(
    storage: ZfsStorage, source: Path, filesystem: str, clock: Clock
) -> None:
    (source / "big").write_bytes(os.urandom(30_000_000))
    zfs("set", "quota=15M", filesystem)
    with pytest.raises(StorageFullError):
        storage.import_release(wanted(clock), source, silent)
    assert storage.datasets() == []
    subprocess.run(["zpool", "sync"], check=True)
    assert int(zfs("get", "-Hpo", "value", "used", filesystem)) < 2_000_000
    (source / "big").unlink()
    made = storage.import_release(wanted(clock), source, silent)
    assert storage.digest(made) == trees.digest(source)


@by_commands
def test_a_kill_in_an_import_leaves_nothing_to_see(
    storage: ZfsStorage,
    open_storage: Open,
    change: Mutations,
    source: Path,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(change, "snapshot", die)
        killed(lambda: storage.import_release(wanted(clock), source, silent))
    after = open_storage()
    assert after.reconcile() == []
    assert after.datasets() == []
    (source / "notes.txt").write_text("another source\n")
    made = after.import_release(wanted(clock), source, silent)
    assert after.datasets()[0].releases == (made,)
    assert after.digest(made) == trees.digest(source)


def test_releases_share_what_is_equal(
    imported: ZfsStorage, source: Path, filesystem: str, clock: Clock
) -> None:
    (source / "notes.txt").write_text("flag antenna 9\n")
    clock.advance(60)
    made = imported.import_release(wanted(clock, "2", replace(INFO, title="New")), source, silent)
    (dataset,) = imported.datasets()
    assert [each.name for each in dataset.releases] == [TWO, ONE]
    assert (dataset.newest, dataset.info.title) == (made, "New")
    for each in dataset.releases:
        assert imported.digest(each) == each.digest
    subprocess.run(["zpool", "sync"], check=True)
    assert int(zfs("get", "-Hpo", "value", "used", f"{filesystem}/archive/obs")) < 1.5 * made.size


def test_an_import_compares_content_and_not_times(
    imported: ZfsStorage, source: Path, clock: Clock
) -> None:
    notes = source / "notes.txt"
    before = notes.stat()
    notes.write_text(notes.read_text().replace("7", "8"))
    os.utime(notes, ns=(before.st_atime_ns, before.st_mtime_ns))
    made = imported.import_release(wanted(clock, "2"), source, silent)
    assert made.digest == trees.digest(source) == imported.digest(made)


def test_a_checkpoint_holds_what_was_written_through_a_memory_map(
    imported: ZfsStorage, workspace: Workspace, clock: Clock, clone: str, tmp_path: Path
) -> None:
    table = Path(workspace.path) / "obs.ms" / "table.f1"
    with table.open("r+b") as file, mmap.mmap(file.fileno(), 0) as mapped:
        mapped[:7] = b"flagged"
        first = kept(imported, workspace, clock)
    with Mounts(tmp_path / "other", Account(0, 0)).privately(f"{clone}@{first.name}") as before:
        assert (before / "obs.ms" / "table.f1").read_bytes()[:7] == b"flagged"


def test_mounts_refuse_set_user_id_and_devices(workspace: Workspace) -> None:
    (line,) = [
        each
        for each in Path("/proc/self/mountinfo").read_text().splitlines()
        if each.split()[4] == workspace.path
    ]
    assert {"nosuid", "nodev", "noatime"} <= set(line.split()[5].split(","))


def test_after_a_start_leased_workspaces_are_mounted_and_no_others(
    imported: ZfsStorage, workspace: Workspace, open_storage: Open, clock: Clock
) -> None:
    other = opened(imported, imported.create(OTHER_ID, SPEC, clock.now, silent))
    lease = Lease(holder=Holder("h"), until=clock.now)
    imported.update(replace(workspace, lease=lease))
    subprocess.run(["umount", workspace.path], check=True)
    after = open_storage()
    assert after.reconcile() == [f"unmounted {other.path}, which is not in use"]
    assert Path(workspace.path).is_mount()
    assert not Path(other.path).exists()
    assert after.reconcile() == []


def test_requests_of_one_owner_run_side_by_side(imported: ZfsStorage, clock: Clock) -> None:
    ids = [WorkspaceId(str(uuid.uuid4())) for _ in range(16)]
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda each: imported.create(each, SPEC, clock.now, silent), ids))
    assert sorted(imported.workspaces(), key=str) == sorted(made, key=str)


def test_an_id_that_somebody_took_meanwhile_is_refused(
    imported: ZfsStorage, open_storage: Open, clock: Clock
) -> None:
    other = open_storage()
    assert other.find(ID, SPEC.owner) is None
    made = imported.create(ID, SPEC, clock.now, silent)
    with pytest.raises(WorkspaceExistsError):
        other.create(ID, replace(SPEC, name="Another"), clock.now, silent)
    assert imported.workspaces() == [made]


def test_the_library_is_used_where_it_is_installed() -> None:
    assert isinstance(best_mutations(), LibZfsCore)


def test_a_whole_life(storage: ZfsStorage, source: Path, clock: Clock, filesystem: str) -> None:
    site = Site(storage, clock, source)
    made = site.workspaces.ensure_created(
        ID, owner="alice", dataset="obs", release="1", name="A test", report=silent
    )
    assert not Path(made.path).exists()

    def leased() -> None:
        site.workspaces.ensure_leased(
            ID, owner="alice", holder="h", session="s", duration=timedelta(hours=1)
        )

    def released() -> None:
        site.workspaces.ensure_released(ID, owner="alice", holder="h")

    notes = Path(made.path) / "notes.txt"
    leased()
    notes.write_text("first")
    first = site.checkpoints.take(ID, "alice")
    notes.write_text("second")
    released()
    assert not Path(made.path).exists()
    site.checkpoints.restore(ID, "alice", first.name, silent)
    leased()
    assert notes.read_text() == "first"
    notes.write_text("third")
    clock.advance(3600)
    trashed = site.workspaces.ensure_trashed(ID, "alice")
    assert trashed.state is WorkspaceState.TRASHED
    assert zfs("list", "-Ho", "name", "-d", "1", f"{filesystem}/ws/alice").count("\n") == 0
    assert site.workspaces.usage(ID, "alice").size > 0
    kinds = [each.kind for each in site.checkpoints.of(ID, "alice")]
    assert kinds == [CheckpointKind.USER, CheckpointKind.AUTO, CheckpointKind.FINAL]
    site.workspaces.ensure_undeleted(ID, "alice")
    leased()
    assert notes.read_text() == "third"
    assert not site.workspaces.usage(ID, "alice").changed
    with pytest.raises(UnknownWorkspaceError):
        site.workspaces.get(ID, "bob")


def test_a_workspace_that_a_process_keeps_open_is_closed_when_that_ends(
    storage: ZfsStorage, source: Path, clock: Clock
) -> None:
    site = Site(storage, clock, source)
    made = site.workspaces.ensure_created(
        ID, owner="alice", dataset="obs", release="1", name="A test", report=silent
    )
    site.workspaces.ensure_leased(
        ID, owner="alice", holder="h", session="s", duration=timedelta(hours=1)
    )
    with (Path(made.path) / "notes.txt").open():
        clock.advance(3600)
        assert [each.id for each in site.workspaces.close_expired()] == [ID]
        assert Path(made.path).is_mount()
        assert site.workspaces.close_expired() == []
    assert site.workspaces.close_expired() == []
    assert not Path(made.path).exists()


def test_a_release_is_held(imported: ZfsStorage, filesystem: str) -> None:
    held = zfs("holds", "-H", f"{filesystem}/archive/obs@1").split("\t")
    assert held[1] == "casahub:release"
    with pytest.raises(subprocess.CalledProcessError):
        zfs("destroy", f"{filesystem}/archive/obs@1")


def test_a_root_of_another_guid_is_refused(filesystem: str) -> None:
    guid = int(zfs("get", "-Hpo", "value", "guid", filesystem))
    assert Pool(filesystem, guid).guid == guid
    with pytest.raises(StorageDamagedError, match=f"has the guid {guid}, not 1"):
        Pool(filesystem, 1)
    with pytest.raises(StorageUnavailableError, match="zfs create"):
        Pool(f"{filesystem}/nothing")
    with pytest.raises(StorageUnavailableError, match="not imported"):
        Pool("nopool/root")


def test_a_root_has_one_provisioner(filesystem: str, tmp_path: Path) -> None:
    """Whatever state each was given: the lock is named by the root's guid."""
    first, second = (ZfsRoot(name=filesystem, mounts=tmp_path / each) for each in "ab")
    with first.opened():
        with pytest.raises(RootInUseError, match=rf"{filesystem} is served by another .*pid \d+"):
            second.opened().__enter__()
        assert not second.mounts.exists()
        run("umount", str(first.mounts))
    with second.opened() as storage:
        assert storage.workspaces() == []
        run("umount", str(second.mounts))


def run(*command: str) -> None:
    subprocess.run(command, check=True)


def test_a_root_that_was_exchanged_is_noticed(imported: ZfsStorage, filesystem: str) -> None:
    imported.refuse_if_unavailable()
    zfs("rename", "-u", filesystem, f"{filesystem}old")
    with pytest.raises(StorageUnavailableError):
        imported.refuse_if_unavailable()
    zfs("create", filesystem)
    with pytest.raises(StorageUnavailableError, match="in its place"):
        imported.refuse_if_unavailable()


def test_a_new_owner_gets_the_configured_quota(
    filesystem: str, tmp_path: Path, change: Mutations, source: Path, clock: Clock
) -> None:
    storage = ZfsStorage(Pool(filesystem), tmp_path / "mounts", change, owner_quota=20_000_000)
    assert storage.allowance(Owner("alice")) == Allowance(used=0, limit=20_000_000)
    storage.import_release(wanted(clock), source, silent)
    storage.create(ID, SPEC, clock.now, silent)
    assert storage.allowance(Owner("alice")).limit == 20_000_000
    assert zfs("get", "-Hpo", "value", "quota", f"{filesystem}/ws/alice") == "20000000"


def test_a_restore_beyond_the_quota_is_undone_and_says_so(
    imported: ZfsStorage, workspace: Workspace, clock: Clock
) -> None:
    big = Path(workspace.path) / "big"
    big.write_bytes(os.urandom(8_000_000))
    first = kept(imported, workspace, clock)
    big.unlink()
    (Path(workspace.path) / "other").write_bytes(os.urandom(8_000_000))
    kept(imported, workspace, clock)
    before = content(workspace)
    imported.limit_owner(SPEC.owner, 20_000_000)
    with pytest.raises(QuotaExceededError, match="quota is used up"):
        restore(imported, workspace, first)
    assert content(opened(imported, workspace)) == before


@by_commands
@pytest.mark.parametrize("step", ["clone", "snapshot", "set"])
def test_a_kill_in_a_branch_is_completed(
    step: str,
    imported: ZfsStorage,
    workspace: Workspace,
    open_storage: Open,
    change: Mutations,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    point = CheckpointRef(workspace=ID, checkpoint=kept(imported, workspace, clock).name)
    spec = replace(SPEC, name="A branch", branch=point)
    whole = getattr(change, step)

    def done_and_killed(*arguments: object) -> None:
        whole(*arguments)
        die()

    with monkeypatch.context() as patched:
        patched.setattr(change, step, done_and_killed)
        killed(lambda: imported.create(OTHER_ID, spec, clock.now, silent))
    after = open_storage()
    after.reconcile()
    clock.advance(60)
    made = after.find(OTHER_ID, SPEC.owner) or after.create(OTHER_ID, spec, clock.now, silent)
    assert [each.name for each in after.checkpoints(made)] == [made.base]
    assert not after.changed(made)
    assert content(opened(after, made)) == content(opened(after, workspace))


def test_files_belong_to_the_account_of_sessions_whoever_that_was_before(
    filesystem: str, change: Mutations, source: Path, clock: Clock
) -> None:
    mounts = Path(tempfile.mkdtemp(dir="/run"))  # pytest's own directories let nobody else pass
    before, now = Account(1234, 100), Account(2345, 200)

    def owners(path: Path) -> set[tuple[int, int]]:
        found = {(each.status.st_uid, each.status.st_gid) for each in trees.walk(path)}
        return found | {(path.stat().st_uid, path.stat().st_gid)}

    old = ZfsStorage(Pool(filesystem), mounts, change, account=before)
    old.import_release(wanted(clock), source, silent)
    made = opened(old, old.create(ID, SPEC, clock.now, silent))
    assert owners(Path(made.path)) == {(1234, 100)}
    old.ensure_closed(made)
    new = ZfsStorage(Pool(filesystem), mounts, change, account=now)
    opened(new, made)
    assert owners(Path(made.path)) == {(2345, 200)}
    subprocess.run(
        ["sh", "-c", f"echo new > {made.path}/new && echo more >> {made.path}/notes.txt"],
        check=True,
        user=2345,
        group=200,
        extra_groups=[],
    )
    test_mounts_refuse_set_user_id_and_devices(made)
    first = kept(new, made, clock)
    new.ensure_closed(made)
    with new.reading(made, first.name) as disk:
        assert owners(disk) == {(1234, 100)}
        assert (disk / "notes.txt").read_text() == "flag antenna 7\nmore\n"
    for place in sorted(sources(), key=len, reverse=True):
        if Path(place).is_relative_to(mounts):
            subprocess.run(["umount", place], check=True)


def test_mounts_appear_where_the_directory_was_mounted_before(
    imported: ZfsStorage, clock: Clock, tmp_path: Path
) -> None:
    """As in a container that was started before the workspace was opened."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    subprocess.run(["mount", "--rbind", tmp_path / "mounts", elsewhere], check=True)
    made = opened(imported, imported.create(ID, SPEC, clock.now, silent))
    inside = elsewhere / Path(made.path).relative_to(tmp_path / "mounts")
    seen = (inside / "notes.txt").read_text()
    imported.ensure_closed(made)
    assert not inside.exists()
    subprocess.run(["umount", "-R", elsewhere], check=True)
    assert seen == "flag antenna 7\n"
