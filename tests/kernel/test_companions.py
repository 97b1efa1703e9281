"""Programs beside CASA, run by magics in a notebook."""

import os
import shlex
import shutil
import stat
import sys
import time
import warnings
from pathlib import Path

import psutil
import pytest
from casa_kernel.companions.arguments import arguments
from casa_kernel.companions.casacore import MeasuresWarner, warn_where_it_breaks
from casa_kernel.companions.errors import ArgumentError
from hypothesis import given
from hypothesis import strategies as st
from kernel.casa_notebook import Cell, Notebook
from kernel.conftest import StartNotebook

STAND_IN = """\
#!/bin/sh
case "$1" in
say) shift; for word; do printf '<%s>\\n' "$word"; done; echo 'on stderr' >&2;;
fail) for n in 1 2 3; do echo "line $n"; done; printf '0%%....10%%'; exit 3;;
crash) kill -SEGV $$;;
bars) printf '0%%\\r50%%\\r100%%\\n';;
wait) trap 'echo stopping; exit 1' INT; printf 'started'; while :; do sleep 0.1; done;;
stubborn) trap '' INT HUP; (while :; do sleep 0.1; done) & echo "$! $$"; wait;;
esac
"""


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory for PATH in which a script stands for wsclean, and aoflagger is missing."""
    directory = tmp_path_factory.mktemp("bin")
    program = directory / "wsclean"
    program.write_text(STAND_IN)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    for tool in ("sh", "sleep"):
        (directory / tool).symlink_to(str(shutil.which(tool)))
    return directory


@pytest.fixture
def notebook(casa: Notebook, stand_in: Path) -> Notebook:
    """A notebook that finds the stand-in."""
    casa.run(f"import os; os.environ['PATH'] = {str(stand_in)!r}")
    return casa


@pytest.fixture
def real(casa: Notebook) -> Notebook:
    """A notebook with the PATH of the machine."""
    casa.run(f"import os; os.environ['PATH'] = {os.environ['PATH']!r}")
    return casa


def started(notebook: Notebook, code: str) -> tuple[str, Cell]:
    """Run a cell until the program's first words; return its message id and what came."""
    msg_id = notebook.start(code)
    return msg_id, notebook.finish(msg_id, until="stream")


def test_arguments_are_split_and_filled_in_and_reach_no_shell(notebook: Notebook) -> None:
    notebook.run("name, sizes, table = 'my image', [256, 128], {'cell': 1.5}")
    cell = notebook.run(
        "%wsclean say -name {name} -size {sizes} 'a b' $HOME *; -scale {table[cell]:.2f}as"
    )
    assert cell.error is None
    words = ["-name", "my image", "-size", "256", "128", "a b", "$HOME", "*;", "-scale", "1.50as"]
    assert cell.stream("stdout").splitlines() == [*(f"<{word}>" for word in words), "on stderr"]


def test_a_whole_cell_may_hold_the_arguments(notebook: Notebook) -> None:
    cell = notebook.run("%%wsclean say\n# what is made\n-name cube \\\n  -niter 10\n\nx#1.ms")
    assert cell.stream("stdout").splitlines()[:-1] == [
        *("<-name>", "<cube>", "<-niter>", "<10>", "<x#1.ms>")
    ]


def test_a_failure_is_an_error_with_the_last_words(notebook: Notebook) -> None:
    failed = notebook.run("%wsclean fail")
    assert failed.error is not None
    assert failed.error["ename"] == "ProgramFailedError"
    assert failed.error["evalue"].startswith("wsclean ended with status 3. Its last words:\nline 1")
    assert failed.error["evalue"].endswith("line 3\n0%....10%")
    crashed = notebook.run("%wsclean crash")
    assert crashed.error is not None
    assert crashed.error["evalue"] == "wsclean was ended by SIGSEGV, without a word."


