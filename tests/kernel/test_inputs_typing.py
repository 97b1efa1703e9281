"""What is being typed: command lines, calls, paths. Pure functions and IPython's own hooks."""

import ast
from pathlib import Path

import pytest
from casa_kernel.inputs.call import Cursor, Variable, cursor_at
from casa_kernel.inputs.files import Holding, candidates
from casa_kernel.inputs.syntax import BareCommands, CommandLines
from hypothesis import given
from hypothesis import strategies as st
from IPython.core.inputtransformer2 import TransformerManager

COMMANDS = ["inp", "go", "saveinputs"]


def python(cell: str) -> str:
    """Return a cell as Python gets it."""
    manager = TransformerManager()
    manager.token_transformers.append(CommandLines(lambda: COMMANDS))
    tree = ast.parse(manager.transform_cell(cell))
    return ast.unparse(BareCommands(lambda: COMMANDS).visit(tree))


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("inp tclean", "inp('tclean')"),
        ("inp 'tclean'", "inp('tclean')"),
        ('inp "tclean"  # look', "inp('tclean')"),
        ("inp", "inp()"),
        ("inp\ttclean", "inp('tclean')"),
        ("x = 1\ngo\nx", "x = 1\ngo()\nx"),
        ("inp tclean; go", "inp('tclean')\ngo()"),
        ("vis = 'a'; inp tclean; go", "vis = 'a'\ninp('tclean')\ngo()"),
        ("if x:\n    inp tclean\n    go", "if x:\n    inp('tclean')\n    go()"),
        ("saveinputs tclean my-first.saved", "saveinputs('tclean', 'my-first.saved')"),
        ("saveinputs tclean /tmp/run_1.last", "saveinputs('tclean', '/tmp/run_1.last')"),
        ("saveinputs tclean 'with space.last'", "saveinputs('tclean', 'with space.last')"),
        ("inp('tclean')", "inp('tclean')"),
        ("inp(tclean)", "inp(tclean)"),
    ],
)
def test_command_lines_become_calls(cell: str, expected: str) -> None:
    assert python(cell) == expected


@pytest.mark.parametrize(
    "cell",
    [
        "inp = 3",
        "go = 3\ngo",
        "for go in range(3):\n    go",
        "import fast as go\ngo",
        "import go.fast\ngo",
        "def go():\n    pass\ngo",
        "with open('f') as inp:\n    inp",
        "inp in x",
        "inp if x else y",
        "inp is None",
        "inp.go",
        "inp[0]",
        "x = [inp, go]",
        "s = '''\ninp tclean\ngo\n'''",
        "f(\n    go\n)",
        "def f():\n    go",
        "input",
    ],
)
def test_python_stays_as_it_is(cell: str) -> None:
    assert python(cell) == ast.unparse(ast.parse(cell))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("tclean(", Cursor("tclean")),
        ("casatasks.tclean(fi", Cursor("tclean", typed="fi")),
        ("tclean('a.ms', ", Cursor("tclean", positional=("a.ms",))),
        (
            "tclean(vis='a.ms', field='3C",
            Cursor("tclean", "field", given={"vis": "a.ms"}, quote="'", typed="3C"),
        ),
        (
            "tclean(vis=ms, imsize=[64, n],\n  # (a comment\n  spw=",
            Cursor("tclean", "spw", given={"vis": Variable("ms")}),
        ),
        ("tclean(f(x, y=1), 2, f", Cursor("tclean", positional=(None, 2), typed="f")),
        ("tclean(vis=['a.ms', \"b", Cursor("tclean", "vis", quote='"', typed="b")),
        ("x = 1\nvis = 'a", Cursor(parameter="vis", quote="'", typed="a")),
        ("tclean(vis='a.ms')\nfield = '", Cursor(parameter="field", quote="'")),
        ("'a b'.split(", Cursor()),
        ("x + ", Cursor()),
        ("# tclean(", Cursor()),
        ("s = 'tclean(vis='", Cursor()),
    ],
)
def test_the_cursor_is_found(text: str, expected: Cursor) -> None:
    assert cursor_at(text) == expected


@given(st.text(alphabet="tclean(vis='\"#,=[]{}) \n\\r.;x1"))
def test_no_text_is_too_strange(text: str) -> None:
    assert text.endswith(cursor_at(text).typed)


def test_paths_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, kind in (
        ("a.ms", "Measurement Set"),
        ("sub/b.ms", "Measurement Set"),
        ("a.gcal", "Calibration"),
        ("a.image", "Image"),
    ):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "table.dat").touch()
        (tmp_path / name / "table.info").write_text(f"Type = {kind}\nSubType = \n")
    (tmp_path / "a.txt").touch()
    assert candidates("", Holding.MEASUREMENT_SET) == ["a.ms", "sub/"]
    assert candidates("sub/", Holding.MEASUREMENT_SET) == ["sub/b.ms"]
    assert candidates("a", Holding.CALIBRATION) == ["a.gcal"]
    assert candidates("a", Holding.IMAGE) == ["a.image"]
    assert "a.txt" in candidates("a", Holding.ANY)
    assert candidates("nowhere/x", Holding.ANY) == []
