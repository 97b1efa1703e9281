"""A copy of a tree is like its source, and holds nothing from outside it."""

import os
import socket
import stat
from pathlib import Path

import pytest
from zfs_provisioner.storage import trees
from zfs_provisioner.storage.copying import copy, copy_bytes

HOUR = 3600 * 10**9


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = tmp_path / "source"
    (root / "a" / "b").mkdir(parents=True)
    (root / "empty").mkdir(mode=0o555)
    (root / "a" / "b" / "data").write_bytes(b"x" * 3_000_000)
    (root / "a" / "none").touch()
    (root / "a" / "script").write_text("#!/bin/sh\n")
    (root / "a" / "script").chmod(0o4555)
    (root / "link").symlink_to("a/none")
    (root / "away").symlink_to("/etc")
    for number, each in enumerate([*root.rglob("*"), root]):
        os.utime(each, ns=(number * HOUR, number * HOUR), follow_symlinks=False)
    return root


def copied(source: Path) -> tuple[Path, list[int]]:
    target = source.with_name("target")
    target.mkdir()
    sizes: list[int] = []
    copy(source, target, copy_bytes, sizes.append)
    return target, sizes


def test_a_copy_has_content_times_and_modes(source: Path) -> None:
    target, sizes = copied(source)
    assert not trees.differs(source, target)
    assert trees.digest(target) == trees.digest(source)
    assert sorted(sizes) == [0, 10, 3_000_000]
    for entry in trees.walk(source):
        status = (target / entry.relative).lstat()
        assert status.st_mtime_ns == entry.status.st_mtime_ns, entry.relative
        if not entry.is_symlink:
            needed = stat.S_IRWXU if entry.is_directory else stat.S_IRUSR | stat.S_IWUSR
            assert status.st_mode == entry.status.st_mode | needed, entry.relative
    assert target.stat().st_mtime_ns == source.stat().st_mtime_ns
    assert (target / "away").readlink() == Path("/etc")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_owners_are_kept(source: Path) -> None:
    for number, each in enumerate(["a", "a/none", "link", "a/script"]):
        os.chown(source / each, 1000 + number, 100, follow_symlinks=False)
    (source / "a" / "script").chmod(0o4755)
    target, _sizes = copied(source)
    for entry in trees.walk(source):
        status = (target / entry.relative).lstat()
        assert (status.st_uid, status.st_gid) == (entry.status.st_uid, entry.status.st_gid)
    assert stat.S_IMODE((target / "a" / "script").stat().st_mode) == 0o4755


def test_what_holds_no_data_is_left_out(source: Path) -> None:
    os.mkfifo(source / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(source / "socket"))
        target, _sizes = copied(source)
    assert {each.name for each in target.iterdir()} == {"a", "empty", "link", "away"}


def test_a_name_that_is_no_text_is_copied(source: Path) -> None:
    name = os.fsencode(source) + b"/\xff"
    Path(os.fsdecode(name)).write_text("latin-1 name")
    target, _sizes = copied(source)
    assert not trees.differs(source, target)


def test_nothing_is_written_over(source: Path) -> None:
    target = source.with_name("target")
    target.mkdir()
    (target / "link").symlink_to("/etc/passwd")
    with pytest.raises(FileExistsError):
        copy(source, target, copy_bytes, lambda _size: None)
