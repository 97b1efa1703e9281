"""What changes the pool: refusals are errors, by commands and by the library."""

from collections.abc import Callable

import pytest
from zfs_provisioner.storage.zfs_cli import Mutations
from zfs_provisioner.storage.zfs_command import ZfsError, run


def test_the_longest_value_fits_and_a_longer_one_is_refused(
    change: Mutations, filesystem: str
) -> None:
    longest = "ü {}" + "x" * (8191 - len("ü {}".encode()))
    change.set(filesystem, "casahub:a", longest)
    with pytest.raises(ZfsError):
        change.set(filesystem, "casahub:a", longest + "xx")
    assert run("zfs", "get", "-Ho", "value", "casahub:a", filesystem) == f"{longest}\n"


def test_a_failing_change_is_an_error(change: Mutations, filesystem: str) -> None:
    nothing = f"{filesystem}/nothing"
    change.snapshot(f"{filesystem}@first")
    change.snapshot(f"{filesystem}@second")
    refusals: list[Callable[[], None]] = [
        lambda: change.create(filesystem),
        lambda: change.clone(f"{nothing}@first", f"{filesystem}/clone", {}),
        lambda: change.clone(f"{filesystem}@first", filesystem, {}),
        lambda: change.snapshot(f"{filesystem}@first"),
        lambda: change.set(nothing, "casahub:a", "1"),
        lambda: change.rename(nothing, f"{filesystem}/other"),
        lambda: change.rollback(f"{filesystem}@first"),
    ]
    for refused in refusals:
        with pytest.raises(ZfsError):
            refused()
    names = run("zfs", "list", "-Hro", "name", "-t", "all", filesystem).split()
    assert names == [filesystem, f"{filesystem}@first", f"{filesystem}@second"]


def test_a_snapshot_with_clones_or_holds_is_not_destroyed(
    change: Mutations, filesystem: str
) -> None:
    for name in ("cloned", "held"):
        change.snapshot(f"{filesystem}@{name}")
    change.clone(f"{filesystem}@cloned", f"{filesystem}/clone", {})
    run("zfs", "hold", "mine", f"{filesystem}@held")
    for name in ("cloned", "held"):
        with pytest.raises(ZfsError):
            change.destroy_snapshot(f"{filesystem}@{name}")
    names = run("zfs", "list", "-Hro", "name", "-t", "snapshot", filesystem).split()
    assert names == [f"{filesystem}@cloned", f"{filesystem}@held"]


def test_a_snapshot_that_is_held_stays_held(change: Mutations, filesystem: str) -> None:
    snapshot = f"{filesystem}@first"
    change.snapshot(snapshot)
    for _ in range(2):
        change.hold(snapshot, "casahub:a")
    assert run("zfs", "holds", "-H", snapshot).split("\t")[:2] == [snapshot, "casahub:a"]
    with pytest.raises(ZfsError):
        change.destroy_snapshot(snapshot)
