"""Many processes use one store at once, and each may be killed at any point."""

import os
import signal
import subprocess
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest
import tests_recompute_store
from recompute.store import Store
from tests_recompute_store import compute, is_complete, key, table, tree_at

# What changes a disk; a kill between two of these is a kill before the second one.
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.utime", "os.chmod", "fcntl.ioctl"}


def workers(place: Path, scratch: Path, count: int, rounds: int, quota: int) -> list[str]:
    """Let processes work on a store, and return what they computed."""
    children = [
        subprocess.Popen(
            [
                sys.executable,
                tests_recompute_store.__file__,
                place,
                scratch,
                *map(str, (seed, rounds, quota)),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in range(count)
    ]
    outputs = [child.communicate(timeout=100)[0] for child in children]
    assert [child.returncode for child in children] == [0] * count
    return [line for output in outputs for line in output.split()]


@pytest.mark.parametrize("count", [2, 8])
def test_processes_that_keep_publish_and_evict_at_once_leave_a_sound_store(
    tmp_path: Path, count: int
) -> None:
    place = tmp_path / "store"
    workers(place, tmp_path, count, rounds=40, quota=60_000)
    store = Store(place)
    found = store.verify()

    assert found.is_sound
    assert list((place / "tmp").iterdir()) == []
    assert {each.name for each in (place / "locks").iterdir()} <= {"gc.lock"}
    assert all(is_complete(store, each, tmp_path / "out") for each in store.records())
    assert store.verify(repair=True).is_sound
    assert store.verify().orphans == ()


def test_a_step_is_computed_once_however_many_want_it(tmp_path: Path) -> None:
    computed = Counter(workers(tmp_path / "store", tmp_path, 4, rounds=40, quota=0))

    assert set(computed.values()) == {1}
    assert len(computed) == 12


def killed_at(event: int, deed: Callable[[], None]) -> bool:
    """Run something in a child that is killed before its n-th event; False if it has fewer."""
    child = os.fork()
    if child == 0:
        _run_until(event, deed)
    _, status = os.waitpid(child, 0)
    assert status in {0, signal.SIGKILL}
    return status != 0


def changes_the_disk(event: str, arguments: tuple[Any, ...]) -> bool:
    return event in CHANGES or (event == "open" and bool(arguments[2] & (os.O_WRONLY | os.O_RDWR)))


def _run_until(event: int, deed: Callable[[], None]) -> NoReturn:
    left = event

    def count(name: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        if changes_the_disk(name, arguments):
            left -= 1
            if left == -1:
                os.kill(os.getpid(), signal.SIGKILL)

    code = 1
    try:
        sys.addaudithook(count)
        deed()
        code = 0
    except BaseException:  # noqa: BLE001 - there is nobody to whom it could go
        traceback.print_exc()
    finally:
        os._exit(code)


def test_a_kill_at_any_point_leaves_no_half_item(tmp_path: Path) -> None:
    place = tmp_path / "store"
    old = table(tmp_path / "old", {"f": b"old" * 900, "both": b"both"})
    new = table(tmp_path / "new", {"f": b"new" * 900, "both": b"both"})

    def deed() -> None:
        with Store(place) as store, store.computing(key("new")):
            kept = store.keep(new, tree_at(new))
            store.anchor("new", kept)
            compute(store, "new", new)
            store.pin(key("new"), "why")
            store.evict(1, now=0)
            store.release("new")
            store.unpin(key("new"))

    event = 0
    while True:
        with Store(place) as store:
            compute(store, "old", old)
        if not killed_at(event, deed):
            break
        with Store(place) as store:
            assert store.verify().is_sound, event
            for record in store.records():
                assert store.record(record.key) == record
                assert is_complete(store, record, tmp_path / "out")
            for name, kept in store.anchors().items():
                assert store.tree(kept) == tree_at(new)
                store.release(name)
            for pinned in store.pins():
                store.unpin(pinned)
            assert store.verify(repair=True).is_sound
            store.evict(10**9, now=0)
            assert store.usage().real == 0, event
            assert [*(place / "tmp").glob("*/*")] == []
        event += 1
    assert event > 60


def test_a_kill_while_evicting_or_repairing_leaves_a_sound_store(tmp_path: Path) -> None:
    place = tmp_path / "store"
    tables = [table(tmp_path / name, {"f": name.encode() * 900, "g": b"g"}) for name in "abc"]

    def deed() -> None:
        with Store(place) as store:
            store.evict(5000, now=0)
            store.verify(repair=True)

    event = 0
    while True:
        with Store(place) as store:
            for path in tables:
                compute(store, path.name, path)
        if not killed_at(event, deed):
            break
        with Store(place) as store:
            assert store.verify().is_sound, event
        event += 1
    assert event > 20


def test_what_a_killed_process_was_writing_goes_at_the_next_start(tmp_path: Path) -> None:
    place = tmp_path / "store"
    path = table(tmp_path / "x.ms", {"f": b"x" * 5000})

    def deed() -> None:
        store = Store(place)
        store.keep(path, tree_at(path))
        os.kill(os.getpid(), signal.SIGKILL)

    assert killed_at(10**9, deed)
    assert [*(place / "tmp").iterdir()] != []
    Store(place)
    assert [*(place / "tmp").iterdir()] == []


def test_a_forked_child_that_ends_leaves_its_parents_claims(tmp_path: Path) -> None:
    store, other = Store(tmp_path / "store"), Store(tmp_path / "store")
    path = table(tmp_path / "x.ms", {"f": b"x" * 5000})
    kept = store.keep(path, tree_at(path))
    child = os.fork()
    if child == 0:
        try:
            store.close()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    other.evict(10**9, now=path.stat().st_mtime)

    assert store.tree(kept) == tree_at(path)
