"""The history keeps what was executed, whole, whoever writes and whatever dies meanwhile."""

import errno
import json
import multiprocessing
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Self

import pytest
from hypothesis import given
from recompute.errors import StoreError, StoreFullError
from recompute.history import KEPT_RUNS, History, current, from_json, to_json
from recompute.model import Place, Step
from tests_recompute_steps import Desk, steps_of, vla, vla_twice


def run_of(desk: Desk, run: str, count: int = 1) -> list[Step]:
    desk.again(run)
    return [desk.do("imstat", read={"imagename": "img"}, n=n) for n in range(count)]


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history")


def file_of(history: History, tmp_path: Path) -> Path:
    (file,) = (tmp_path / "history").glob("*.jsonl")
    return file


def test_steps_come_back_as_they_were_appended(history: History) -> None:
    steps = vla_twice(tclean_niter=1000)
    for each in steps:
        history.append(each)
    pipeline = steps[0].place.pipeline
    assert history.steps(pipeline) == steps
    assert history.steps(pipeline, "r2") == steps[13:]
    assert history.runs(pipeline) == ["r1", "r2"]
    assert history.pipelines() == [pipeline]


@given(steps_of())
def test_every_step_survives_json(steps: list[Step]) -> None:
    for each in steps:
        assert from_json(json.loads(json.dumps(to_json(each)))) == each


def test_fields_of_a_newer_version_are_ignored() -> None:
    step = vla_twice()[0]
    assert from_json({**to_json(step), "colour": "blue"}) == step


def test_nothing_is_known_of_what_never_ran(history: History) -> None:
    assert history.steps("/never.py") == []
    assert history.runs("/never.py") == []
    assert history.pipelines() == []


@pytest.mark.parametrize(
    "name", ["/a/ü b\n.py", "/a/" + "x" * 300, "..", "", "/a/\udcff.py", "a/../b"]
)
def test_any_name_of_a_pipeline_has_a_file_of_its_own(
    history: History, tmp_path: Path, name: str
) -> None:
    step = replace(vla_twice()[0], place=Place(name))
    history.append(step)
    history.append(replace(step, place=Place(name + "x")))
    assert history.steps(name) == [step]
    assert set(history.pipelines()) == {name, name + "x"}
    assert all(each.parent == tmp_path / "history" for each in tmp_path.rglob("*.jsonl"))


@pytest.mark.parametrize("torn", [b'{"schema":1,"run":"r', b"\0" * 70_000, b"{"])
def test_a_torn_last_line_is_ignored_and_repaired(
    history: History, tmp_path: Path, torn: bytes
) -> None:
    first, second, *_ = vla_twice()
    history.append(first)
    file = file_of(history, tmp_path)
    with file.open("ab") as stream:
        stream.write(torn)
    assert history.steps(first.place.pipeline) == [first]
    history.append(second)
    assert history.steps(first.place.pipeline) == [first, second]
    assert file.read_bytes().count(b"\n") == 2


