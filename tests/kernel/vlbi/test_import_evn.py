"""`import_evn` in a real kernel, and CASA's own tasks on what it makes."""

import ast
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from casa_kernel.simulation import evn
from casa_kernel.simulation.evn_network import GAIN_POLYNOMIAL, SICK_CHANNEL
from kernel.casa_notebook import Notebook


@pytest.fixture(scope="module")
def notebook(start_notebook: Callable[..., Notebook], experiment: evn.Experiment) -> Notebook:
    """A CASA notebook in whose namespace the experiment's files are named."""
    started = start_notebook()
    files = [str(path) for path in experiment.idi_files]
    started.run(
        f"idi, antab, uvflg = {files!r}, {str(experiment.antab)!r}, {str(experiment.uvflg)!r}"
    )
    return started


@pytest.fixture(scope="module")
def imported(notebook: Notebook, experiment: evn.Experiment) -> Notebook:
    """The notebook after an import of everything."""
    before = [path.read_bytes() for path in experiment.idi_files]
    cell = notebook.run("report = import_evn(idi, 'all.ms', antab=antab, uvflg=uvflg)")
    assert cell.error is None
    assert "all.ms is complete." in cell.stream("stdout")
    assert [path.read_bytes() for path in experiment.idi_files] == before
    return notebook


def value(notebook: Notebook, expression: str) -> Any:
    return ast.literal_eval(notebook.run(expression).result)


READ = """
def read(name, column):
    tb = table()
    tb.open(name)
    values = tb.getcol(column)
    tb.close()
    return values
"""


def files(notebook: Notebook) -> list[str]:
    return sorted(path.name for path in notebook.cwd.iterdir() if not path.name.startswith("casa"))


def test_files_become_one_measurement_set(imported: Notebook) -> None:
    assert imported.run(READ).error is None
    assert value(imported, "read('all.ms', 'TIME').size") == 280 * 28 * 2
    assert value(imported, "sorted(set(read('all.ms', 'SCAN_NUMBER').tolist()))") == [*range(1, 17)]
    assert value(imported, "report.without_temperature, report.without_gain") == ((), ())
    assert [name for name in files(imported) if "all" in name] == ["all.ms"]


def test_flags_are_applied_where_they_belong(imported: Notebook) -> None:
    summary = "flagdata('all.ms', mode='summary', spwchan=True)"
    assert imported.run(f"s = {summary}").error is None
    flagged = "round(s['spw:channel']['{}']['flagged'] / s['spw:channel']['{}']['total'], 4)"
    # WB is late by 6 of 280 integrations, on 6 of 28 baselines and with itself.
    late = round(6 * 7 / (280 * 28), 4)
    sick = f"0:{SICK_CHANNEL}"
    assert value(imported, flagged.format(sick, sick)) == 1.0
    assert value(imported, flagged.format("0:0", "0:0")) == pytest.approx(late, abs=2e-4)


def test_gencal_makes_tables_of_what_was_added(
    imported: Notebook, experiment: evn.Experiment
) -> None:
    cell = imported.run(
        "gencal('all.ms', caltable='all.tsys', caltype='tsys', uniform=False)\n"
        "gencal('all.ms', caltable='all.gc', caltype='gc')"
    )
    assert cell.error is None
    first = experiment.antab.read_text().splitlines()[5].split()
    kelvins = value(imported, "read('all.tsys', 'FPARAM')[:, 0, 0].round(2).tolist()")
    assert kelvins == pytest.approx([float(text) for text in first[2:4]], abs=0.011)
    # CASA keeps a polynomial in zenith angle: its constant is the gain in the zenith.
    gain = value(imported, "float(read('all.gc', 'FPARAM')[0, 0])")
    polynomial = sum(term * 90**power for power, term in enumerate(GAIN_POLYNOMIAL))
    assert gain == pytest.approx(1.5 * polynomial, rel=1e-4)


def test_a_station_without_system_temperature_is_reported_and_a_bad_value_flagged(
    notebook: Notebook, experiment: evn.Experiment
) -> None:
    lines = experiment.antab.read_text().splitlines()
    end = next(number for number, line in enumerate(lines) if line.startswith("TSYS YS"))
    lines[5] = " ".join([*lines[5].split()[:2], "-9.9", *lines[5].split()[3:]])
    Path(notebook.cwd, "less.antab").write_text("\n".join(lines[:end]))
    cell = notebook.run(
        f"{READ}\nless = import_evn(idi[0], 'less.ms', antab='less.antab')\n"
        "gencal('less.ms', caltable='less.tsys', caltype='tsys', uniform=False)"
    )
    assert cell.error is None
    assert "no system temperatures of YS" in cell.stream("stdout")
    assert value(notebook, "less.without_temperature, less.without_gain") == (("YS",), ())
    assert value(notebook, "read('less.tsys', 'FLAG')[:, 0, 0].tolist()") == [True, False]


def test_a_session_starts_without_waiting_for_astropy() -> None:
    code = "import sys, casa_kernel.namespace; print('astropy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_measurement_set_that_exists_is_exchanged_only_when_asked(imported: Notebook) -> None:
    refused = imported.run("import_evn(idi[0], 'all.ms')")
    assert refused.error is not None
    assert "exists already" in refused.error["evalue"]
    assert value(imported, "read('all.ms', 'TIME').size") == 280 * 28 * 2
    assert imported.run("import_evn(idi[1], 'all.ms', overwrite=True);").error is None
    assert value(imported, "read('all.ms', 'TIME').size") < 280 * 28 * 2


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ("import_evn([], 'no.ms')", "give idifiles"),
        ("import_evn('gone.IDI', 'no.ms')", "gone.IDI"),
        ("import_evn(idi, 'no.ms', antab=uvflg)", "sim01.uvflg, line 2"),
        ("import_evn(idi, 'no.ms', uvflg=antab)", "sim01.antab, line 2"),
        ("import_evn(idi, 'no/where/no.ms')", "not a directory"),
        ("import_evn([idi[0], 'words.IDI'], 'no.ms')", "words.IDI"),
    ],
)
def test_a_failure_names_the_file_and_leaves_nothing(
    notebook: Notebook, call: str, reason: str
) -> None:
    Path(notebook.cwd, "words.IDI").write_text("no FITS at all\n" * 400)
    before = files(notebook)
    cell = notebook.run(call)
    assert cell.error is not None
    assert cell.error["ename"] in {"VlbiError", "MalformedFileError"}
    assert reason in cell.error["evalue"]
    assert files(notebook) == before
