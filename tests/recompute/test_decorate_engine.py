"""Users' steps through the engine: files, lineage, and what is not declared."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from recompute import active
from recompute.decorate import family, set_report, step
from recompute.engine import Done
from recompute.model import Verdict
from recompute.opening import open_session

CALLS: list[str] = []


@step(reads="source", writes="{source}.sum")
def total(source: str) -> int:
    CALLS.append("total")
    found = sum(map(int, Path(source).read_text().split()))
    Path(f"{source}.sum").write_text(str(found))
    return found


@step(update="log")
def note(log: str, line: str) -> None:
    CALLS.append("note")
    with Path(log).open("a") as file:
        file.write(f"{line}\n")


@step(writes=family("name", ".a", ".b"))
def pair(name: str) -> None:
    CALLS.append("pair")
    Path(f"{name}.a").write_text("a")
    Path(f"{name}.b").write_text("b")


@step()
def careless(text: str) -> str:
    CALLS.append("careless")
    Path("forgotten").write_text(text)
    return text


@step(reads="source")
def twice(source: str) -> int:
    CALLS.append("twice")
    return 2 * total(source)


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Done]]:
    here = tmp_path / "work"
    here.mkdir()
    monkeypatch.chdir(here)
    found: list[Done] = []
    set_report(found.append)
    again()
    yield found
    active.activate(None)
    set_report(None)


def again() -> None:
    """Let the script run from its top."""
    session = open_session("script.py", Path("../store"))
    active.activate(session)
    session.restart()
    CALLS.clear()


def test_a_hit_gives_the_result_and_the_file(told: list[Done]) -> None:
    Path("a").write_text("1 2")
    assert total("a") == 3
    Path("a.sum").unlink()
    again()
    assert total("a") == 3
    assert Path("a.sum").read_text() == "3"
    assert (CALLS, told[-1].verdict) == ([], Verdict.CACHED)


def test_a_changed_file_is_read_again(told: list[Done]) -> None:
    Path("a").write_text("1 2")
    total("a")
    Path("a").write_text("1 3")
    assert total("a") == 4
    assert Path("a.sum").read_text() == "4"


def test_what_is_updated_goes_on_from_where_it_was(told: list[Done]) -> None:
    for lines in (["one", "two"], ["one", "three"]):
        again()
        for line in lines:
            note("log", line)
        assert Path("log").read_text().split() == lines
    assert CALLS == ["note"]


def test_every_file_of_a_family_comes_back(told: list[Done]) -> None:
    pair("x")
    Path("x.a").unlink()
    Path("x.b").unlink()
    again()
    pair("x")
    assert [Path(f"x.{each}").read_text() for each in "ab"] == ["a", "b"]
    assert CALLS == []


def test_what_writes_what_it_does_not_declare_is_not_memoised(told: list[Done]) -> None:
    assert [careless("a"), careless("a")] == ["a", "a"]
    assert CALLS == ["careless", "careless"]
    assert "forgotten" in told[-1].step.why


def test_a_step_in_a_step_that_writes_is_found(told: list[Done]) -> None:
    Path("a").write_text("1 2")
    assert twice("a") == 6
    assert [each.step.task for each in told] == ["twice"]
    assert "a.sum" in told[0].step.why


def test_a_step_that_fails_leaves_its_files_as_they_were(told: list[Done]) -> None:
    Path("a").write_text("1 x")
    Path("a.sum").write_text("mine")
    with pytest.raises(ValueError, match="invalid literal"):
        total("a")
    assert Path("a.sum").read_text() == "mine"
