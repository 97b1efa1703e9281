"""Damage is found on the way out, set aside, and repaired; a full disk leaves nothing half kept."""

import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from recompute.errors import (
    DamagedError,
    NotInStoreError,
    PlaceError,
    StoreError,
    StoreFullError,
)
from recompute.model import Digest
from recompute.store import Store
from tests_recompute_store import compute, key, record_of, table, tree_at

FILES = {"table.dat": b"rows", "table.f0": b"x" * 5000}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def ms(tmp_path: Path) -> Path:
    return table(tmp_path / "x.ms", FILES)


def flip(path: Path, offset: int = -1) -> None:
    """Change one byte, and leave the size and the name."""
    content = bytearray(path.read_bytes())
    content[offset] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)


def only(store: Store, folder: str) -> Path:
    (found,) = store.place.glob(f"{folder}/*/*")
    return found


def blob_of(store: Store, blob: Digest) -> Path:
    return store.place / "blobs" / blob[:2] / blob[2:]


def test_a_flipped_byte_is_noticed_set_aside_and_computed_again(
    store: Store, ms: Path, tmp_path: Path
) -> None:
    compute(store, "a", ms)
    blob = tree_at(ms).files["table.f0"].blob
    flip(blob_of(store, blob))

    with pytest.raises(DamagedError, match="run the step again"):
        store.fetch(blob, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert store.record(key("a")) is None
    compute(store, "a", ms)
    store.fetch(blob, tmp_path / "out")
    assert (tmp_path / "out").read_bytes() == FILES["table.f0"]


def test_damage_is_noticed_although_the_blob_was_verified_before(
    store: Store, ms: Path, tmp_path: Path
) -> None:
    compute(store, "a", ms)
    blob = tree_at(ms).files["table.f0"].blob
    store.fetch(blob, tmp_path / "one")
    times = blob_of(store, blob).stat()
    flip(blob_of(store, blob))
    os.utime(blob_of(store, blob), ns=(times.st_atime_ns, times.st_mtime_ns))

    with pytest.raises(DamagedError):
        store.fetch(blob, tmp_path / "two")


@pytest.mark.parametrize("offset", [3, 70, -2])
@pytest.mark.parametrize("folder", ["records", "trees"])
def test_a_damaged_document_is_a_miss(store: Store, ms: Path, folder: str, offset: int) -> None:
    compute(store, "a", ms)
    flip(only(store, folder), offset)

    assert store.record(key("a")) is None
    assert Store(store.place).record(key("a")) is None
    compute(store, "a", ms)
    assert store.record(key("a"))


@pytest.mark.parametrize("content", [b"", b"\0" * 900])
def test_a_document_that_a_power_failure_emptied_is_a_miss(
    store: Store, ms: Path, content: bytes
) -> None:
    compute(store, "a", ms)
    for folder in ("records", "trees"):
        only(store, folder).chmod(0o600)
        only(store, folder).write_bytes(content)

    assert store.record(key("a")) is None


def test_a_record_under_anothers_key_is_a_miss(store: Store, ms: Path) -> None:
    compute(store, "a", ms)
    wrong = store.place / "records" / key("b")[:2]
    wrong.mkdir(exist_ok=True)
    shutil.copy(only(store, "records"), wrong / key("b")[2:])

    assert store.record(key("b")) is None
    assert store.record(key("a"))


def test_what_cannot_be_read_for_another_reason_is_not_taken_for_damaged(
    store: Store, ms: Path, tmp_path: Path
) -> None:
    compute(store, "a", ms)
    blob = tree_at(ms).files["table.f0"].blob
    before = sorted(store.place.rglob("*"))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest_free = os.open(ms, os.O_RDONLY)
    os.close(lowest_free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, hard))
    try:
        with pytest.raises(StoreError, match="Too many open files"):
            store.record(key("a"))
        with pytest.raises(PlaceError, match="Too many open files"):
            store.fetch(blob, tmp_path / "out")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert sorted(store.place.rglob("*")) == before
    assert store.record(key("a"))


def test_verify_finds_nothing_in_a_sound_store(store: Store, ms: Path) -> None:
    compute(store, "a", ms)
    seen: list[tuple[int, int]] = []
    found = store.verify(progress=lambda done, total: seen.append((done, total)))

    assert (found.is_sound, found.orphans, found.read) == (True, (), 5004)
    assert seen[-1] == (5004, 5004)


def test_verify_names_what_is_wrong_and_changes_nothing(store: Store, ms: Path) -> None:
    compute(store, "a", ms)
    path = blob_of(store, tree_at(ms).files["table.f0"].blob)
    flip(path)
    before = sorted(store.place.rglob("*"))
    found = store.verify()

    assert (found.damaged, found.incomplete, found.is_sound) == ((path,), (key("a"),), False)
    assert sorted(store.place.rglob("*")) == before


