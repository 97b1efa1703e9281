"""The plan's files against a real directory, and what it makes of shell commands."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from recompute.model import ABSENT, StateId
from recompute.plans.shell import Command, Deed, understood, understood_words
from recompute.plans.world import Doubtful, Gone, Made, There, World

NAMES = ("a", "b", "a/x", "a/y", "c", "c/x", "c/z")
DEEDS = st.tuples(
    st.sampled_from(("remove", "make", "copy", "move", "rm")),
    st.sampled_from(NAMES),
    st.sampled_from(NAMES),
)
PATTERNS = ("a/*", "*", "[bc]", "?/x")


def laid_out(place: Path) -> Path:
    (place / "a").mkdir(parents=True)
    (place / "a" / "x").write_text("x")
    (place / "b").write_text("b")
    return place


def removed(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def do(deed: str, source: Path, target: Path) -> bool:
    """Do something really, and tell whether it could be done."""
    if deed == "make":
        if source.exists() or not source.parent.is_dir():
            return False
        source.mkdir()
        return True
    if not source.exists():
        return False
    if deed == "remove":
        removed(source)
        return True
    if target.exists() or not target.parent.is_dir() or target.is_relative_to(source):
        return False
    if deed == "copy":
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    else:
        source.rename(target)
    return True


def foresee(world: World, deed: str, source: Path, target: Path) -> None:
    if deed == "remove":
        world.put(source, Gone())
    elif deed == "make":
        world.put(source, Made())
    elif deed == "copy":
        world.copy(source, target)
    else:
        world.move(source, target)


def real_names(place: Path) -> set[str]:
    return {str(each.relative_to(place)) for each in place.rglob("*")}


def foreseen_names(world: World, place: Path, known: set[str]) -> set[str]:
    return {name for name in known if world.is_there(place / name) is True}


@settings(max_examples=150, deadline=None)
@given(st.lists(DEEDS, max_size=12))
def test_what_is_foreseen_is_what_really_happens(deeds: list[tuple[str, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        disk, real = laid_out(Path(scratch, "disk")), laid_out(Path(scratch, "real"))
        world = World(lambda _path: StateId("state"))
        for deed, source, target in deeds:
            if deed == "rm":
                pattern = PATTERNS[len(source + target) % len(PATTERNS)]
                for path in list(world.matches(pattern, disk)):
                    world.put(path, Gone())
                for path in list(real.glob(pattern)):
                    removed(path)
            elif do(deed, real / source, real / target):
                foresee(world, deed, disk / source, disk / target)
        known = {*NAMES, "b/x", "b/y", "b/z", "c/y", "a/z"}
        # Of what is within a moved directory only the whole is known.
        sure = {name for name in known if not isinstance(world.is_there(disk / name), Doubtful)}
        assert foreseen_names(world, disk, sure) == real_names(real) & sure
        assert {"a", "b", "c"} <= sure
        assert set(world.names(disk)) == {each.name for each in real.iterdir()}


def test_what_reads_a_directory_with_something_else_in_it_is_doubtful(tmp_path: Path) -> None:
    place = laid_out(tmp_path / "disk")
    world = World(lambda _path: StateId("state"))
    assert world.state(place / "a") == "state"
    world.put(place / "a" / "x", Gone())
    assert isinstance(world.state(place / "a"), Doubtful)
    assert world.state(place / "a" / "x") == ABSENT
    world.put(place / "a", There(StateId("other")))
    assert world.state(place / "a") == "other"


@pytest.mark.parametrize(
    ("line", "commands"),
    [
        ("rm -rf a.ms", [Command(Deed.REMOVE, ("a.ms",))]),
        ("rm -r img.* b[12].ms", [Command(Deed.REMOVE, ("img.*", "b[12].ms"))]),
        ("rm -rf 'a b.ms'", [Command(Deed.REMOVE, ("a b.ms",))]),
        (
            "/bin/rm -rf a; mkdir -p b/c",
            [Command(Deed.REMOVE, ("a",)), Command(Deed.MAKE, ("b/c",))],
        ),
        (
            "cp -r a.ms b.ms && mv c d",
            [Command(Deed.COPY, ("a.ms", "b.ms")), Command(Deed.MOVE, ("c", "d"))],
        ),
        ("echo done", []),
        ("ls *.ms", []),
    ],
)
def test_commands_that_are_understood(line: str, commands: list[Command]) -> None:
    assert understood(line) == commands


@pytest.mark.parametrize(
    "line",
    [
        "rm -rf $HOME/x",
        "rm -rf ~/x",
        "rm -rf a{1,2}",
        "rm -rf `ls`",
        "rm -rf '*.ms'",
        "rm a || rm b",
        "rm a | cat",
        "rm --no-preserve-root /",
        "rm",
        "rm -i a",
        "cp a b c",
        "cp a.* b",
        "mv a b/",
        "echo x > y",
        "rm 'a",
        "wsclean a.ms",
        "ls\nwsclean a.ms",
        "A=1 rm b",
    ],
)
def test_commands_that_are_not_understood(line: str) -> None:
    assert understood(line) is None


def test_a_program_without_a_shell_knows_no_patterns() -> None:
    assert understood_words(["rm", "-rf", "*.ms"]) is None
    assert understood_words(["rm", "-rf", "a b.ms"]) == [Command(Deed.REMOVE, ("a b.ms",))]
