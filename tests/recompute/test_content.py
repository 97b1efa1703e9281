import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as some
from recompute.content import Eye, mentions
from recompute.errors import PlaceError
from recompute.model import Tree, state_of

AN_HOUR_AGO = time.time_ns() - 3600 * 10**9


@pytest.fixture
def eye(tmp_path: Path) -> Eye:
    return Eye(tmp_path / "cache")


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A tree with files in it."""
    made = tmp_path / "x.ms"
    for name in ("a", "sub/b", "sub/deeper/ü", "sub/\udcff"):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_bytes(os.fsencode(name) * 1000)
    (made / "empty").mkdir()
    (made / "link").symlink_to("sub/b")
    return made


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were read."""
    seen: list[str] = []
    real = os.open

    def watched(path: str, flags: int, mode: int = 0o777) -> int:
        seen.append(os.path.basename(path))  # noqa: PTH119 - as the system was asked
        return real(path, flags, mode)

    monkeypatch.setattr(os, "open", watched)
    return seen


def settle(path: Path) -> None:
    """Wait until the kernel's clock has ticked on since a file was changed."""
    changed = max(each.lstat().st_ctime_ns for each in [path, *path.rglob("*")])
    while time.time_ns() < changed + 25_000_000:
        time.sleep(0.001)


def seen(eye: Eye, path: Path) -> Tree:
    tree = eye.tree(path)
    assert tree is not None
    return tree


def test_a_tree_has_its_files_directories_and_links(eye: Eye, top: Path) -> None:
    tree = seen(eye, top)
    assert set(tree.files) == {"a", "sub/b", "sub/deeper/ü", "sub/\udcff"}
    assert tree.directories == ("empty", "sub", "sub/deeper")
    assert tree.links == {"link": "sub/b"}
    content = (top / "sub/b").read_bytes()
    assert tree.files["sub/b"].blob == blake3(content).hexdigest()
    assert tree.files["sub/b"].size == len(content)


def test_a_plain_file_is_its_only_file(eye: Eye, top: Path) -> None:
    tree = seen(eye, top / "a")
    assert tree.is_file
    assert tree.files[""].content == tree.files[""].blob


def test_nothing_is_none(eye: Eye, tmp_path: Path) -> None:
    assert eye.tree(tmp_path / "nothing") is None
    (tmp_path / "file").write_bytes(b"")
    assert eye.tree(tmp_path / "file" / "below") is None


def test_a_link_at_the_path_is_followed(eye: Eye, top: Path) -> None:
    top.with_name("alias").symlink_to(top)
    assert eye.tree(top.with_name("alias")) == eye.tree(top)


def test_what_is_unchanged_is_not_read_again(eye: Eye, top: Path, reads: list[str]) -> None:
    settle(top)
    first = eye.tree(top)
    reads.clear()
    assert eye.tree(top) == first
    assert reads == []


def test_another_process_need_not_read_it(top: Path, tmp_path: Path, reads: list[str]) -> None:
    settle(top)
    first = Eye(tmp_path / "cache").tree(top)
    reads.clear()
    assert Eye(tmp_path / "cache").tree(top) == first
    assert [name for name in reads if not name.endswith(".json")] == []


