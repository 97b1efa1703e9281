"""After any edits, the recomputed result is that of running the final script from scratch."""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from recompute.model import Verdict
from recompute.opening import open_session
from tests_recompute_killing import killed_at
from tests_recompute_pipelines import Op, Tally, contents, run_script

ROOTS = {"x": "observed\n", "y": "observed too\n"}

NAMES = st.sampled_from(["x", "y", "a", "b"])
TEXTS = st.sampled_from(["", "1", "22", "333"])


def ops() -> st.SearchStrategy[Op]:
    one = ["make", "create", "append", "touch", "grow", "read", "fail", "shy", "edit", "remove"]
    return st.one_of(
        st.builds(Op, st.sampled_from(one), NAMES, text=TEXTS),
        st.builds(Op, st.just("derive"), NAMES, NAMES, TEXTS),
    ).filter(lambda op: op.of != op.to)


def well_behaved(script: list[Op]) -> list[Op]:
    """Leave out edits by hand of a file before any step writes it: nobody kept how it was."""
    known: set[str] = set()
    kept = []
    for op in script:
        if op.what in {"edit", "remove"} and op.to not in known:
            continue
        if op.what not in {"read", "edit", "remove"}:
            known.add(op.to)
        kept.append(op)
    return kept


SCRIPTS = st.lists(ops(), max_size=8).map(well_behaved)

EDITS = st.lists(
    st.tuples(
        st.sampled_from(["insert", "remove", "change", "swap", "outside", "kill", "again"]),
        st.integers(0, 100),
        ops(),
    ),
    max_size=6,
)


class Bench:
    """A directory in which a script runs again and again, and its store."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.live = place / "live"
        self.live.mkdir(parents=True)
        self.roots = dict(ROOTS)
        for name, text in ROOTS.items():
            (self.live / name).write_text(text)
        self._changes = 0

    def run(self, script: list[Op]) -> Tally:
        session = open_session("script.py", self.place / "store")
        session.restart()
        return run_script(script, self.live, session)

    def change_outside(self, name: str) -> None:
        self._changes += 1
        self.roots[name] = f"outside {self._changes}\n"
        (self.live / name).write_text(self.roots[name])

    def from_scratch(self, script: list[Op]) -> tuple[dict[str, str], list[object]]:
        with TemporaryDirectory() as fresh:
            for name, text in self.roots.items():
                (Path(fresh) / name).write_text(text)
            tally = run_script(script, Path(fresh), None)
            return contents(Path(fresh)), tally.results


def edited(script: list[Op], what: str, number: int, op: Op) -> list[Op]:
    at = number % (len(script) + 1)
    if what == "insert":
        script = [*script[:at], op, *script[at:]]
    elif what == "remove":
        script = script[:at] + script[at + 1 :]
    elif what == "change" and at < len(script):
        script = [*script[:at], op, *script[at + 1 :]]
    elif what == "swap" and at + 1 < len(script):
        script = [*script[:at], script[at + 1], script[at], *script[at + 2 :]]
    return well_behaved(script)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(SCRIPTS, EDITS)
def test_recomputed_is_as_from_scratch(script: list[Op], edits: list[tuple[str, int, Op]]) -> None:
    note(f"{script}\n{edits}")
    with TemporaryDirectory() as place:
        bench = Bench(Path(place))
        bench.run(script)
        for what, number, op in edits:
            script = edited(script, what, number, op)
            if what == "outside":
                bench.change_outside(op.to)
            elif what == "kill":
                steady = [each for each in script if each.what not in {"edit", "remove"}]
                killed_at(number, partial(bench.run, steady))
        tally = bench.run(script)
        files, results = bench.from_scratch(script)
        assert contents(bench.live) == files
        assert tally.results == results
        again = bench.run(script)
        assert again.computed == 0
        assert again.results == results
        assert contents(bench.live) == files


def test_an_edited_step_leaves_those_that_do_not_depend_on_it_cached(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    script = [
        Op("make", "a", text="1"),
        Op("append", "x", text="1"),
        Op("derive", "b", "x", "1"),
        Op("read", "a"),
    ]
    bench.run(script)
    script[1] = Op("append", "x", text="22")
    assert bench.run(script).verdicts == [
        Verdict.CACHED,
        Verdict.COMPUTED,
        Verdict.COMPUTED,
        Verdict.CACHED,
    ]


def test_what_follows_a_step_that_changed_nothing_is_cached(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.run([Op("append", "x", text="1"), Op("derive", "b", "x", "1")])
    tally = bench.run([Op("append", "x", text="1"), Op("touch", "x"), Op("derive", "b", "x", "1")])
    assert tally.verdicts == [Verdict.CACHED, Verdict.COMPUTED, Verdict.CACHED]


@pytest.mark.parametrize("what", ["fail", "create"])
def test_a_step_that_failed_leaves_what_was_before(tmp_path: Path, what: str) -> None:
    bench = Bench(tmp_path)
    tally = bench.run([Op(what, "x", text="no")])
    assert len(tally.results) == 1
    assert contents(bench.live) == ROOTS
