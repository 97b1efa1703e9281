"""The kernel "CASA" on a real observation."""

import re
from pathlib import Path

import pytest
from casa_kernel.listener import is_public
from kernel.casa_notebook import Cell, Notebook
from kernel.conftest import StartNotebook


def test_tasks_tools_and_the_log_are_at_hand(casa: Notebook) -> None:
    tools = (
        "agentflagger calibrater componentlist coordsys image imager measures ms msmetadata"
        " quanta regionmanager simulator table"
    )
    cell = casa.run(
        "import casatasks, casatools\n"
        "missing = [name for name in casatasks.xml_interface_defs() if not callable("
        "globals().get(name))]\n"
        f"wrong = [t for t in '{tools}'.split() if globals().get(t) is not getattr(casatools, t)]\n"
        "missing, wrong, casalog is casatasks.casalog, len(casatasks.xml_interface_defs()) > 100"
    )
    assert cell.result == "([], [], True, True)"


def test_listobs_shows_its_text_and_returns_its_dictionary(casa: Notebook) -> None:
    cell = casa.run("observed = listobs('ngc5921.ms')\nobserved")
    (text,) = [each for each in cell.displays if each not in cell.log_blocks]
    assert "Data records: 22653" in text["text/plain"]
    assert re.search(r"N5921_2\s+15:22:00\.0+ \+05\.04\.00\.0+ J2000", text["text/plain"])
    assert "Antennas · 27 rows" in text["text/html"]
    assert cell.result.startswith("<dictionary of 16 entries: BeginTime, ")
    assert len(cell.result) < 200
    assert casa.run("observed['field_2']['name'], isinstance(observed, dict)").result == (
        "('N5921_2', True)"
    )


def test_listobs_with_a_file_of_the_user_s_is_casa_s_own(casa: Notebook) -> None:
    cell = casa.run("_ = listobs(vis='ngc5921.ms', listfile='listing.txt')")
    assert "Data records: 22653" in (casa.cwd / "listing.txt").read_text()
    assert cell.displays == cell.log_blocks


def test_a_large_result_is_one_line_and_a_small_one_is_shown(casa: Notebook) -> None:
    large = casa.run("flags = flagdata('ngc5921.ms', mode='summary')\nflags")
    assert large.result.startswith("<dictionary of ")
    assert large.result.endswith("; print() shows all>")
    assert "'flagged'" in casa.run("print(flags)").stream("stdout")
    small = casa.run("visstat('ngc5921.ms')")
    assert "'rms': " in small.result
    assert "<dictionary" not in small.result


def test_every_task_keeps_its_parameters_and_help(casa: Notebook) -> None:
    cell = casa.run(
        "import inspect, casatasks\n"
        "tasks = [name for name in casatasks.xml_interface_defs()]\n"
        "[name for name in tasks if inspect.signature(globals()[name])"
        " != inspect.signature(getattr(casatasks, name))"
        " or globals()[name].__doc__ != getattr(casatasks, name).__doc__"
        " or globals()[name].__name__ != name]"
    )
    assert cell.result == "[]"


def test_a_task_s_log_is_one_collapsed_block_in_its_cell(casa: Notebook) -> None:
    first = casa.run("_ = flagdata('ngc5921.ms', mode='summary')")
    second = casa.run("casalog.post('the second cell')")
    text = first.log["text/plain"]
    assert "Begin Task: flagdata" in text
    assert "End Task: flagdata" in text
    assert "the second cell" not in text
    assert "####" not in text
    assert first.log["text/html"].startswith("<details style=")
    assert first.log["text/html"].endswith("</details>")
    assert second.log["text/plain"].splitlines()[0] == "CASA log · 1 message"
    assert second.log["text/plain"].endswith("the second cell")
    assert casa.run("1 + 1").displays == []


def test_a_warning_opens_the_block_and_is_not_repeated_on_stderr(casa: Notebook) -> None:
    cell = casa.run("casalog.post('look <here>', 'WARN')")
    assert cell.log["text/html"].startswith("<details open ")
    assert "WARN" in cell.log["text/plain"]
    assert "look &lt;here&gt;" in cell.log["text/html"]
    assert cell.stream("stderr") == ""


def test_what_bypasses_the_log_still_appears(casa: Notebook) -> None:
    cell = casa.run(
        "import ctypes, os\n"
        "_ = ctypes.CDLL(None).printf(b'from C, unflushed')\n"
        "_ = os.write(2, b'0 files')"
    )
    assert cell.stream("stderr") == "0 files"
    assert cell.stream("stdout") == "from C, unflushed"


def test_a_long_log_is_cut_and_the_file_has_all_of_it(casa: Notebook) -> None:
    cell = casa.run("for n in range(3000): casalog.post(f'message {n}')\ncasalog.logfile()")
    path = Path(cell.result.strip("'"))
    assert f"1000 lines left out here; all of them are in {path}" in cell.log["text/plain"]
    assert cell.log["text/plain"].startswith("CASA log · 3000 messages\n")
    written = path.read_text()
    assert all(f"\tmessage {number}\n" in written for number in (0, 499, 500, 1499, 2999))
    sent = [m for m in cell.messages if m["msg_type"].endswith("display_data")]
    assert len(sent) < 60


def test_setlogfile_moves_the_file_and_keeps_the_block(casa: Notebook) -> None:
    before = casa.run("casalog.logfile()").result.strip("'")
    cell = casa.run("casalog.setlogfile('mine.log'); casalog.post('to my file')")
    assert "to my file" in cell.log["text/plain"]
    assert "to my file" in (casa.cwd / "mine.log").read_text()
    casa.run(f"casalog.setlogfile('{before}')")
    assert "to my file" not in Path(before).read_text()


