"""One tree made equal to another, whatever both hold; on this machine's own filesystem."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zfs_provisioner.storage import trees
from zfs_provisioner.storage.equality import make_equal

NAMES = st.sampled_from(["a", "b", "c"])
BLOCKS = st.tuples(st.sampled_from([131_071, 131_072, 200_000]), st.sampled_from([b"", b"y"]))
CONTENT = st.one_of(st.binary(max_size=9), BLOCKS.map(lambda each: b"x" * each[0] + each[1]))
LINKS = st.sampled_from(["a", "nowhere", "/etc/passwd"])
TREES = st.recursive(
    st.dictionaries(NAMES, st.one_of(CONTENT, LINKS)),
    lambda children: st.dictionaries(NAMES, st.one_of(CONTENT, LINKS, children)),
    max_leaves=8,
)
Content = dict[str, "bytes | str | Content"]


def build(root: Path, content: Content) -> None:
    for name, each in content.items():
        place = root / name
        if isinstance(each, bytes):
            place.write_bytes(each)
        elif isinstance(each, str):
            place.symlink_to(each)
        else:
            place.mkdir()
            build(place, each)


def _age(root: Path) -> None:
    """Keep files from being of one time by being made in one tick of the clock."""
    for entry in trees.walk(root):
        os.utime(entry.path, ns=(1, 1), follow_symlinks=False)


def ignore(_size: int) -> None:
    """Count nothing."""


@given(TREES, TREES, st.booleans())
def test_the_target_becomes_the_source(wanted: Content, before: Content, trust: bool) -> None:
    with tempfile.TemporaryDirectory() as directory:
        source, target = Path(directory, "source"), Path(directory, "target")
        for place, content in ((source, wanted), (target, before)):
            place.mkdir()
            build(place, content)
        _age(target)
        make_equal(source, target, ignore, trust_times=trust)
        assert not trees.differs(source, target)
        assert trees.digest(source) == trees.digest(target)
        assert sorted(each.relative for each in trees.walk(target)) == sorted(
            each.relative for each in trees.walk(source)
        )


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    source, target = tmp_path / "source", tmp_path / "target"
    for each in (source, target):
        each.mkdir()
    return source, target


def test_modes_are_kept_and_the_owner_may_write(pair: tuple[Path, Path]) -> None:
    source, target = pair
    for mode in (0o755, 0o400):
        (source / f"{mode:o}").write_bytes(b"")
        (source / f"{mode:o}").chmod(mode)
    make_equal(source, target, ignore, trust_times=True)
    assert [(target / name).stat().st_mode & 0o777 for name in ("755", "400")] == [0o755, 0o600]


def test_equal_times_are_believed_only_when_told(pair: tuple[Path, Path]) -> None:
    source, target = pair
    for root, text in ((source, b"one"), (target, b"two")):
        (root / "file").write_bytes(text)
        os.utime(root / "file", ns=(1, 1))
    make_equal(source, target, ignore, trust_times=True)
    assert (target / "file").read_bytes() == b"two"
    make_equal(source, target, ignore, trust_times=False)
    assert (target / "file").read_bytes() == b"one"


def test_a_file_with_two_names_is_not_written_through(pair: tuple[Path, Path]) -> None:
    source, target = pair
    (source / "a").write_bytes(b"first")
    (source / "b").write_bytes(b"second")
    (target / "a").write_bytes(b"either")
    (target / "b").hardlink_to(target / "a")
    make_equal(source, target, ignore, trust_times=True)
    assert [(target / name).read_bytes() for name in "ab"] == [b"first", b"second"]


def test_all_bytes_are_reported(pair: tuple[Path, Path]) -> None:
    source, target = pair
    seen: list[int] = []
    (source / "a").write_bytes(b"12345")
    (source / "b").write_bytes(b"678")
    for _ in range(2):
        make_equal(source, target, seen.append, trust_times=True)
    assert sum(seen) == 16
