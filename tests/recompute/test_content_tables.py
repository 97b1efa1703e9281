import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casacore.tables import makearrcoldesc, makescacoldesc, maketabdesc, table
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from recompute.content import Eye, mentions
from recompute.content.reading import digest_of
from recompute.content.rules import plan_for
from recompute.content.tables import cells
from recompute.errors import PlaceError
from recompute.model import StateId, Tree


@pytest.fixture
def eye(tmp_path: Path) -> Eye:
    return Eye(tmp_path / "cache")


def seen(eye: Eye, path: Path) -> Tree:
    tree = eye.tree(path)
    assert tree is not None
    return tree


def state(path: Path) -> StateId:
    """Return the state that an observer without memory sees."""
    return seen(Eye(path.parent / "no memory"), path).state


def make_table(path: Path, rows: list[tuple[str, list[float]]], **keywords: Any) -> None:
    """Make a table with strings and arrays that lie in an indirect file."""
    columns = maketabdesc(
        [
            makescacoldesc("NAME", ""),
            makearrcoldesc("DATA", 0.0),
            makescacoldesc("SOURCE_MODEL", {}),
        ]
    )
    made = table(str(path), columns, nrow=len(rows), ack=False)
    for number, (name, values) in enumerate(rows):
        made.putcell("NAME", number, name)
        if values:
            made.putcell("DATA", number, np.array(values))
    made.putkeywords(keywords)
    made.close()


ROWS = [("first, a long name", [1.0, 2.0, 3.0]), ("second", [4.0]), ("third", [])]


def rewritten(path: Path) -> None:
    """Write the same cells again by a detour, so that the files are others."""
    changed = table(str(path), readonly=False, ack=False)
    changed.putcell("DATA", 1, np.arange(100.0))
    changed.putcell("NAME", 1, "something else that is long")
    changed.flush()
    changed.putcell("DATA", 1, np.array([4.0]))
    changed.putcell("NAME", 1, "second")
    changed.close()


def test_the_same_cells_in_other_bytes_are_the_same(tmp_path: Path) -> None:
    for name in ("one", "other"):
        make_table(tmp_path / name, ROWS)
    rewritten(tmp_path / "other")
    one, other = (tmp_path / name / "table.f0i" for name in ("one", "other"))
    assert one.read_bytes() != other.read_bytes()
    assert state(tmp_path / "one") == state(tmp_path / "other")


@pytest.mark.parametrize(
    ("column", "row", "value"),
    [
        ("DATA", 0, np.array([1.0, 2.0, 3.5])),
        ("DATA", 1, np.array([[4.0]])),
        ("DATA", 2, np.array([])),
        ("NAME", 2, "Third"),
        ("SOURCE_MODEL", 0, {"flux": 1.0}),
    ],
)
def test_another_cell_is_noticed(tmp_path: Path, column: str, row: int, value: Any) -> None:
    make_table(tmp_path / "x", ROWS)
    before = state(tmp_path / "x")
    changed = table(str(tmp_path / "x"), readonly=False, ack=False)
    changed.putcell(column, row, value)
    changed.close()
    assert state(tmp_path / "x") != before


def test_another_keyword_or_another_row_is_noticed(tmp_path: Path) -> None:
    make_table(tmp_path / "x", ROWS)
    make_table(tmp_path / "y", ROWS, MSName="other")
    make_table(tmp_path / "z", [*ROWS, ("", [])])
    assert len({state(tmp_path / name) for name in "xyz"}) == 3


cells_of_rows = some.lists(
    some.tuples(some.text("ab\0", max_size=9), some.lists(some.floats(width=16), max_size=3)),
    min_size=1,
    max_size=3,
)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(one=cells_of_rows, other=cells_of_rows)
def test_tables_are_equal_exactly_if_their_cells_are(
    tmp_path: Path,
    one: list[tuple[str, list[float]]],
    other: list[tuple[str, list[float]]],
) -> None:
    read = []
    for name, rows in (("one", one), ("other", other)):
        shutil.rmtree(tmp_path / name, ignore_errors=True)
        make_table(tmp_path / name, rows)
        opened = table(str(tmp_path / name), ack=False)
        cells = [
            (
                opened.getcell("NAME", row),
                opened.getcell("DATA", row).tobytes()
                if opened.iscelldefined("DATA", row)
                else None,
            )
            for row in range(opened.nrows())
        ]
        opened.close()
        read.append(cells)
    assert (read[0] == read[1]) == (state(tmp_path / "one") == state(tmp_path / "other"))


