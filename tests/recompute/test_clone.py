import os
from collections.abc import Iterator
from pathlib import Path
from stat import S_IMODE

import pytest
from recompute.clone import Way, clone
from tests_filesystems import NotHereError, mounted


@pytest.fixture(params=["btrfs", "xfs"])
def sharing(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A directory on a filesystem that shares blocks."""
    try:
        with mounted(request.param, "400M", tmp_path) as place:
            yield place
    except NotHereError as missing:
        pytest.skip(str(missing))


def test_a_clone_has_the_bytes_and_the_mode(tmp_path: Path) -> None:
    source = tmp_path / "töne\udcff"
    source.write_bytes(os.urandom(3_000_001))
    source.chmod(0o640)
    clone(source, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == source.read_bytes()
    assert S_IMODE((tmp_path / "copy").stat().st_mode) == 0o640


def test_a_clone_of_a_read_only_file_may_be_writable(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"")
    source.chmod(0o444)
    clone(source, tmp_path / "copy", 0o644)
    assert S_IMODE((tmp_path / "copy").stat().st_mode) == 0o644


def test_a_clone_is_another_file(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"before")
    clone(source, tmp_path / "copy")
    with source.open("r+b") as file:
        file.write(b"BEFORE")
    assert (tmp_path / "copy").read_bytes() == b"before"
    assert source.stat().st_nlink == 1


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"new")
    (tmp_path / "copy").write_bytes(b"old")
    with pytest.raises(FileExistsError):
        clone(tmp_path / "source", tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"old"


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(b"")
    (tmp_path / "link").symlink_to("source")
    with pytest.raises(OSError, match="symbolic links"):
        clone(tmp_path / "link", tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "source").write_bytes(os.urandom(2_000_000))
    try:
        with mounted("tmpfs", "1M", tmp_path) as small:
            with pytest.raises(OSError, match="No space left"):
                clone(tmp_path / "source", small / "copy")
            assert list(small.iterdir()) == []
    except NotHereError as missing:
        pytest.skip(str(missing))


def test_between_filesystems_bytes_are_copied(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(os.urandom(200_000))
    try:
        with mounted("tmpfs", "1M", tmp_path) as other:
            assert clone(source, other / "copy") is Way.COPY
            assert (other / "copy").read_bytes() == source.read_bytes()
    except NotHereError as missing:
        pytest.skip(str(missing))


def test_blocks_are_shared_where_the_filesystem_can(sharing: Path) -> None:
    source = sharing / "source"
    source.write_bytes(os.urandom(1_000_001))
    assert clone(source, sharing / "copy") is Way.REFLINK
    assert (sharing / "copy").read_bytes() == source.read_bytes()
    with source.open("r+b") as file:
        file.write(b"\0" * 100)
    assert (sharing / "copy").read_bytes() != source.read_bytes()
