"""What changed in a working directory beside what was declared."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recompute.access import snapshot, undeclared
from recompute.model import Request, Touch, Use


def asked(*touches: Touch) -> Request:
    return Request("task", {}, touches, {})


def strange(cwd: Path, before: object, *touches: Touch) -> list[str]:
    found = undeclared(before, snapshot(cwd), asked(*touches))  # type: ignore[arg-type]
    return [str(each.relative_to(cwd)) for each in found]


@pytest.fixture
def cwd(tmp_path: Path) -> Path:
    for name in ("a.ms/table.dat", "a.ms/HISTORY/table.f0", "note.txt"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return tmp_path


def test_nothing_that_changed_is_nothing_to_report(cwd: Path) -> None:
    before = snapshot(cwd)
    (cwd / "note.txt").read_text()
    assert strange(cwd, before) == []
    assert before.complete


def test_a_changed_a_new_and_a_removed_path_are_reported(cwd: Path) -> None:
    before = snapshot(cwd)
    (cwd / "a.ms/table.dat").write_text("changed")
    (cwd / "new/deep").mkdir(parents=True)
    (cwd / "new/deep/file").touch()
    (cwd / "note.txt").unlink()
    assert strange(cwd, before) == ["a.ms/table.dat", "new", "note.txt"]


def test_what_a_writing_touch_names_is_not(cwd: Path) -> None:
    before = snapshot(cwd)
    (cwd / "a.ms/table.dat").write_text("changed")
    (cwd / "i.image").mkdir()
    (cwd / "i.image/table.dat").touch()
    family = Touch("imagename", cwd / "i", Use.UPDATE, (".image", ".psf"))
    assert strange(cwd, before, Touch("vis", cwd / "a.ms", Use.UPDATE), family) == []
    assert strange(cwd, before, Touch("vis", cwd / "a.ms", Use.READ), family) == ["a.ms/table.dat"]
    (cwd / "i.imagex").touch()
    (cwd / "a.ms.flagversions").mkdir()
    found = strange(cwd, before, Touch("vis", cwd / "a.ms", Use.UPDATE), family)
    assert found == ["a.ms.flagversions", "i.imagex"]


@pytest.mark.parametrize(
    "name",
    ["casa-20260101-000000.log", "tclean.last", "msuvbin.last.0", "a.ms/table.lock", "n.ipynb"],
)
def test_litter_is_left_out(cwd: Path, name: str) -> None:
    before = snapshot(cwd)
    (cwd / name).touch()
    assert strange(cwd, before) == []


def test_a_replaced_file_of_the_same_size_and_time_is_reported(cwd: Path) -> None:
    before = snapshot(cwd)
    file = cwd / "note.txt"
    status = file.stat()
    (cwd / "other").write_text(file.read_text().upper())
    (cwd / "other").rename(file)
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert strange(cwd, before) == ["note.txt"]


def test_a_huge_directory_is_watched_at_its_top_and_where_it_is_touched(cwd: Path) -> None:
    for number in range(60):
        (cwd / f"a.ms/{number}").touch()
    few = 20

    def look(*touched: Path) -> object:
        return snapshot(cwd, touched, most=few)

    before = look(cwd / "note.txt", cwd / "a.ms/HISTORY")
    assert not snapshot(cwd, most=few).complete
    (cwd / "a.ms/table.dat").write_text("not seen")
    (cwd / "a.ms/HISTORY/table.f0").write_text("seen")
    (cwd / "new").touch()
    after = look(cwd / "note.txt", cwd / "a.ms/HISTORY")
    found = undeclared(before, after, asked())  # type: ignore[arg-type]
    assert [str(each.relative_to(cwd)) for each in found] == ["a.ms/HISTORY/table.f0", "new"]


def test_a_directory_that_grew_too_large_reports_nothing_false(cwd: Path) -> None:
    before = snapshot(cwd, most=20)
    assert before.complete
    (cwd / "out").mkdir()
    for number in range(60):
        (cwd / f"out/{number}").touch()
    after = snapshot(cwd, most=20)
    assert not after.complete
    assert undeclared(before, after, asked(Touch("o", cwd / "out", Use.CREATE))) == []


def test_a_touched_path_outside_is_watched(
    cwd: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    archive = tmp_path_factory.mktemp("archive") / "data.ms"
    archive.mkdir()
    before = snapshot(cwd, [archive])
    (archive / "table.dat").touch()
    touch = Touch("vis", archive, Use.READ)
    assert undeclared(before, snapshot(cwd, [archive]), asked(touch)) == [archive / "table.dat"]


def test_many_files_cost_less_than_fifty_milliseconds(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"{number}").mkdir()
        for other in range(250):
            (tmp_path / f"{number}/{other}").touch()
    fastest = min(_seconds(tmp_path) for _ in range(5))
    assert fastest < 0.05


def _seconds(directory: Path) -> float:
    begun = time.thread_time()
    snapshot(directory)
    return time.thread_time() - begun


NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0/"), min_size=1)


@given(st.lists(NAMES.filter(lambda name: name not in {".", ".."}), max_size=5))
def test_any_names_are_reported(tmp_path_factory: pytest.TempPathFactory, names: list[str]) -> None:
    cwd = tmp_path_factory.mktemp("any")
    before = snapshot(cwd)
    made = []
    for name in names:
        if len(os.fsencode(name)) < 200:
            (cwd / f"x{name}").touch()
            made.append(f"x{name}")
    found = strange(cwd, before)
    litter = (".last", ".ipynb")
    expected = {each for each in made if not each.endswith(litter) and ".last." not in each}
    assert set(found) & expected == expected
