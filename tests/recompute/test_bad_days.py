"""Interrupts, damage, full stores, other versions, two at once: results stay right."""

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from recompute.engine import Session
from recompute.model import Outcome, Request, Verdict
from recompute.opening import open_session, open_store
from tests_recompute_pipelines import STEPS, Op, contents, request_of, run_script

MAKE = Op("make", "a", text="1")
APPEND = Op("append", "x", text="1")
Open = Callable[[], Session]


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "live"
    place.mkdir()
    (place / "x").write_text("observed\n")
    monkeypatch.chdir(place)
    return place


@pytest.fixture
def begin(tmp_path: Path) -> Open:
    def session() -> Session:
        opened = open_session("script.py", tmp_path / "store")
        opened.restart()
        return opened

    return session


def test_an_interrupted_step_leaves_what_was_before(live: Path, begin: Open) -> None:
    def interrupted() -> Outcome:
        (live / "x").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        begin().call(request_of(APPEND, live), interrupted)
    assert contents(live) == {"x": "observed\n"}


def test_another_version_of_casa_is_another_key(live: Path, begin: Open) -> None:
    asked = request_of(MAKE, live)
    begin().call(asked, lambda: STEPS["make"](MAKE, live))
    other = replace(asked, versions={"casatasks": "6.7.6.14"})
    done = begin().call(other, lambda: STEPS["make"](MAKE, live))
    assert done.verdict is Verdict.COMPUTED


def test_a_damaged_store_is_noticed_and_the_step_computed_again(
    tmp_path: Path, live: Path, begin: Open
) -> None:
    run_script([MAKE], live, begin())
    (live / "a").unlink()
    for blob in (tmp_path / "store" / "blobs").rglob("*"):
        if blob.is_file():
            blob.chmod(0o600)
            blob.write_bytes(b"x" * blob.stat().st_size)
    tally = run_script([MAKE], live, begin())
    assert tally.verdicts == [Verdict.COMPUTED]
    assert contents(live)["a"] == "made 1\n"
    assert run_script([MAKE], live, begin()).verdicts == [Verdict.CACHED]


def test_a_full_store_costs_the_memory_and_not_the_result(
    live: Path, begin: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECOMPUTE_QUOTA", "1 B")
    tally = run_script([APPEND], live, begin())
    assert tally.verdicts == [Verdict.UNMEMOISED]
    assert "quota" in tally.notes[-1]
    assert contents(live) == {"x": "observed\nappend 1\n"}


def test_two_at_once_compute_a_step_once(tmp_path: Path, live: Path) -> None:
    """Two notebooks in directories of their own, on one store."""
    computing, go_on = threading.Event(), threading.Event()
    count: list[str] = []

    def step(directory: Path) -> Outcome:
        count.append(directory.name)
        computing.set()
        assert go_on.wait(30)
        return STEPS["make"](MAKE, directory)

    def run(name: str, results: list[object]) -> None:
        directory = tmp_path / name
        directory.mkdir()
        session = open_session(name, tmp_path / "store")
        done = session.call(request_of(MAKE, directory), lambda: step(directory))
        results.append((done.verdict, (directory / "a").read_text()))

    results: list[object] = []
    first = threading.Thread(target=run, args=["one", results])
    first.start()
    assert computing.wait(30)
    second = threading.Thread(target=run, args=["two", results])
    second.start()
    go_on.set()
    first.join(30)
    second.join(30)
    assert count == ["one"]
    assert sorted(results, key=str) == [
        (Verdict.CACHED, "made 1\n"),
        (Verdict.COMPUTED, "made 1\n"),
    ]


def test_what_a_dead_process_was_changing_is_put_back_for_whoever_comes_next(
    live: Path, begin: Open
) -> None:
    def dies() -> Outcome:
        (live / "x").write_text("half")
        os._exit(9)

    child = os.fork()
    if child == 0:
        begin().call(request_of(APPEND, live), dies)
        os._exit(0)
    os.waitpid(child, 0)
    assert contents(live) == {"x": "half"}
    session = begin()
    done = session.call(request_of(APPEND, live), lambda: STEPS["append"](APPEND, live))
    assert contents(live) == {"x": "observed\nappend 1\n"}
    assert done.verdict is Verdict.COMPUTED


def test_an_original_that_no_step_can_compute_is_never_evicted(
    tmp_path: Path, live: Path, begin: Open
) -> None:
    run_script([APPEND], live, begin())
    open_store(tmp_path / "store").evict(1 << 40, 2e9)
    begin()
    assert contents(live) == {"x": "observed\n"}


def test_a_step_of_a_step_is_refused_by_the_engine(live: Path, begin: Open) -> None:
    session = begin()
    asked: Request = request_of(MAKE, live)

    def nested() -> Outcome:
        assert session.is_inside
        return session.call(asked, lambda: STEPS["make"](MAKE, live)).outcome

    with pytest.raises(RuntimeError, match="under way"):
        session.call(asked, nested)
