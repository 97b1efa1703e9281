"""Names in the tree on ZFS: what is ours, and what may be destroyed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zfs_provisioner.errors import StorageDamagedError
from zfs_provisioner.model import Owner, ReleaseName, WorkspaceId, WorkspaceState
from zfs_provisioner.storage.zfs_names import (
    Place,
    Tree,
    described_release,
    release_property,
)

from zfs_provisioner import naming

TREE = Tree("tank/casahub")
ID = WorkspaceId("2c1f6a52-6f43-4d2e-9f6e-0a4f8a8c9d01")
WID = naming.workspace_directory(ID)

owners = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=255).map(Owner)
ids = st.uuids().map(lambda each: WorkspaceId(str(each)))


@given(owners, ids)
def test_a_workspace_is_recognised_by_its_name(owner: Owner, workspace: WorkspaceId) -> None:
    place = TREE.live(owner, workspace)
    assert TREE.parse(place.filesystem) == place
    assert place.filesystem.count("/") == 4
    assert len(place.filesystem.encode()) < 120  # ZFS has room for 255 with the checkpoint


def test_a_workspace_in_trash_is_recognised_by_its_name() -> None:
    place = TREE.trashed(WID, 12345)
    assert place == Place(f"tank/casahub/trash/{WID}-12345", WID, WorkspaceState.TRASHED)
    assert TREE.parse(place.filesystem) == place


@pytest.mark.parametrize(
    "name",
    [
        "tank/casahub",
        "tank/casahub/ws",
        "tank/casahub/ws/alice",
        "tank/casahub/ws/alice/notes",
        f"tank/casahub/ws/{WID}",
        f"tank/casahub/ws/alice/{WID}/below",
        f"tank/casahub/ws/alice/{WID}@restoring",
        f"tank/casahub/ws/alice/{WID}x",
        f"tank/casahub/archive/alice/{WID}",
        f"tank/casahub/archive/{WID}-1",
        f"tank/casahub/trash/{WID}",
        f"tank/casahub2/ws/alice/{WID}",
        f"tank/other/ws/alice/{WID}",
        f"tank/casahub/ws/alice/{WID}\n",
    ],
)
def test_anything_else_is_not_ours(name: str) -> None:
    assert TREE.parse(name) is None


@pytest.mark.parametrize(
    "snapshot",
    [
        "tank/casahub/archive/obs@restoring",
        f"tank/casahub/ws/alice/{WID}@user-20260102T030405Z-1",
        f"tank/casahub/ws/alice/{WID}@hourly",
        f"tank/casahub/ws/alice/{WID}",
        f"tank/other/ws/alice/{WID}@restoring",
        f"tank/casahub/ws/alice/{WID}@a,restoring",
        f"tank/casahub/ws/alice/{WID}@a%restoring",
    ],
)
def test_nothing_but_the_snapshot_of_a_restore_is_destroyed(snapshot: str) -> None:
    with pytest.raises(StorageDamagedError):
        TREE.refuse_unless_restoring(snapshot)


def test_the_snapshot_of_a_restore_is_destroyed() -> None:
    TREE.refuse_unless_restoring(f"tank/casahub/ws/alice/{WID}@restoring")


def test_a_release_is_described_by_a_property_of_its_own() -> None:
    name = release_property(ReleaseName("2026-01"))
    assert name == "casahub:release:2026-01"
    assert described_release(name) == "2026-01"
    assert described_release("casahub:workspace") is None
    assert described_release("org.example:release:1") is None