def test_a_write_that_keeps_size_and_time_is_noticed(eye: Eye, top: Path) -> None:
    settle(top)
    before, status = seen(eye, top), (top / "a").stat()
    with (top / "a").open("r+b") as file:
        file.write(b"Z")
    os.utime(top / "a", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert (top / "a").stat().st_mtime_ns == status.st_mtime_ns
    assert seen(eye, top).state != before.state


def test_another_file_of_the_same_size_and_time_is_noticed(eye: Eye, top: Path) -> None:
    settle(top)
    before, status = seen(eye, top), (top / "a").stat()
    (top / "new").write_bytes(b"Z" * status.st_size)
    os.utime(top / "new", ns=(status.st_atime_ns, status.st_mtime_ns))
    (top / "new").replace(top / "a")
    assert seen(eye, top).state != before.state


def test_a_write_within_the_tick_of_the_first_look_is_noticed(eye: Eye, tmp_path: Path) -> None:
    file = tmp_path / "file"
    for number in range(200):
        file.write_bytes(b"%3d" % number)
        first = seen(eye, file)
        with file.open("r+b") as again:
            again.write(b"xyz")
        assert seen(eye, file).state != first.state


def test_whole_seconds_are_trusted_two_seconds_later(
    eye: Eye, tmp_path: Path, reads: list[str]
) -> None:
    (tmp_path / "file").write_bytes(b"x")
    this_second = time.time_ns() // 10**9 * 10**9
    os.utime(tmp_path / "file", ns=(this_second, this_second))
    settle(tmp_path / "file")
    eye.tree(tmp_path / "file")
    reads.clear()
    eye.tree(tmp_path / "file")
    assert "file" in reads


def test_a_removed_file_is_noticed(eye: Eye, top: Path) -> None:
    before = state_of(eye.tree(top))
    (top / "sub/b").unlink()
    assert state_of(eye.tree(top)) != before


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"format": 1}', b"\xff\0", b"null"])
def test_a_damaged_memory_is_none(damage: bytes, top: Path, tmp_path: Path) -> None:
    settle(top)
    first = Eye(tmp_path / "cache").tree(top)
    for file in (tmp_path / "cache").iterdir():
        file.write_bytes(damage)
    assert Eye(tmp_path / "cache").tree(top) == first