def test_who_has_it_open_and_its_history_do_not_count(tmp_path: Path) -> None:
    make_table(tmp_path / "x", ROWS)
    make_table(tmp_path / "x" / "HISTORY", ROWS)
    make_table(tmp_path / "x" / "SUB", ROWS)
    before = state(tmp_path / "x")
    (tmp_path / "x" / "table.lock").write_bytes(b"another")
    (tmp_path / "x" / "SUB" / "table.lock").unlink()
    shutil.rmtree(tmp_path / "x" / "HISTORY")
    make_table(tmp_path / "x" / "HISTORY", ROWS[:1])
    assert state(tmp_path / "x") == before
    (tmp_path / "x" / "SUB" / "table.info").write_text("Type = another")
    assert state(tmp_path / "x") != before


def test_only_a_tables_own_lock_and_history_are_left_out() -> None:
    names = ["HISTORY/a", "table.lock", "t/table.dat", "t/table.info", "t/HISTORY/b"]
    plan = plan_for(frozenset(names))
    assert plan.nothing == frozenset()


def test_a_broken_table_counts_by_its_bytes(tmp_path: Path) -> None:
    make_table(tmp_path / "x", ROWS)
    (tmp_path / "x" / "table.dat").write_bytes(b"no table" * 50)
    tree = seen(Eye(tmp_path / "cache"), tmp_path / "x")
    assert tree.files["table.f0i"].content == tree.files["table.f0i"].blob
    before = tree.state
    rewritten_bytes = (tmp_path / "x" / "table.f0i").read_bytes() + b"\0"
    (tmp_path / "x" / "table.f0i").write_bytes(rewritten_bytes)
    assert state(tmp_path / "x") != before


def test_what_is_read_of_a_table_that_changes_meanwhile_is_not_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_table(tmp_path / "x", ROWS)
    make_table(tmp_path / "y", [("changed", [7.0]), ROWS[1], ROWS[2]])
    eye, expected = Eye(tmp_path / "cache"), state(tmp_path / "x")
    held = {each.name: each.read_bytes() for each in (tmp_path / "x").iterdir()}

    begun: list[bool] = []

    def changed_meanwhile(directory: Path, *rest: Any) -> Any:
        begun.append(True)
        for each in (tmp_path / "y").iterdir():
            (directory / each.name).write_bytes(each.read_bytes())
        return cells(directory, *rest)

    def changed_again(path: str) -> Any:
        for name, content in held.items() if begun else ():
            (tmp_path / "x" / name).write_bytes(content)
        return digest_of(path)

    with monkeypatch.context() as patched:
        patched.setattr("recompute.content.meanings.cells", changed_meanwhile)
        patched.setattr("recompute.content.eye.digest_of", changed_again)
        with pytest.raises(PlaceError, match="is being changed"):
            eye.tree(tmp_path / "x")
    for name, content in held.items():
        (tmp_path / "x" / name).write_bytes(content)
    assert seen(eye, tmp_path / "x").state == expected


def test_free_memory_in_an_images_keywords_does_not_count(tmp_path: Path) -> None:
    def image(name: str, memory: float, request: float = 0.5) -> Path:
        make_table(tmp_path / name, [], miscinfo={"memreq": request, "memavail": memory, "z": 1})
        return tmp_path / name

    assert state(image("a", 17.25)) == state(image("b", 16.125))
    assert state(image("c", 17.25, 0.75)) != state(image("d", 17.25))


def set_model(ms: Path, model: Path, content: bytes, *, uninitialised: int = 0) -> None:
    """Give an MS a virtual model, as setjy does."""
    model.mkdir(exist_ok=True)
    (model / "pixels").write_bytes(content)
    source = table(str(ms / "SOURCE"), readonly=False, ack=False)
    container = {"diskimage": str(model), "nantenna": uninitialised, "nx": 250}
    source.putcell("SOURCE_MODEL", 0, {"ft_0": {"container": container}})
    source.close()


def make_ms(path: Path) -> Path:
    make_table(path, [("main", [])])
    make_table(path / "SOURCE", ROWS)
    return path


