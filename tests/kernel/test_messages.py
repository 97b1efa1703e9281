"""What a user reads when CASA fails."""

import pickle
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from casa_kernel.messages import explain
from casa_kernel.messages.call import Call, call_of, noting
from casa_kernel.messages.explanation import explain_text
from casa_kernel.messages.parameters import type_in_words
from casa_kernel.messages.surroundings import Disk
from casa_kernel.messages.words import said
from casacore.tables import table
from hypothesis import given
from hypothesis import strategies as st
from kernel.casa_notebook import Cell, Notebook

SPLIT = "split('ngc5921.ms', 'out.ms', datacolumn='data'"
CLEAN = "tclean('ngc5921.ms', imagename='x', imsize=32, cell='15arcsec', field='2'"


def shown(cell: Cell) -> str:
    """The traceback as it is read: without colours, and never long."""
    assert cell.error is not None
    plain = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(cell.error["traceback"]))
    lines = plain.splitlines()
    assert len(lines) < 40
    assert max(len(line) for line in lines) <= 300
    return plain


@pytest.fixture(scope="module")
def desk(casa: Notebook) -> Notebook:
    """A notebook with things beside the MeasurementSet that are none."""
    (casa.cwd / "plain").mkdir()
    (casa.cwd / "text").write_text("no table")
    made = casa.run("ia = image()\nia.fromshape('one.im', [4, 4])\nia.close()")
    assert made.error is None
    return casa


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("listobs('ngc5912.ms')", "AssertionError", "Did you mean ngc5921.ms?"),
        ("tclean(['ngc5921.ms', 'nix'], 'x')", "AssertionError", "nix does not exist. There is"),
        ("listobs('x' * 300)", "AssertionError", "does not exist. There is here:"),
        ("table().open('texd')", "RuntimeError", "Did you mean text?"),
        ("listobs(vis='ngc5921.ms', feild='0')", "TypeError", "Did you mean field?"),
        ("listobs(*'abcdefghijklmnopqrst')", "TypeError", "listobs has 18 parameters"),
        ("flagdata('ngc5921.ms', mode='sumary')", "AssertionError", "Did you mean summary?"),
        ("listobs('ngc5921.ms', field=3.5)", "AssertionError", "takes a string or a list of"),
        (
            "tclean('ngc5921.ms', 'x', niter=-5.5, deconvolver='clork')",
            "AssertionError",
            "Did you mean clark? deconvolver is one of: hogbom, clark,",
        ),
        ("split('ngc5921.ms', 'out.ms')", "RuntimeError", "has no column CORRECTED_DATA. applycal"),
        (
            "visstat('ngc5921.ms', datacolumn='corrected')",
            "RuntimeError",
            "no column CORRECTED_DATA. applycal",
        ),
        (
            "tclean('ngc5921.ms', imagename='r', weighting='briggs', robust=5.0)",
            "AssertionError",
            "robust=5.0 is not allowed. See tclean?.",
        ),
        ("statwt('ngc5921.ms')", "RuntimeError", "datacolumn='data'"),
        ("listobs('plain')", "RuntimeError", "plain is not a MeasurementSet, nor"),
        ("listobs('text')", "RuntimeError", "it is a file. importuvfits"),
        ("listobs('one.im')", "RuntimeError", "is not a MeasurementSet: it is an image. imstat"),
        ("imstat('ngc5921.ms')", "RuntimeError", "is not an image: it is a MeasurementSet. tclean"),
        (f"{SPLIT}, field='N5921')", "RuntimeError", "Did you mean N5921_2? It has: 0 1331+30"),
        (f"{SPLIT}, spw='7')", "RuntimeError", "has no spectral window 7. It has one, spw='0'."),
        (f"{SPLIT}, antenna='EF')", "RuntimeError", "has no antenna EF. It has: 1, 2, 3,"),
        (f"{CLEAN}, scan='99')", "RuntimeError", "match field='2' and scan='99'. It has fields"),
        (f"{CLEAN}, timerange='noon')", "RuntimeError", "cannot read the time selection 'noon'"),
        (
            "split('ngc5921.ms', '/sys/o.ms', datacolumn='data')",
            "RuntimeError",
            "cannot be written",
        ),
        (
            "split('ngc5921.ms', 'nowhere/o.ms', datacolumn='data')",
            "RuntimeError",
            "The directory nowhere does not exist. Make it first",
        ),
        ("split('ngc5921.ms', 'one.im', datacolumn='data')", "OSError", "one.im exists already"),
    ],
)
def test_a_mistake_is_explained(desk: Notebook, code: str, kind: str, words: str) -> None:
    cell = desk.run(code)
    text = shown(cell)
    assert cell.error is not None
    assert cell.error["ename"] == kind
    assert f"----> 1 {code}" in text
    assert words in " ".join(text.split())
    assert "casatasks" not in text
    assert "thrown by" not in text


@pytest.fixture
def held(desk: Notebook) -> Iterator[str]:
    """A table that another process, this one, holds for itself."""
    name = "held.ms"
    copied = desk.run(f"tb = table(); tb.open('ngc5921.ms'); tb.copy('{name}', deep=True).close()")
    assert copied.error is None
    with table(str(desk.cwd / name), readonly=False, ack=False, lockoptions="permanent"):
        yield name