def test_a_damaged_line_costs_only_its_step(
    history: History, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first, second, third, *_ = vla_twice()
    for each in (first, second, third):
        history.append(each)
    file = file_of(history, tmp_path)
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(lines[0] + b"\xff\xfe\n" + lines[2])
    assert history.steps(first.place.pipeline) == [first, third]
    assert "line 2 is no step" in caplog.text


def test_a_full_disk_leaves_whole_lines(
    history: History, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, *_ = vla_twice()
    history.append(first)
    whole = file_of(history, tmp_path).read_bytes()

    class Full:
        """A file that takes ten bytes and no more."""

        def __init__(self, stream: object) -> None:
            self._stream, self._written = stream, False

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            self._stream.close()  # type: ignore[attr-defined]

        def truncate(self, size: int) -> None:
            self._stream.truncate(size)  # type: ignore[attr-defined]

        def write(self, data: bytes) -> int:
            if self._written:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self._written = True
            return int(self._stream.write(data[:10]))  # type: ignore[attr-defined]

    opened = Path.open

    def full(path: Path, mode: str = "r", *arguments: object, **named: object) -> object:
        stream = opened(path, mode, *arguments, **named)  # type: ignore[call-overload]
        return Full(stream) if mode == "ab+" else stream

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(StoreFullError, match="free some space"):
        history.append(second)
    monkeypatch.undo()
    assert file_of(history, tmp_path).read_bytes() == whole


def test_a_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "history").write_text("in the way")
    with pytest.raises(StoreError, match="history"):
        History(tmp_path / "history").append(vla_twice()[0])


def test_only_the_last_runs_are_kept(history: History) -> None:
    desk = Desk()
    for n in range(KEPT_RUNS + 7):
        for each in run_of(desk, f"r{n}", count=2):
            history.append(each)
    runs = history.runs(desk.pipeline)
    assert runs == [f"r{n}" for n in range(7, KEPT_RUNS + 7)]
    assert all(len(history.steps(desk.pipeline, each)) == 2 for each in runs)


def test_what_stands_in_a_notebook_is_kept_however_old(history: History) -> None:
    desk = Desk()
    desk.again("old")
    first = desk.do("listobs", read={"vis": "x.ms"}, cell="a")
    history.append(first)
    for n in range(KEPT_RUNS + 3):
        desk.again(f"r{n}")
        history.append(desk.do("imstat", read={"imagename": "img"}, cell="b"))
    assert first in current(history.steps(desk.pipeline))


def append_many(directory: str, run: str) -> None:
    desk = Desk(run=run)
    history = History(Path(directory))
    for n in range(40):
        history.append(desk.do("imstat", read={"imagename": "i" * 3000}, n=n))


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[list[multiprocessing.Process]]:
    context = multiprocessing.get_context("fork")
    started = [
        context.Process(target=append_many, args=(str(tmp_path / "history"), f"r{n}"))
        for n in range(4)
    ]
    yield started  # type: ignore[misc]
    for each in started:
        each.kill()
        each.join()


def test_processes_append_whole_lines_at_once(
    history: History, processes: list[multiprocessing.Process]
) -> None:
    for each in processes:
        each.start()
    for each in processes:
        each.join()
    pipeline = Desk().pipeline
    assert {each.exitcode for each in processes} == {0}
    for run in ("r0", "r1", "r2", "r3"):
        assert [each.number for each in history.steps(pipeline, run)] == list(range(1, 41))


def test_of_a_script_the_latest_run_stands() -> None:
    steps = vla_twice(tclean_niter=1000)
    assert current(steps) == steps[13:]
    assert current([]) == []


def test_a_cell_that_is_executed_again_replaces_its_steps_and_drops_the_rest() -> None:
    desk = Desk()
    desk.put("x.ms", 1)
    one = desk.do("listobs", read={"vis": "x.ms"}, cell="a")
    desk.do("gaincal", read={"vis": "x.ms"}, write={"caltable": "G"}, cell="b")
    desk.do("imstat", read={"imagename": "img"}, cell="b")
    two = desk.do("plotants", read={"vis": "x.ms"}, cell="c")
    again = desk.do("gaincal", read={"vis": "x.ms"}, write={"caltable": "G"}, cell="b", solint="9s")
    assert current(desk.steps) == [one, two, again]


def test_a_cell_that_is_executed_twice_in_a_row_stands_once() -> None:
    desk = Desk()
    desk.put("x.ms", 1)
    found = dict(desk.files)
    desk.do("flagdata", update={"vis": "x.ms"}, cell="a")
    desk.do("setjy", update={"vis": "x.ms"}, cell="a")
    desk.files = found
    desk.execute()
    again = desk.do("flagdata", update={"vis": "x.ms"}, cell="a", mode="clip")
    assert current(desk.steps) == [again]


def test_a_cell_that_changes_a_path_twice_stands_whole() -> None:
    desk = Desk()
    desk.put("x.ms", 1)
    steps = [desk.do("flagdata", update={"vis": "x.ms"}, cell="a", mode=each) for each in "abc"]
    assert current(desk.steps) == steps


def test_cells_stand_across_kernels() -> None:
    desk = Desk()
    vla(desk, cells=True)
    first = list(desk.steps)
    desk.again("r2")
    last = desk.do("imstat", read={"imagename": "img.image"}, cell="j", axes=[0])
    assert current(desk.steps) == [*(each for each in first if each.place.cell != "j"), last]
