"""Tasks run in processes of their own: crashes, interrupts, locks, and what tasks find there."""

import os
import select
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from casa_kernel.listener import is_public
from casacore.tables import table
from kernel.casa_notebook import Cell, Notebook
from kernel.conftest import StartNotebook
from tests_hub import until

TFCROP = "flagdata('ngc5921.ms', mode='tfcrop', action='apply', flagbackup=False)"
TCLEAN = (
    "tclean('ngc5921.ms', imagename='{}', field='2', specmode='cube', imsize=512,"
    " cell='10arcsec', niter=10**6, threshold='0.01mJy')"
)


@pytest.fixture(scope="module")
def notebook(casa: Notebook) -> Notebook:
    """A notebook with a variable that must survive everything."""
    casa.run("precious = 42")
    return casa


@pytest.fixture(autouse=True)
def unharmed(notebook: Notebook) -> Iterator[None]:
    """Whatever a test did, the notebook is as before and no table is locked."""
    yield
    assert notebook.run("precious").result == "42"
    assert_unlocked(notebook.cwd / "ngc5921.ms")


def assert_unlocked(path: Path) -> None:
    """Another process can write the table at once."""
    with table(str(path), readonly=False, lockoptions={"option": "user"}, ack=False) as ours:
        ours.lock(write=True, nattempts=1)
        assert ours.haslock(write=True)
        ours.unlock()


def workers(notebook: Notebook) -> list[psutil.Process]:
    """Return the processes that run a task: kernel, zygote, keeper, worker is their line."""
    found = notebook.process.children(recursive=True)
    return [each for each in found if each.parents()[2].pid == notebook.process.pid]


def running(notebook: Notebook, code: str) -> tuple[str, Cell, psutil.Process]:
    """Start a cell; return when its log says that the task runs."""
    msg_id = notebook.start(code)
    before = notebook.finish(msg_id, until="display_data")
    assert "Begin Task" in before.log["text/plain"]
    (worker,) = workers(notebook)
    return msg_id, before, worker


def finished(notebook: Notebook, msg_id: str, before: Cell) -> Cell:
    return Cell(before.messages + notebook.finish(msg_id).messages)


def told_to_wait(notebook: Notebook, msg_id: str, before: Cell) -> Cell:
    """Collect outputs until the user is told that the task does not listen."""
    while "cannot be interrupted" not in before.stream("stderr"):
        before = Cell(before.messages + notebook.finish(msg_id, until="stream").messages)
    return before


def test_a_crash_costs_the_cell_and_nothing_else(notebook: Notebook) -> None:
    msg_id, before, worker = running(notebook, TCLEAN.format("crashed"))
    worker.send_signal(signal.SIGSEGV)
    cell = finished(notebook, msg_id, before)
    assert cell.error is not None
    assert cell.error["ename"] == "TaskCrashedError"
    assert "tclean crashed inside CASA (Segmentation fault)" in cell.error["evalue"]
    assert "Your variables are as before" in cell.error["evalue"]
    assert "is incomplete: delete it" in cell.error["evalue"]
    assert notebook.run("len(visstat('ngc5921.ms')) > 0").result == "True"


def test_an_abort_in_c_is_a_crash_too(notebook: Notebook) -> None:
    # abort(3) in the task's process, from the moment that it takes its arguments.
    cell = notebook.run(
        "import os\n"
        "class Bomb:\n"
        "    def __reduce__(self): return os.abort, ()\n"
        "flagdata('ngc5921.ms', reason=Bomb())"
    )
    assert cell.error is not None
    assert "flagdata crashed inside CASA (Aborted)" in cell.error["evalue"]
    assert "ngc5921.ms may be half-written: check it, or restore it" in cell.error["evalue"]


def test_lack_of_memory_is_named(notebook: Notebook) -> None:
    msg_id, before, worker = running(notebook, TCLEAN.format("killed"))
    worker.kill()
    error = finished(notebook, msg_id, before).error
    assert error is not None
    assert "most likely the machine ran out of memory" in error["evalue"]


def test_a_task_that_does_not_listen_is_ended_when_it_harms_nothing(notebook: Notebook) -> None:
    msg_id, before, worker = running(notebook, TCLEAN.format("stopped"))
    worker.send_signal(signal.SIGSTOP)  # as C++ that does not return
    asked = time.monotonic()
    notebook.manager.interrupt_kernel()
    cell = finished(notebook, msg_id, before)
    # The promise is three seconds of a machine that does nothing else.
    assert time.monotonic() - asked < 30
    assert cell.error is not None
    assert cell.error["ename"] == "KeyboardInterrupt"
    assert "tclean was ended at once." in cell.error["evalue"]
    assert not worker.is_running()


def test_a_task_that_writes_data_is_not_killed_unasked(notebook: Notebook) -> None:
    msg_id, before, worker = running(notebook, TFCROP)
    worker.send_signal(signal.SIGSTOP)
    notebook.manager.interrupt_kernel()
    told = told_to_wait(notebook, msg_id, before)
    assert "Interrupt once more to end it now: ngc5921.ms may then be" in told.stream("stderr")
    assert worker.is_running()
    worker.send_signal(signal.SIGCONT)
    cell = finished(notebook, msg_id, told)
    assert cell.error is not None
    assert "flagdata was stopped; its tables are closed." in cell.error["evalue"]


def test_a_second_interrupt_ends_it(notebook: Notebook) -> None:
    msg_id, before, worker = running(notebook, TFCROP)
    worker.send_signal(signal.SIGSTOP)
    notebook.manager.interrupt_kernel()
    told = told_to_wait(notebook, msg_id, before)
    notebook.manager.interrupt_kernel()
    cell = finished(notebook, msg_id, told)
    assert cell.error is not None
    assert "flagdata was ended at once. ngc5921.ms may be half-written" in cell.error["evalue"]
    assert not worker.is_running()