def test_a_locked_table_is_explained(desk: Notebook, held: str) -> None:
    text = shown(desk.run(f"table().open('{held}', lockoptions={{'option': 'permanent'}})"))
    assert f"{held} is locked by another program" in " ".join(text.split())
    assert "tb.close()" in text


def test_the_whole_traceback_is_kept(desk: Notebook) -> None:
    assert "%tb shows the whole traceback" in shown(desk.run("listobs('nix')"))
    whole = desk.run("%tb")
    assert whole.error is not None
    assert "casatasks/listobs.py" in "\n".join(whole.error["traceback"])


def test_a_user_s_own_functions_stay_in_the_traceback(desk: Notebook) -> None:
    text = shown(desk.run("def my_step(vis):\n    return listobs(vis)\nmy_step('nix')"))
    assert "----> 3 my_step('nix')" in text
    assert "----> 2     return listobs(vis)" in text


def test_types_stay_casa_s_own(desk: Notebook) -> None:
    code = "try:\n    split('ngc5921.ms', 'o.ms')\nexcept RuntimeError as error:\n    "
    assert desk.run(f"{code}print('caught')").stream("stdout") == "caught\n"
    text = shown(desk.run(f"{code}raise ValueError('second step') from error"))
    assert "has no column CORRECTED_DATA" in text
    assert "direct cause of the following exception" in text
    assert text.rstrip().endswith("ValueError: second step")


def test_errors_that_are_not_casa_s_are_left_alone(desk: Notebook) -> None:
    text = shown(desk.run("1 / 0"))
    assert text.rstrip().endswith("ZeroDivisionError: division by zero")


def test_an_unknown_error_stays_in_casa_s_words(desk: Notebook) -> None:
    text = shown(desk.run("imstat('one.im', box='a,b')"))
    assert "RuntimeError: box not specified correctly.\n(%tb" in text


def listing(vis: str = "", field: str = "") -> None:
    raise AssertionError(f"the vis parameter must be a path that exists ('{vis}' does not exist)")


def test_an_error_from_another_process_is_explained_too(tmp_path: Path) -> None:
    (tmp_path / "ngc5921.ms").mkdir()
    with (
        pytest.raises(AssertionError) as caught,
        noting("listing", listing, (str(tmp_path / "ngc5912.ms"),), {}),
    ):
        listing(str(tmp_path / "ngc5912.ms"))
    arrived = pickle.loads(pickle.dumps(caught.value))
    assert arrived.__traceback__ is None
    assert call_of(arrived).task == "listing"
    explained = explain(arrived)
    assert explained is not None
    assert explained.remedy == "Did you mean ngc5921.ms?"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        # What CASA 6.7.0.31 printed on a full disk, before it aborted.
        (
            "FilebufIO: write error for file /full/o.ms/table.dat_tmp: No space left on device",
            "The disk became full while CASA wrote /full/o.ms/table.dat_tmp.",
        ),
        # What it said to a user who may not write.
        ("Table /ro.ms cannot be opened for read/write", "/ro.ms cannot be written."),
        (
            "RegularFileIO: error in open or create of file /ro.ms/table.dat: Permission denied",
            "/ro.ms cannot be written.",
        ),
        (
            (
                "2026-11-24 15:26:11\tSEVERE\tImager::open()\tCaught Exception: Error (Bad file "
                "descriptor) when acquiring lock on /ro.ms/table.lock"
            ),
            "/ro.ms cannot be written.",
        ),
        (
            "ColumnSet::doLock: table /a.ms should be locked when using UserLocking",
            "/a.ms is locked by another program, or by a tool of this notebook that is still open.",
        ),
    ],
)
def test_what_a_test_should_not_provoke_is_explained(words: str, sentence: str) -> None:
    explained = explain_text(words, Call(), Disk())
    assert explained is not None
    assert explained.sentence == sentence
    assert explained.remedy


def test_where_it_cannot_look_it_still_explains() -> None:
    words = 'Field Expression: No match found for name "3C999"'
    explained = explain_text(words, Call("tclean", ("vis",), {"vis": "/nowhere.ms"}), Disk())
    assert explained is not None
    assert explained.sentence == "/nowhere.ms has no field 3C999."
    assert "listobs" in explained.remedy


def test_types_of_the_validator_in_words() -> None:
    assert type_in_words("cIntVec") == "a list of whole numbers"
    assert type_in_words("cFloatArray") == "an array of numbers"
    assert type_in_words("cNovel") == "cNovel"


@given(st.text())
def test_what_casa_said_is_short_whatever_it_is(text: str) -> None:
    lines = said(text).splitlines()
    assert len(lines) <= 13
    assert all(len(line) <= 240 for line in lines)


@given(st.text())
def test_no_words_make_the_explanation_fail(text: str) -> None:
    explain_text(text, Call(), Disk())
    refused = explain_text(f"{{'mode': [{text!r}]}}", Call(), Disk())
    assert refused is None or refused.sentence