def test_the_process_that_made_a_virtual_model_does_not_count(tmp_path: Path) -> None:
    states = []
    for process in (12, 34567):
        ms = make_ms(tmp_path / "x.ms")
        model = ms / "SOURCE" / f"FT_MODEL{process}_3"
        set_model(ms, model, b"pixels", uninitialised=process)
        states.append(state(ms))
        shutil.rmtree(ms)
    assert states[0] == states[1]


def test_another_virtual_model_is_noticed(tmp_path: Path) -> None:
    ms = make_ms(tmp_path / "x.ms")
    model = ms / "SOURCE" / "FT_MODEL12_3"
    set_model(ms, model, b"pixels")
    eye = Eye(tmp_path / "cache")
    states = {seen(eye, ms).state}
    (model / "pixels").write_bytes(b"others")
    states.add(seen(eye, ms).state)
    (ms / "SOURCE" / "FT_MODEL12_4").mkdir()
    (ms / "SOURCE" / "FT_MODEL12_4" / "pixels").write_bytes(b"unused")
    states.add(seen(eye, ms).state)
    shutil.rmtree(model)
    states.add(seen(eye, ms).state)
    assert len(states) == 4


def test_a_virtual_model_in_another_tree_counts(tmp_path: Path) -> None:
    one, other = make_ms(tmp_path / "x.ms"), make_ms(tmp_path / "y.ms")
    model = one / "SOURCE" / "FT_MODEL12_3"
    set_model(other, model, b"pixels")
    eye = Eye(tmp_path / "cache")
    before = seen(eye, other)
    (model / "pixels").write_bytes(b"others")
    changed = seen(eye, other)
    assert changed.state != before.state
    assert changed.files["SOURCE/table.f0i"].blob == before.files["SOURCE/table.f0i"].blob
    shutil.rmtree(model)
    gone = seen(eye, other).state
    assert gone not in {before.state, changed.state}
    set_model(other, one / "SOURCE" / "FT_MODEL99_1", b"pixels")
    assert seen(eye, other).state == before.state


def test_what_is_put_down_means_what_it_meant(tmp_path: Path) -> None:
    ms = make_ms(tmp_path / "x.ms")
    set_model(ms, ms / "SOURCE" / "FT_MODEL12_3", b"pixels")
    for file in [each for each in ms.rglob("*") if each.is_file()]:
        os.utime(file, ns=(10**18, 10**18 + 1))
    tree = seen(Eye(tmp_path / "one"), ms)
    eye = Eye(tmp_path / "other")
    eye.put_down(ms, tree)
    assert eye.tree(ms) == tree


def test_a_path_is_found_in_a_virtual_model(tmp_path: Path) -> None:
    ms = make_ms(tmp_path / "x.ms")
    set_model(ms, ms / "SOURCE" / "FT_MODEL12_3", b"pixels")
    names = [os.fsencode(ms), os.fsencode(tmp_path / "z.ms")]
    assert mentions(ms, seen(Eye(tmp_path / "cache"), ms), names) == {os.fsencode(ms)}


def test_reading_a_table_leaves_it_and_its_locks_alone(tmp_path: Path) -> None:
    make_table(tmp_path / "x", ROWS)
    before = {each.name: each.stat().st_mtime_ns for each in (tmp_path / "x").iterdir()}
    holder = table(str(tmp_path / "x"), ack=False, lockoptions="permanent", readonly=False)
    holder.close()
    (tmp_path / "x" / "table.lock").unlink()
    Eye(tmp_path / "cache").tree(tmp_path / "x")
    after = {each.name: each.stat().st_mtime_ns for each in (tmp_path / "x").iterdir()}
    assert "table.lock" not in after
    assert after["table.f0i"] == before["table.f0i"]


def test_flags_saved_at_another_time_are_the_same(tmp_path: Path) -> None:
    versions = tmp_path / "x.ms.flagversions"
    versions.mkdir()
    line = "flagdata_1 : Flags autosave on 2026-11-24 19:15:43\nmine : before clip\n"
    (versions / "FLAG_VERSION_LIST").write_text(line)
    before = state(versions)
    (versions / "FLAG_VERSION_LIST").write_text(line.replace("19:15:43", "20:00:01"))
    assert state(versions) == before
    (versions / "FLAG_VERSION_LIST").write_text(line.replace("clip", "clop"))
    assert state(versions) != before