def test_a_memory_that_cannot_be_written_is_none(top: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("not a directory")
    assert Eye(tmp_path / "cache").tree(top) == Eye(tmp_path / "other").tree(top)


@contextmanager
def unreadable(path: Path) -> Iterator[None]:
    """Let this process be somebody who may not read a file."""
    path.chmod(0)
    if not os.geteuid():
        os.chown(path.parent, 65534, 65534)
        os.chown(path, 0, 0)
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(os.getuid())


def test_what_cannot_be_read_is_named_with_a_remedy(eye: Eye) -> None:
    directory = Path("/tmp", f"unreadable-{os.getpid()}")
    directory.mkdir()
    try:
        (directory / "secret").write_bytes(b"x")
        with unreadable(directory / "secret"), pytest.raises(PlaceError, match=r"secret.*chmod"):
            eye.tree(directory)
    finally:
        (directory / "secret").unlink()
        directory.rmdir()


def test_a_pipe_and_a_socket_are_refused(eye: Eye, top: Path, monkeypatch: Any) -> None:
    os.mkfifo(top / "pipe")
    with pytest.raises(PlaceError, match=r"pipe is a named pipe"):
        eye.tree(top)
    (top / "pipe").unlink()
    monkeypatch.chdir(top)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("talk")
        with pytest.raises(PlaceError, match=r"talk is a socket"):
            eye.tree(top)


def test_a_file_that_is_written_all_the_time_is_refused(
    eye: Eye, top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Callable[..., int] = os.readv

    def written_meanwhile(file: int, buffers: list[memoryview]) -> int:
        count = real(file, buffers)
        if count > len(b"more"):
            with (top / "a").open("ab") as other:
                other.write(b"more")
        return count

    monkeypatch.setattr(os, "readv", written_meanwhile)
    with pytest.raises(PlaceError, match="is being changed"):
        eye.tree(top)


def test_a_file_that_is_written_once_is_read_again(
    eye: Eye, top: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: Callable[..., int] = os.readv
    written: list[bool] = []

    def written_meanwhile(file: int, buffers: list[memoryview]) -> int:
        if not written:
            written.append(True)
            (top / "a").write_bytes(b"another")
        return real(file, buffers)

    monkeypatch.setattr(os, "readv", written_meanwhile)
    assert seen(eye, top).files["a"].blob == blake3(b"another").hexdigest()


def test_what_was_put_down_is_not_read(eye: Eye, top: Path, reads: list[str]) -> None:
    tree = seen(Eye(top.with_name("elsewhere")), top)
    for name in tree.files:
        os.utime(top / name, ns=(AN_HOUR_AGO, AN_HOUR_AGO))
    eye.put_down(top, tree)
    reads.clear()
    settle(top)
    assert eye.tree(top) == tree
    assert reads == []


def test_what_was_written_while_it_was_put_down_is_read(eye: Eye, top: Path) -> None:
    tree = seen(Eye(top.with_name("elsewhere")), top)
    began = time.time_ns()
    (top / "a").write_bytes(b"Z" * tree.files["a"].size)
    settle(top)
    eye.put_down(top, tree, began)
    assert seen(eye, top).state != tree.state


def test_names_are_found_in_small_files_and_in_text(eye: Eye, top: Path) -> None:
    (top / "table.dat").write_bytes(b"\0\1/data/x.ms\0")
    (top / "listing.txt").write_bytes(b"- " * 3_000_000 + b"/data/y.ms\n")
    (top / "data").write_bytes(b"\0" * 2_000_000 + b"/data/z.ms")
    names = [b"/data/x.ms", b"/data/y.ms", b"/data/z.ms", b"/data/absent", b""]
    assert mentions(top, seen(eye, top), names) == {b"/data/x.ms", b"/data/y.ms"}


def test_a_look_at_a_hundred_files_takes_few_milliseconds(eye: Eye, tmp_path: Path) -> None:
    top = tmp_path / "many"
    top.mkdir()
    for number in range(100):
        (top / f"table.f{number}").write_bytes(b"x" * 1000)
    settle(top)
    eye.tree(top)
    taken = []
    for _ in range(10):
        started = time.perf_counter()
        eye.tree(top)
        taken.append(time.perf_counter() - started)
    assert min(taken) < 0.02


def overwrite(path: Path) -> None:
    """Change a byte in place, and put the time of modification back."""
    status = path.stat()
    with path.open("r+b") as file:
        first = file.read(1)
        file.seek(0)
        file.write(bytes([first[0] ^ 1]))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def replace(path: Path) -> None:
    """Put another file of the same size and time in its place."""
    status = path.stat()
    path.with_name("new").write_bytes(path.read_bytes()[::-1])
    os.utime(path.with_name("new"), ns=(status.st_atime_ns, status.st_mtime_ns))
    path.with_name("new").replace(path)


def swap(path: Path) -> None:
    """Let two files change names."""
    other = path.with_name("z")
    if other.exists():
        path.rename(path.with_name("new"))
        other.rename(path)
        path.with_name("new").rename(other)


CHANGES: dict[str, Callable[[Path], object]] = {
    "overwrite": overwrite,
    "replace": replace,
    "swap": swap,
    "append": lambda path: path.write_bytes(path.read_bytes() + b"more"),
    "copy": lambda path: path.with_name("z").write_bytes(path.read_bytes()),
    "mode": lambda path: path.chmod(0o640),
    "nothing": lambda path: None,
}

changes = some.lists(
    some.tuples(some.sampled_from(sorted(CHANGES)), some.sampled_from("ab"), some.booleans()),
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(sequence=changes)
def test_what_is_told_is_what_a_first_look_tells(
    tmp_path_factory: pytest.TempPathFactory, sequence: list[tuple[str, str, bool]]
) -> None:
    directory = tmp_path_factory.mktemp("changes")
    top = directory / "x.ms"
    top.mkdir()
    for name in "ab":
        (top / name).write_bytes(name.encode() + b"12")
    eye = Eye(directory / "cache")
    for number, (change, name, again) in enumerate(sequence):
        CHANGES[change](top / name)
        eye = Eye(directory / "cache") if again else eye
        assert eye.tree(top) == Eye(directory / f"first {number}").tree(top)