def test_the_process_of_tasks_comes_back_after_its_own_end(notebook: Notebook) -> None:
    (zygote,) = notebook.process.children()
    ended = os.pidfd_open(zygote.pid)  # all of its threads, not only the first
    zygote.kill()
    assert select.select([ended], [], [], 10) == ([ended], [], [])
    os.close(ended)
    assert notebook.run("len(visstat('ngc5921.ms')) > 0").result == "True"


def test_an_open_tool_does_not_stand_in_a_task_s_way_and_sees_what_it_did(
    notebook: Notebook,
) -> None:
    cell = notebook.run(
        "tb = table(); tb.open('ngc5921.ms')\n"
        "before = tb.getcol('FLAG').sum()\n"
        "_ = flagdata('ngc5921.ms', mode='manual', scan='1', flagbackup=False)\n"
        "after = tb.getcol('FLAG').sum()\n"
        "tb.close()\n"
        "bool(after > before)"
    )
    assert cell.result == "True"


def test_neither_does_a_table_of_python_casacore(notebook: Notebook) -> None:
    cell = notebook.run(
        "from casacore.tables import table as casacore_table\n"
        "t = casacore_table('ngc5921.ms', readonly=False, ack=False)\n"
        "before = t.getcol('FLAG').sum()\n"
        "_ = flagdata('ngc5921.ms', mode='unflag', flagbackup=False)\n"
        "after = t.getcol('FLAG').sum()\n"
        "t.close()\n"
        "bool(after < before)"
    )
    assert cell.result == "True"


def test_who_keeps_a_table_locked_is_said(notebook: Notebook) -> None:
    path = notebook.cwd / "ngc5921.ms"
    with table(str(path), readonly=False, lockoptions={"option": "user"}, ack=False) as theirs:
        theirs.lock(write=True)
        msg_id = notebook.start("_ = flagdata('ngc5921.ms', mode='unflag', flagbackup=False)")
        told = Cell()
        while "is locked by" not in told.stream("stderr"):
            told = Cell(told.messages + notebook.finish(msg_id, until="stream").messages)
        assert f"ngc5921.ms is locked by process {os.getpid()} (" in told.stream("stderr")
        theirs.unlock()
        assert finished(notebook, msg_id, told).error is None


def test_tasks_run_side_by_side(notebook: Notebook) -> None:
    cell = notebook.run(
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(4) as pool:\n"
        "    found = list(pool.map(lambda field: visstat('ngc5921.ms', field=field), '0121'))\n"
        "found[1] == found[3] != found[0]"
    )
    assert cell.result == "True"


def test_a_task_finds_what_the_notebook_has(notebook: Notebook) -> None:
    (notebook.cwd / "elsewhere").mkdir()
    cell = notebook.run(
        "os.chdir('elsewhere')\n"
        "_ = listobs('../ngc5921.ms', listfile='here.txt')\n"
        "os.chdir('..')\n"
        "casalog.filter('WARN')\n"
        "_ = listobs('ngc5921.ms', listfile='there.txt')\n"
        "casalog.filter('INFO')"
    )
    assert cell.error is None
    assert (notebook.cwd / "elsewhere" / "here.txt").exists()
    assert cell.log["text/plain"].count("Begin Task: listobs") == 1


def test_a_script_s_import_gives_the_same_tasks(notebook: Notebook) -> None:
    (notebook.cwd / "script.py").write_text(
        "from casatasks import casalog as log, listobs as task\nlog.post('from the script')\n"
    )
    cell = notebook.run("%run script.py\ntask is listobs, log is casalog")
    assert cell.result == "(True, True)"
    assert "from the script" in cell.log["text/plain"]
    assert cell.stream("stderr") == ""


def test_figures_of_tasks_are_shown(notebook: Notebook) -> None:
    cell = notebook.run("plotants('ngc5921.ms')")
    assert cell.error is None
    (picture,) = [each for each in cell.displays if "image/png" in each]
    assert picture["image/png"].startswith("iVBOR")


def test_an_argument_that_cannot_travel_is_named(notebook: Notebook) -> None:
    error = notebook.run("visstat(open('ngc5921.ms/table.dat'))").error
    assert error is not None
    assert error["ename"] == "ArgumentError"
    assert "pass plain values, such as a file's name" in error["evalue"]


def test_a_wrong_parameter_is_python_s_own_error(notebook: Notebook) -> None:
    error = notebook.run("visstat('ngc5921.ms', verbos=True)").error
    assert error is not None
    assert error["ename"] == "TypeError"
    assert error["evalue"] == "visstat() got an unexpected keyword argument 'verbos'"


def test_no_process_of_casa_listens_to_other_hosts(notebook: Notebook) -> None:
    children = notebook.process.children(recursive=True)
    assert children
    listening = [
        connection.laddr
        for child in children
        for connection in child.net_connections("tcp")
        if connection.status == "LISTEN" and is_public(connection.laddr.ip)
    ]
    assert listening == []


def test_nothing_runs_on_after_the_notebook(start_notebook: StartNotebook, ngc5921: Path) -> None:
    brief = start_notebook()
    shutil.copytree(ngc5921 / "ngc5921.ms", brief.cwd / "ngc5921.ms")
    running(brief, TCLEAN.format("left"))
    family = brief.process.children(recursive=True)
    assert len(family) == 3
    os.kill(brief.process.pid, signal.SIGKILL)
    until("all have ended", lambda: not any(each.is_running() for each in family))