def fits(path: Path, time: str, *, memory: str = "1.7960037E+01", last: bytes = b"\0") -> Path:
    """Write a FITS image of two bytes with a table behind it, as exportfits does."""
    primary = [
        "SIMPLE  =                    T /Standard FITS",
        "BITPIX  =                    8",
        "NAXIS   =                    1",
        "NAXIS1  =                    2",
        f"MEMAVAIL=        {memory}",
        f"DATE    = '{time}' /Date FITS file was written",
        "DATE-OBS= '1995-04-13T09:33:00.000687'",
        f"HISTORY {time[:19]} INFO SRCCODE='::tclean'",
        "HISTORY niter = 10",
        "END",
    ]
    extension = ["XTENSION= 'BINTABLE'", "BITPIX  =                    8", "NAXIS   =  0", "END"]
    headers = [
        "".join(card.ljust(80) for card in cards).ljust(2880).encode()
        for cards in (primary, extension)
    ]
    path.write_bytes(headers[0] + b"\1\2".ljust(2880, b"\0") + headers[1] + last)
    return path


def test_when_a_fits_file_was_written_does_not_count(tmp_path: Path) -> None:
    one = fits(tmp_path / "a.fits", "2026-11-24T19:15:53.507585")
    other = fits(tmp_path / "b.fits", "2026-11-24T20:16:30.160355", memory="1.7796076E+01")
    assert state(one) != state(other), "a rest that is no header makes all bytes count"
    for path in (one, other):
        path.write_bytes(path.read_bytes()[:-1])
    assert state(one) == state(other)


@pytest.mark.parametrize(
    "change", [b"niter = 10", b"1995-04-13", b"\1\2", b"INFO SRC", b"DATE-OBS"]
)
def test_anything_else_of_a_fits_file_counts(tmp_path: Path, change: bytes) -> None:
    path = fits(tmp_path / "a.fits", "2026-11-24T19:15:53.507585", last=b"")
    before, content = state(path), path.read_bytes()
    at = content.index(change)
    path.write_bytes(content[:at] + bytes([content[at] + 1]) + content[at + 1 :])
    assert state(path) != before


def antennas(path: Path, names: list[bytes]) -> Path:
    """Write a FITS file with a table of names and numbers."""
    cards = ["XTENSION= 'BINTABLE'", "BITPIX  = 8", "NAXIS   = 2", "NAXIS1  = 12"]
    cards += [f"NAXIS2  = {len(names)}", "PCOUNT  = 0", "GCOUNT  = 1", "TFIELDS = 2"]
    cards += ["TFORM1  = '8A      '", "TFORM2  = '1J'", "END"]
    primary = ["SIMPLE  =                    T", "BITPIX  = 8", "NAXIS   = 0", "END"]
    headers = ["".join(card.ljust(80) for card in each).ljust(2880) for each in (primary, cards)]
    data = b"".join(name + b"\0\0\0\7" for name in names).ljust(2880, b"\0")
    path.write_bytes("".join(headers).encode() + data)
    return path


def test_what_follows_the_end_of_a_string_in_a_fits_table_does_not_count(tmp_path: Path) -> None:
    one = antennas(tmp_path / "a", [b"VLA:N7\0\x01", b"VLA:N8\0\0", b"12345678"])
    other = antennas(tmp_path / "b", [b"VLA:N7\0\x3f", b"VLA:N8\0?", b"12345678"])
    third = antennas(tmp_path / "c", [b"VLA:N7\0\x3f", b"VLA:N8\0?", b"12345679"])
    assert state(one) == state(other) != state(third)


SIMPLEST = """
import os, sys
from pathlib import Path
sys.modules["casacore"] = None
from recompute.content import Eye
tree = Eye(Path(sys.argv[2])).tree(Path(sys.argv[1]))
assert all(each.content in (None, each.blob) for each in tree.files.values())
"""


def test_without_python_casacore_bytes_count(tmp_path: Path) -> None:
    make_table(tmp_path / "x", ROWS)
    argv = [sys.executable, "-c", SIMPLEST, str(tmp_path / "x"), str(tmp_path / "cache")]
    subprocess.run(argv, check=True)
