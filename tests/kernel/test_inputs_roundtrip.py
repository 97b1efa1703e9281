"""Saving and restoring through the commands, in a shell without CASA."""

import inspect
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casa_kernel.inputs import ClassicInterface
from casa_kernel.inputs.check import problem
from casa_kernel.inputs.definition import Kind, Parameter
from casa_kernel.inputs.definitions import Definitions
from casa_kernel.inputs.errors import InvalidInputsError, SavedInputsError, UnknownTaskError
from casa_kernel.inputs.paths import definition_directories
from casa_kernel.inputs.values import plain
from hypothesis import given, settings
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

TCLEAN = Definitions(*definition_directories())["tclean"]

TEXT = st.text(max_size=8)
INTS = st.integers(-(2**31), 2**31)
FLOATS = st.floats(allow_nan=False)
BY_KIND: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.STRING: TEXT,
    Kind.PATH: TEXT,
    Kind.EXISTING_PATH: st.just("/"),
    Kind.INT: INTS,
    Kind.DOUBLE: FLOATS | INTS,
    Kind.BOOL: st.booleans() | st.booleans().map(np.bool_),
    Kind.RECORD: st.dictionaries(TEXT, INTS | TEXT, max_size=3),
    Kind.STRINGS: st.lists(TEXT, max_size=3),
    Kind.PATHS: st.lists(TEXT, max_size=3),
    Kind.EXISTING_PATHS: st.just(["/", "/"]),
    Kind.INTS: st.lists(INTS, max_size=3) | st.lists(INTS, max_size=3).map(np.array),
    Kind.DOUBLES: st.lists(FLOATS, max_size=3) | st.lists(FLOATS, min_size=1).map(np.array),
    Kind.BOOLS: st.lists(st.booleans(), max_size=3),
    Kind.ANY: TEXT | INTS | FLOATS | st.lists(TEXT, max_size=3),
}


def taken(parameter: Parameter) -> st.SearchStrategy[Any]:
    """Values that a parameter takes."""
    if parameter.allowed:
        return st.sampled_from(parameter.allowed)
    values = st.one_of(*(BY_KIND[kind] for kind in parameter.kinds))
    return values.filter(lambda value: problem(parameter, value, os.path.exists) == "")


class Session:
    """The interface around a task that only tells what it was called with."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.shown: list[dict[str, str]] = []

        def tclean(**arguments: Any) -> str:
            self.calls.append(arguments)
            return "done"

        tclean.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
            [
                inspect.Parameter(each.name, inspect.Parameter.KEYWORD_ONLY, default=each.default)
                for each in TCLEAN.parameters
            ]
        )
        # No file of the home directory is opened.
        self.shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
        self.names = self.shell.user_ns
        self.classic = ClassicInterface({"tclean": tclean}, self.shell, self.shown.append)
        self.names.update(self.classic.install())


@pytest.fixture(scope="module")
def session() -> Session:
    return Session()


@pytest.fixture(autouse=True)
def _directory(tmp_path: Path, session: Session, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    session.classic.default("tclean")
    yield
    session.classic.default("tclean")


@settings(deadline=None, max_examples=60)  # files are written
@given(st.data())
def test_what_was_saved_is_what_is_restored(session: Session, data: st.DataObject) -> None:
    names = data.draw(st.sets(st.sampled_from(TCLEAN.names), max_size=8))
    parameters = [each for each in TCLEAN.parameters if each.name in {*names, "vis"}]
    values = {each.name: data.draw(taken(each), label=each.name) for each in parameters}
    session.names.update(values)
    session.classic.go("tclean")
    ran = session.calls[-1]
    session.classic.saveinputs("tclean", "mine.saved")
    for restore in ({}, {"savefile": "mine.saved"}):
        session.classic.default("tclean")
        assert not set(values) & set(session.names)
        session.classic.tget("tclean", **restore)
        session.classic.go()
        assert session.calls[-1] == {name: plain(value) for name, value in ran.items()}
    session.classic.default()


def test_a_call_leaves_the_variables_alone_and_is_remembered(session: Session) -> None:
    session.names["niter"] = 7
    assert session.names["tclean"](vis="other.ms", nchan=3) == "done"
    assert session.calls[-1] == {"vis": "other.ms", "nchan": 3}
    assert (session.names["niter"], "vis" in session.names) == (7, False)
    session.classic.tget("tclean", "tclean.last")
    assert session.names["vis"] == "other.ms"
    assert session.names["niter"] == 0


def test_without_arguments_a_call_takes_the_variables(session: Session) -> None:
    with pytest.raises(InvalidInputsError, match="vis must be set"):
        session.names["tclean"]()
    session.names.update(vis="/", niter=3)
    assert session.names["tclean"]() == "done"
    assert (session.calls[-1]["vis"], session.calls[-1]["niter"]) == ("/", 3)
    assert "nchan" not in session.calls[-1]


def test_a_missing_file_of_a_name_is_an_error_and_no_last_run_is_the_defaults(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    session.names["niter"] = 3
    with pytest.raises(SavedInputsError, match=r"gone\.saved is no file"):
        session.classic.tget("tclean", "gone.saved")
    assert session.names["niter"] == 3
    session.classic.tget("tclean")
    assert "niter" not in session.names
    assert "no tclean.last or tclean.saved here: tclean has its defaults" in capsys.readouterr().out


def test_a_damaged_file_changes_nothing_and_names_its_line(session: Session) -> None:
    Path("bad.saved").write_text("vis = 'a'\nniter = open('x')\n")
    session.names["niter"] = 3
    with pytest.raises(SavedInputsError, match=r"bad\.saved: line 2 is more than"):
        session.classic.tget("tclean", "bad.saved")
    assert session.names["niter"] == 3


def test_a_directory_that_cannot_be_written_is_said_once(
    session: Session, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/proc")
    for _ in range(2):
        assert session.names["tclean"](vis="/") == "done"
    assert capsys.readouterr().err.count("tclean.last was not written: ") == 1
    with pytest.raises(SavedInputsError, match="name a file that can"):
        session.classic.tput("tclean")


def test_a_task_must_be_known(session: Session) -> None:
    with pytest.raises(UnknownTaskError, match="nothing is no task"):
        session.classic.inp("nothing")
    fresh = ClassicInterface({}, session.shell, session.shown.append)
    with pytest.raises(UnknownTaskError, match="No task was chosen yet"):
        fresh.go()