@pytest.mark.parametrize("folder", ["blobs", "trees", "records"])
@pytest.mark.parametrize("how", ["damaged", "missing"])
def test_repair_leaves_a_sound_store_and_other_steps_alone(
    store: Store, tmp_path: Path, folder: str, how: str
) -> None:
    compute(store, "a", table(tmp_path / "a", {"f": b"a"}))
    path = only(store, folder)
    compute(store, "b", table(tmp_path / "b", {"f": b"b"}))
    if how == "damaged":
        flip(path)
    else:
        path.unlink()
    store.verify(repair=True)

    found = store.verify()
    assert (found.is_sound, found.orphans) == (True, ())
    assert store.record(key("a")) is None
    assert store.record(key("b"))


def test_a_lost_anchor_is_named_and_never_dropped(store: Store, ms: Path) -> None:
    store.anchor("x.ms", store.keep(ms, tree_at(ms)))
    flip(blob_of(store, tree_at(ms).files["table.f0"].blob))

    assert store.verify(repair=True).lost == ("x.ms",)
    assert store.anchors().keys() == {"x.ms"}
    store.evict(10**9, now=4e9)
    assert store.usage().set_aside == 5000


def test_an_anchors_tree_is_restored_and_its_files_stay_meanwhile(store: Store, ms: Path) -> None:
    kept = store.keep(ms, tree_at(ms))
    store.anchor("x.ms", kept)
    flip(only(store, "trees"), 70)
    store = Store(store.place)
    store.evict(10**9, now=4e9)

    assert store.usage().blobs == len(FILES)
    assert store.verify(repair=True).lost == ("x.ms",)
    assert store.tree(kept) == tree_at(ms)
    assert store.verify().is_sound


def test_nothing_is_removed_while_an_anchor_cannot_be_read(store: Store, ms: Path) -> None:
    kept = store.keep(ms, tree_at(ms))
    store.anchor("x.ms", kept)
    flip(next((store.place / "anchors").iterdir()))
    later = Store(store.place)
    store.close()

    with pytest.raises(DamagedError):
        later.evict(10**9, now=4e9)
    assert later.verify(repair=True).lost
    assert later.tree(kept) == tree_at(ms)


def test_set_aside_files_go_first_when_room_is_needed(
    store: Store, ms: Path, tmp_path: Path
) -> None:
    compute(store, "a", ms)
    compute(store, "b", table(tmp_path / "b", {"f": b"b"}))
    flip(blob_of(store, tree_at(ms).files["table.f0"].blob))
    store.verify(repair=True)

    assert store.usage().set_aside == 5000
    assert store.evict(4000, now=0).records == ()
    assert store.usage().set_aside == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a directory on a disk of 4 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=4m", "recompute-test", place],
        check=False,
        capture_output=True,
        text=True,
    )
    if made.returncode:
        pytest.skip(f"no disk can be mounted here: {made.stderr.strip()}")
    yield place
    subprocess.run(["umount", place], check=True)


Large = Callable[[str, int], Path]


@pytest.fixture
def large(tmp_path: Path) -> Large:
    """Make a table of some megabytes that compress to nothing and are in no other table."""

    def make(name: str, megabytes: int) -> Path:
        return table(tmp_path / name, {f"{name}{n}": os.urandom(1 << 20) for n in range(megabytes)})

    return make


def test_a_full_disk_is_an_error_and_nothing_is_half_kept(small_disk: Path, large: Large) -> None:
    path = large("a", 5)
    with Store(small_disk / "store") as store:
        with pytest.raises(StoreFullError, match=r"needs 5,\d+,\d+ bytes"):
            store.keep(path, tree_at(path))
        assert (store.usage().real, list(store.place.glob("tmp/*/*"))) == (0, [])

        small = large("b", 1)
        compute(store, "b", small)
        assert store.record(key("b"))


def test_a_full_disk_evicts_if_that_is_enough(small_disk: Path, large: Large) -> None:
    with Store(small_disk / "store") as store:
        compute(store, "a", large("a", 3))
        compute(store, "b", large("b", 2))

        assert store.record(key("a")) is None
        assert store.record(key("b"))


def test_the_last_bytes_of_a_disk_are_not_taken_for_kept(small_disk: Path) -> None:
    with Store(small_disk / "store") as store:
        store.close()
        with pytest.raises(OSError, match="No space"):
            (small_disk / "filler").write_bytes(b"x" * (5 << 20))
        small = table(small_disk.parent / "small", {"f": b"small"})
        with pytest.raises(StoreFullError):
            store.keep(small, tree_at(small))
        with pytest.raises(StoreFullError):
            store.publish(record_of("a", None, None), [b"png" * 9999])
        (small_disk / "filler").unlink()
        assert store.record(key("a")) is None
        compute(store, "a", small)
        assert store.verify().is_sound


def test_a_limit_of_the_systems_is_an_error_as_a_full_disk_is(store: Store, large: Large) -> None:
    path = large("a", 1)
    tree = tree_at(path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 19, hard))
    try:
        with pytest.raises(StoreFullError):
            store.keep(path, tree)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert store.usage().real == 0


def test_the_store_goes_on_after_its_directory_lost_a_tree(store: Store, ms: Path) -> None:
    compute(store, "a", ms)
    shutil.rmtree(store.place / "trees")
    (store.place / "trees").mkdir()

    with pytest.raises(NotInStoreError):
        store.tree(Digest("0" * 64))
    assert store.record(key("a")) is None
    compute(store, "a", ms)
    assert store.record(key("a"))