def test_carriage_returns_of_a_progress_display_are_kept(notebook: Notebook) -> None:
    assert notebook.run("%wsclean bars").stream("stdout") == "0%\r50%\r100%\n"


def test_words_appear_at_once_and_an_interrupt_lets_the_program_end(notebook: Notebook) -> None:
    msg_id, before = started(notebook, "%wsclean wait")
    assert before.stream("stdout") == "started"  # without an end of the line, while it runs
    notebook.manager.interrupt_kernel()
    after = notebook.finish(msg_id)
    assert after.stream("stdout") == "stopping\n"
    assert after.error is not None
    assert after.error["ename"] == "KeyboardInterrupt"
    assert notebook.run("6 * 7").result == "42"


def test_a_program_that_ignores_the_interrupt_is_killed_with_its_children(
    notebook: Notebook,
) -> None:
    msg_id, before = started(notebook, "%wsclean stubborn")
    pids = [int(pid) for pid in before.stream("stdout").split()]
    assert all(map(psutil.pid_exists, pids))
    asked = time.monotonic()
    notebook.manager.interrupt_kernel()
    after = notebook.finish(msg_id)
    assert time.monotonic() - asked < 3
    assert after.error is not None
    assert after.error["ename"] == "KeyboardInterrupt"
    assert [pid for pid in pids if is_running(pid)] == []


def test_a_kernel_that_dies_hangs_up_its_program(start_notebook: StartNotebook) -> None:
    stock = start_notebook("python3")
    _, before = started(
        stock,
        "import sys\nfrom casa_kernel.companions.process import run\n"
        "run(['/bin/sh', '-c', 'echo $$; exec sleep 100'], sys.stdout.write)",
    )
    program = psutil.Process(int(before.stream("stdout")))
    stock.process.kill()
    assert program.wait(timeout=10) is None or not program.is_running()


def test_a_missing_program_is_said_with_its_package(notebook: Notebook) -> None:
    cell = notebook.run("%aoflagger x.ms")
    assert cell.error is not None
    assert cell.error["ename"] == "ProgramMissingError"
    assert "`apt-get install aoflagger`" in cell.error["evalue"]


@given(st.lists(st.text(st.characters(exclude_characters="{}\x00", exclude_categories=["Cs"]))))
def test_any_words_that_are_quoted_come_back(words: list[str]) -> None:
    # Quoted words may span lines; those that start with # would be comments.
    words = [word.replace("\n", " ") for word in words]
    assert arguments(f" {shlex.join(words)}", {}) == words


@pytest.mark.parametrize("text", ["'open", "{missing}", "{open", "{0}", "{x.nothing}", "{x:q}"])
def test_what_cannot_be_filled_in_is_refused(text: str) -> None:
    with pytest.raises(ArgumentError, match=r"quote|brace"):
        arguments(text, {"x": 1})


def test_a_doubled_brace_is_a_brace() -> None:
    assert arguments("{{x}} a{x}b {y}", {"x": 1, "y": ()}) == ["{x}", "a1b"]


def is_running(pid: int) -> bool:
    return psutil.pid_exists(pid) and bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)