def test_captured_cells_keep_their_log_to_themselves(casa: Notebook) -> None:
    cell = casa.run("%%capture\nlistobs('ngc5921.ms')")
    assert [m for m in cell.messages if m["msg_type"] == "display_data"] == []


def test_matplotlib_s_plots_are_inline(casa: Notebook) -> None:
    cell = casa.run("import matplotlib.pyplot as plt\nplt.plot([1, 4, 9]);")
    (plot,) = cell.displays
    assert plot["image/png"].startswith("iVBOR")


def test_a_failing_task_has_its_traceback_and_its_log(casa: Notebook) -> None:
    cell = casa.run("flagdata('/')")
    assert cell.error is not None
    assert cell.error["ename"] == "RuntimeError"
    assert "table.dat does not exist" in cell.error["evalue"]
    assert "Task flagdata raised an exception" in cell.log["text/plain"]
    assert cell.log["text/html"].startswith("<details open ")
    assert "SEVERE" not in cell.stream("stderr")


def test_calibration_of_ngc5921(casa: Notebook) -> None:
    cell = casa.run(
        "flagdata('ngc5921.ms', mode='manual', autocorr=True)\n"
        "gaincal('ngc5921.ms', caltable='n.gcal', field='0', spw='0:6~56', refant='15',"
        " solint='inf')\n"
        "tb = table(); tb.open('n.gcal'); gains = tb.getcol('CPARAM'); flags = tb.getcol('FLAG')\n"
        "tb.close()\n"
        "tb.open('ngc5921.ms')\n"
        "observed = tb.query('FIELD_ID == 0 && ANTENNA1 != ANTENNA2').getcol('DATA')[:, 6:57]\n"
        "tb.close()\n"
        "gains.shape, round(float((abs(gains[~flags])**2).mean() / abs(observed).mean()), 1)"
    )
    assert cell.error is None
    # Two polarisations, one channel, 28 antennas. Without a model the calibrator counts as 1 Jy:
    # the product of two antennas' gains is then the visibility itself.
    assert cell.result == "((2, 1, 28), 1.0)"
    assert "Begin Task: gaincal" in cell.log["text/plain"]
    assert "Found good G Jones solutions" in cell.log["text/plain"]


def interrupted_in_its_log(notebook: Notebook, code: str) -> Cell:
    """Interrupt a cell as soon as its log says that a task runs."""
    msg_id = notebook.start(code)
    before = notebook.finish(msg_id, until="display_data")
    assert "Begin Task" in before.log["text/plain"]
    notebook.manager.interrupt_kernel()
    after = notebook.finish(msg_id)
    return Cell(before.messages + after.messages)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("while True: visstat('ngc5921.ms')", id="loop of tasks"),
        pytest.param(
            "tclean('ngc5921.ms', imagename='stopped', field='2', specmode='cube', imsize=512,"
            " cell='10arcsec', niter=10**6, threshold='0.01mJy')",
            id="one long task",
        ),
    ],
)
def test_an_interrupt_stops_tasks_and_the_session_goes_on(casa: Notebook, code: str) -> None:
    cell = interrupted_in_its_log(casa, code)
    assert cell.error is not None
    assert cell.error["ename"] == "KeyboardInterrupt"
    after = casa.run("casalog.post('still here'); len(visstat('ngc5921.ms')) > 0")
    assert after.result == "True"
    assert "still here" in after.log["text/plain"]


def test_no_port_is_open_to_other_hosts(casa: Notebook) -> None:
    listening = [c for c in casa.process.net_connections("tcp") if c.status == "LISTEN"]
    assert listening  # the kernel's own channels: the look was not in vain
    assert [c.laddr for c in listening if is_public(c.laddr.ip)] == []


def test_no_log_litters_the_working_directory(casa: Notebook) -> None:
    assert "casatasks" in casa.run("import sys; sorted(sys.modules)").result
    assert list(casa.cwd.glob("casa*.log")) == []


def test_the_extension_in_a_stock_kernel(start_notebook: StartNotebook, ngc5921: Path) -> None:
    stock = start_notebook("python3")
    loaded = stock.run("%load_ext casa_kernel")
    assert re.match(r"CASA \d+\.\d.*The whole log is written to /", loaded.stream("stdout"))
    assert loaded.stream("stderr") == ""
    assert loaded.displays == []
    cell = stock.run(f"listobs('{ngc5921}/ngc5921.ms')")
    assert "Begin Task: listobs" in cell.log["text/plain"]
    assert any("Data records: 22653" in each["text/plain"] for each in cell.displays)
    again = stock.run("%reload_ext casa_kernel")
    assert again.error is None
    assert len(stock.run("casalog.post('once')").log_blocks) == 1
    assert [path.name for path in stock.cwd.iterdir()] == ["listobs.last"]


def test_what_stops_casa_is_said_in_the_first_cell(start_notebook: StartNotebook) -> None:
    notebook = start_notebook(CASA_KERNEL_LOG="/proc/casa")
    cell = notebook.run("listobs('x.ms')")
    assert cell.error is not None
    assert cell.error["ename"] == "NotWritableError"
    assert "set CASA_KERNEL_LOG to a directory of yours" in cell.error["evalue"]
    assert notebook.run("6 * 7").result == "42"


def test_a_casatools_that_does_not_load_is_said_too(
    start_notebook: StartNotebook, tmp_path: Path
) -> None:
    (tmp_path / "casatools.py").write_text("raise ImportError('libssl.so.3: OPENSSL_3.0.1')\n")
    cell = start_notebook(PYTHONPATH=str(tmp_path)).run("1")
    assert cell.error is not None
    assert cell.error["ename"] == "CasaImportError"
    assert "OPENSSL_3.0.1" in cell.error["evalue"]
    assert "python -m casa_kernel doctor" in cell.error["evalue"]
