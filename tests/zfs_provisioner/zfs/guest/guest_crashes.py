"""Requests killed at every boundary on ZFS by the library; the commands share what is above it."""

import subprocess
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from tests_crashes import Countdown, Work, killed
from tests_provisioner import Clock
from zfs_provisioner.storage import zfs_mounts
from zfs_provisioner.storage.libzfs_core import LibZfsCore
from zfs_provisioner.storage.zfs import ZfsStorage
from zfs_provisioner.storage.zfs_cli import Mutations
from zfs_provisioner.storage.zfs_command import Properties

crashes = import_module("test_crashes")
Open = Callable[[], ZfsStorage]
_CHANGES = (
    "create",
    "snapshot",
    "hold",
    "rename",
    "set",
    "rollback",
    "destroy_snapshot",
    "program",
)


@pytest.fixture(params=[LibZfsCore])
def change(request: pytest.FixtureRequest) -> Mutations:
    made: Mutations = request.param()
    return made


class ZfsVictim:
    """ZFS: a boundary lies after each change of the pool and of what is mounted.

    After one change is before the next, unless files are written in between: then there is one
    before the writable mount is given up, too.
    """

    def __init__(
        self, open_storage: Open, change: Mutations, filesystem: str, private: Path
    ) -> None:
        self.open = open_storage
        self._change, self._filesystem, self._private = change, filesystem, private

    def killed_at(self, boundary: int, work: Work) -> bool:
        return killed(boundary, work, self._watch)

    def _watch(self, countdown: Countdown) -> None:
        for name in _CHANGES:
            setattr(self._change, name, _followed(getattr(self._change, name), countdown))
        clone, set_property = self._change.clone, self._change.set
        written: set[Path] = set()
        mount, unmount = zfs_mounts._mount, zfs_mounts._unmount

        def clone_and_label(snapshot: str, filesystem: str, properties: Properties) -> None:
            clone(snapshot, filesystem, {})
            countdown.step()
            for name, value in properties.items():
                set_property(filesystem, name, value)

        def mount_and_count(source: str, place: Path, flags: int) -> None:
            mount(source, place, flags)
            if not flags & zfs_mounts._READ_ONLY:
                written.add(place)
            countdown.step()

        def unmount_and_count(place: Path) -> None:
            if place in written:
                countdown.step()
            unmount(place)
            if place.parent != self._private:  # whose unmounting leaves less than its mounting
                countdown.step()

        self._change.clone = clone_and_label  # type: ignore[method-assign]
        zfs_mounts._mount, zfs_mounts._unmount = mount_and_count, unmount_and_count

    def leftovers(self) -> list[str]:
        answer = subprocess.run(
            ["zfs", "list", "-Hr", "-t", "snapshot", "-o", "name,userrefs", self._filesystem],
            check=True,
            capture_output=True,
            text=True,
        )
        snapshots = [line.split("\t") for line in answer.stdout.splitlines()]
        unheld = [name for name, holds in snapshots if "/archive/" in name and holds == "0"]
        restoring = [name for name, _holds in snapshots if name.endswith("@restoring")]
        return [*unheld, *restoring, *map(str, self._private.iterdir())]


def _followed(change: Callable[..., Any], countdown: Countdown) -> Callable[..., Any]:
    def changed_and_counted(*arguments: object) -> object:
        answer = change(*arguments)
        countdown.step()
        return answer

    return changed_and_counted


@pytest.fixture
def victim(open_storage: Open, change: Mutations, filesystem: str, tmp_path: Path) -> ZfsVictim:
    return ZfsVictim(open_storage, change, filesystem, tmp_path / "mounts" / "private")


def test_a_kill_at_any_boundary_loses_nothing(
    victim: ZfsVictim, source: Path, clock: Clock
) -> None:
    crashes.kill_everywhere(victim, crashes.OPERATIONS, source, clock)