def needs(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is missing: apt-get install {program}")


def test_wsclean_makes_an_image_that_casa_reads(real: Notebook) -> None:
    needs("wsclean")
    real.run("vis, pixels = 'ngc5921.ms', [128, 128]")
    cell = real.run("%wsclean -j 1 -size {pixels} -scale 15asec -field 0 -name ws {vis}")
    assert cell.error is None
    assert "Gridding pass 0..." in cell.stream("stdout")
    # 3C 286 before calibration: the catalogue's flux density is 14.8 Jy.
    peak = float(real.run("float(imstat('ws-image.fits')['max'][0])").result)
    assert 0 < peak < 20
    failed = real.run("%wsclean -nonsense {vis}")
    assert failed.error is not None
    assert "nonsense" in failed.error["evalue"]


def test_wsclean_stops_within_three_seconds(real: Notebook) -> None:
    needs("wsclean")
    clean = "-niter 10000000 -threshold 0 -size 3000 3000 -scale 2asec -name long"
    msg_id, _ = started(real, f"%wsclean -j 1 {clean} ngc5921.ms")
    asked = time.monotonic()
    real.manager.interrupt_kernel()
    cell = real.finish(msg_id)
    assert time.monotonic() - asked < 3
    assert cell.error is not None
    assert cell.error["ename"] == "KeyboardInterrupt"
    assert real.run("flagdata('ngc5921.ms', mode='unflag', flagbackup=False)").error is None


def test_aoflagger_flags_what_casa_counts(real: Notebook) -> None:
    needs("aoflagger")
    cell = real.run("%aoflagger -j 1 ngc5921.ms")
    assert cell.error is None
    assert "AOFlagger" in cell.stream("stdout")
    assert real.run("flagdata('ngc5921.ms', mode='summary')['flagged'] > 0").result == "True"


def test_astropy_and_pyvo_are_at_hand(real: Notebook) -> None:
    assert real.run("import astropy, pyvo; len(astropy.__version__) > 0").result == "True"


def test_python_casacore_works_beside_casa_or_warns(real: Notebook) -> None:
    cell = real.run(
        "from casacore.tables import table as casacore_table\n"
        "from casacore.measures import measures as casacore_measures\n"
        "with casacore_table('ngc5921.ms', ack=False) as t: rows = t.nrows()\n"
        "dm = casacore_measures()\n"
        "_ = dm.do_frame(dm.observatory('VLA')), dm.do_frame(dm.epoch('UTC', '1995-04-13 09:19'))\n"
        "source = dm.direction('J2000', '13h31m08.29', '30d30m33.0')\n"
        "rows, round(dm.measure(source, 'AZEL')['m1']['value'], 2)"
    )
    if sys.version_info >= (3, 13):
        assert "%%casacore -o NAME" in cell.stream("stderr")
    else:
        assert cell.error is None, cell.error["evalue"]
        rows, elevation = cell.result.strip("()").split(", ")
        assert rows == "22653"
        assert 0 < float(elevation) < 1.6


def test_a_cell_for_casacore_runs_without_casa_and_brings_its_variables_back(
    real: Notebook,
) -> None:
    real.run("vis = 'ngc5921.ms'")
    cell = real.run(
        "%%casacore -i vis -o rows,modules\n"
        "import sys\n"
        "from casacore.tables import table\n"
        "with table(vis, ack=False) as opened:\n"
        "    rows = opened.nrows()\n"
        "modules = [name for name in sys.modules if name.startswith('casat')]\n"
        "print('read', rows)"
    )
    assert cell.error is None, cell.error["evalue"]
    assert cell.stream("stdout") == "read 22653\n"
    assert real.run("rows, modules").result == "(22653, [])"


def test_a_cell_for_casacore_fails_with_its_traceback(real: Notebook) -> None:
    failed = real.run("%%casacore\n1 / 0")
    assert "ZeroDivisionError" in failed.stream("stdout")
    assert failed.error is not None
    assert failed.error["ename"] == "ProgramFailedError"
    for line, remedy in (("-o never", "check -o"), ("-i never", "check -i"), ("x", "write `%%cas")):
        refused = real.run(f"%%casacore {line}\npass")
        assert refused.error is not None
        assert remedy in refused.error["evalue"]


def test_the_warning_comes_only_where_measures_break() -> None:
    finders: list[object] = []
    warn_where_it_breaks((3, 12), finders)
    assert finders == []
    warn_where_it_breaks((3, 13), finders)
    warn_where_it_breaks((3, 13), finders)
    (finder,) = finders
    assert isinstance(finder, MeasuresWarner)
    with pytest.warns(UserWarning, match="process without CASA"):
        finder.find_spec("casacore.measures", None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        finder.find_spec("casacore.tables", None)
