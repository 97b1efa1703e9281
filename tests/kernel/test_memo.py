"""Memoised tasks in a notebook with a real kernel, a real store and real data."""

import shutil
import signal
from hashlib import sha256
from pathlib import Path

import pytest
from casa_kernel.tables import opened_unlocked
from kernel.casa_notebook import Cell, Notebook
from kernel.conftest import StartNotebook
from kernel.test_worker import finished, running
from nbformat.v4 import new_code_cell, new_notebook, writes

GAINCAL = (
    "solved = gaincal('ngc5921.ms', caltable='n.gcal', field='0', spw='0:6~56', refant='15',"
    " solint='inf')"
)
FLAG = "flagdata('ngc5921.ms', spw='0:{}', flagbackup=False)"
SUMMARY = (
    "counts = flagdata('ngc5921.ms', mode='summary', spwchan=True)['spw:channel']\n"
    "[int(name[2:]) for name, each in counts.items() if each['flagged'] == each['total']]"
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("recompute") / "store"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The notebook's file, with its first cells in their order."""
    path = tmp_path_factory.mktemp("saved") / "reduction.ipynb"
    cells = [new_code_cell(id=each) for each in ("top", "flag", "more", "gain")]
    path.write_text(writes(new_notebook(cells=cells)))
    return path


@pytest.fixture(scope="module")
def memo(start_notebook: StartNotebook, ngc5921: Path, store: Path, saved: Path) -> Notebook:
    """A notebook that memoises from its first cell on, beside a writable ngc5921.ms."""
    notebook = start_notebook(
        RECOMPUTE_STORE=str(store), CASA_KERNEL_RECOMPUTE="1", JPY_SESSION_NAME=str(saved)
    )
    shutil.copytree(ngc5921 / "ngc5921.ms", notebook.cwd / "ngc5921.ms")
    return notebook


def lines(cell: Cell) -> list[str]:
    """Return what the cell says of cached steps."""
    shown = [each["text/plain"] for each in cell.displays]
    return [line for text in shown if text[0] in "✓ⓘ" for line in text.splitlines()]


def cached(cell: Cell) -> bool:
    assert cell.error is None, cell.error["traceback"]
    return any(" cached" in line for line in lines(cell))


def log_lines(cell: Cell) -> list[str]:
    return cell.log["text/plain"].splitlines()[1:]


def digest(tree: Path) -> str:
    """Return what counts of a MeasurementSet: all but its history and its lock."""
    hasher = sha256()
    for path in sorted(tree.rglob("*")):
        if path.is_file() and "HISTORY" not in path.parts and path.name != "table.lock":
            hasher.update(str(path.relative_to(tree)).encode() + path.read_bytes())
    return hasher.hexdigest()


def test_the_environment_turns_it_on_for_the_notebook_s_own_file(
    memo: Notebook, saved: Path
) -> None:
    cell = memo.run("%recompute", "status")
    assert cell.displays[0]["text/plain"].startswith(f"recompute is on in {saved}")


def test_a_cell_that_is_executed_again_is_replayed(memo: Notebook) -> None:
    first = memo.run(GAINCAL, "gain")
    assert not cached(first)
    kept = digest(memo.cwd / "n.gcal")
    shutil.rmtree(memo.cwd / "n.gcal")
    again = memo.run(GAINCAL, "gain")
    assert cached(again)
    assert lines(again)[0].startswith("✓ gaincal cached · saved ")
    assert "gaincal replayed from 20" in again.log["text/plain"].splitlines()[0]
    assert "gaincal replayed" not in first.log["text/plain"]
    assert log_lines(again) == log_lines(first)
    assert digest(memo.cwd / "n.gcal") == kept
    assert memo.run("casa_log.last.filter(text='Begin Task').records[0].task").result == "'gaincal'"


def test_solutions_that_fail_are_in_the_replayed_log(memo: Notebook) -> None:
    code = GAINCAL.replace("n.gcal", "failed.gcal").replace("solint", "minsnr=5000, solint")
    first, again = memo.run(code, "failed"), memo.run(code, "failed")
    assert cached(again)
    assert "solutions flagged due to SNR < 5000" in first.log["text/plain"]
    assert sorted(log_lines(again)) == sorted(log_lines(first))


def test_every_way_to_call_a_task_is_memoised(memo: Notebook) -> None:
    cell = memo.run(f"import casatasks\n{GAINCAL.replace('gaincal', 'casatasks.gaincal', 1)}", "a")
    assert cached(cell)
    cell = memo.run(
        "vis, caltable, field, spw = 'ngc5921.ms', 'n.gcal', '0', '0:6~56'\n"
        "refant, solint = '15', 'inf'\ngo gaincal",
        "b",
    )
    assert cached(cell)
    assert memo.run("default gaincal").error is None
    positional = "visstat('ngc5921.ms', 'amplitude', 'data')"
    first, again = memo.run(positional, "c"), memo.run(positional, "d")
    assert (cached(first), cached(again)) == (False, True)
    assert again.result == first.result


def test_a_listing_is_shown_again(memo: Notebook) -> None:
    code = "listobs('ngc5921.ms')"
    first, again = memo.run(code, "listing"), memo.run(code, "listing")
    assert cached(again)
    tables = [
        [each for each in cell.displays if "Data records: 22653" in each["text/plain"]]
        for cell in (first, again)
    ]
    assert len(tables[0]) == 1
    assert tables[0] == tables[1]
    assert again.result == first.result


def test_a_captured_cell_keeps_what_is_replayed_to_itself(memo: Notebook) -> None:
    cell = memo.run("%%capture\nlistobs('ngc5921.ms')", "captured")
    assert cell.error is None
    assert cell.displays == []


def test_a_plot_is_drawn_again_of_what_the_data_are_now(memo: Notebook) -> None:
    for _ in range(2):
        cell = memo.run("plotants('ngc5921.ms')", "plot")
        assert not cached(cell)
        assert sum("image/png" in each for each in cell.displays) == 1


def test_a_loop_of_cached_steps_does_not_flood_its_cell(memo: Notebook) -> None:
    cell = memo.run("for _ in range(60): visstat('ngc5921.ms', 'amplitude', 'data')", "loop")
    (line,) = lines(cell)
    assert line.startswith("✓ 60 visstat cached · saved ")
    sent = [m for m in cell.messages if m["msg_type"].endswith("display_data")]
    assert len(sent) < 30


def test_a_changed_cell_starts_from_what_it_found(memo: Notebook) -> None:
    assert memo.run(SUMMARY, "look").result == "[]"
    memo.run(FLAG.format("3"), "flag")
    assert memo.run(SUMMARY, "look").result == "[3]"
    memo.run(FLAG.format("4"), "flag")
    assert memo.run(SUMMARY, "look").result == "[4]"
    assert cached(memo.run(FLAG.format("3"), "flag"))
    assert memo.run(SUMMARY, "look").result == "[3]"


def test_what_runs_inside_of_a_cell_belongs_to_it(memo: Notebook) -> None:
    nested = f"get_ipython().run_cell({FLAG.format('6')!r})"
    code = f"{FLAG.format('5')}\n{nested}\n{FLAG.format('7')}"
    for _ in range(2):
        memo.run(code, "more")
        assert memo.run(SUMMARY, "look").result == "[3, 5, 6, 7]"


def test_a_cell_above_puts_back_what_is_below_and_undo_takes_it_back(memo: Notebook) -> None:
    cell = memo.run(FLAG.format("4"), "flag")
    assert any("put back" in line for line in lines(cell)), lines(cell)
    assert memo.run(SUMMARY, "look").result == "[4]"
    told = memo.run("%recompute undo", "undo")
    assert "ngc5921.ms" in told.stream("stdout")
    assert memo.run(SUMMARY, "look").result == "[3, 5, 6, 7]"


def test_what_a_tool_changes_is_noticed(memo: Notebook) -> None:
    code = "visstat('ngc5921.ms', 'amplitude', 'data', useflags=False)['DATA_DESC_ID=0']['mean']"
    before = memo.run(code, "mean")
    memo.run(
        "tb = table(); tb.open('ngc5921.ms', nomodify=False)\n"
        "data = tb.getcol('DATA'); tb.putcol('DATA', 2 * data); tb.close()",
        "tool",
    )
    doubled = memo.run(code, "mean")
    assert not cached(doubled)
    assert float(doubled.result) == pytest.approx(2 * float(before.result))
    memo.run("tb.open('ngc5921.ms', nomodify=False)\ntb.putcol('DATA', data); tb.close()", "back")
    assert memo.run(code, "mean").result == before.result


def test_a_table_that_is_open_is_not_replaced_and_its_variable_is_named(memo: Notebook) -> None:
    memo.run("mine = table(); mine.open('ngc5921.ms')", "open")
    rows = memo.run("mine.nrows()").result
    cell = memo.run(FLAG.format("9"), "flag")
    told = "\n".join([*lines(cell), *(cell.error["traceback"] if cell.error else [])])
    assert "mine.close()" in told
    assert memo.run("mine.nrows()").result == rows
    memo.run("mine.close()", "close")
    assert memo.run(FLAG.format("3"), "flag").error is None


def test_an_interrupted_task_leaves_everything_as_it_was(memo: Notebook) -> None:
    before = digest(memo.cwd / "ngc5921.ms")
    code = "flagdata('ngc5921.ms', mode='tfcrop', action='apply', flagbackup=False)"
    msg_id, begun, worker = running(memo, code)
    assert memo.manager.is_alive()
    memo.manager.interrupt_kernel()
    cell = finished(memo, msg_id, begun)
    assert cell.error is not None
    assert cell.error["ename"] == "KeyboardInterrupt"
    assert not worker.is_running()
    assert digest(memo.cwd / "ngc5921.ms") == before


def test_a_crashed_task_leaves_everything_as_it_was(memo: Notebook) -> None:
    before = digest(memo.cwd / "ngc5921.ms")
    code = "flagdata('ngc5921.ms', mode='rflag', action='apply', flagbackup=False)"
    msg_id, begun, worker = running(memo, code)
    worker.send_signal(signal.SIGSEGV)
    cell = finished(memo, msg_id, begun)
    assert cell.error is not None
    assert cell.error["ename"] == "TaskCrashedError"
    assert "All files are as they were before the call." in cell.error["evalue"]
    assert "half-written" not in cell.error["evalue"]
    assert digest(memo.cwd / "ngc5921.ms") == before


def test_threads_may_call_memoised_tasks(memo: Notebook) -> None:
    cell = memo.run(
        "from concurrent.futures import ThreadPoolExecutor\n"
        "def mean(column):\n"
        "    return visstat('ngc5921.ms', 'real', column)['DATA_DESC_ID=0']['mean']\n"
        "with ThreadPoolExecutor() as pool:\n"
        "    found = list(pool.map(mean, ['data'] * 4))\n"
        "len(set(found))",
        "threads",
    )
    assert cell.result == "1"
    assert cached(cell)


def test_off_it_is_a_plain_notebook(memo: Notebook) -> None:
    memo.run(GAINCAL, "gain")
    memo.run("%recompute off", "switch")
    cell = memo.run(GAINCAL.replace("n.gcal", "plain.gcal"), "plain")
    assert lines(cell) == []
    assert " replayed" not in cell.log["text/plain"]
    assert (memo.cwd / "plain.gcal").is_dir()
    assert memo.run("%recompute", "status").displays[0]["text/plain"].startswith("recompute is off")
    memo.run("%recompute on", "switch")
    assert cached(memo.run(GAINCAL, "gain"))


def test_the_notebook_s_steps_are_asked_for(memo: Notebook) -> None:
    told = memo.run("%recompute history", "ask").displays[0]
    assert "gaincal" in told["text/plain"]
    assert "<td " in told["text/html"]
    assert "gaincal" in memo.run("%recompute graph", "ask").displays[0]["text/html"]
    assert "gaincal" in memo.run("%recompute explain n.gcal", "ask").displays[0]["text/plain"]
    assert "store: " in memo.run("%recompute", "ask").displays[0]["text/plain"]
    assert memo.run("recompute.__name__", "ask").result == "'recompute'"


def test_the_module_s_switch_is_the_notebook_s(memo: Notebook) -> None:
    memo.run("recompute.disable()", "switch")
    assert memo.run("%recompute", "ask").displays[0]["text/plain"].startswith("recompute is off")
    memo.run("recompute.enable();", "switch")
    assert memo.run("%recompute", "ask").displays[0]["text/plain"].startswith("recompute is on")


def test_the_magic_helps(memo: Notebook) -> None:
    assert "%recompute undo" in memo.run("%recompute --help").stream("stdout")
    wrong = memo.run("%recompute sideways")
    assert "use one of explain, graph, " in wrong.stream("stderr")
    msg_id = memo.client.complete("%recompute re")
    reply = memo.client.get_shell_msg(timeout=60)
    while reply["parent_header"]["msg_id"] != msg_id:
        reply = memo.client.get_shell_msg(timeout=60)
    assert reply["content"]["matches"] == ["restart"]


def test_another_kernel_knows_what_this_one_did(memo: Notebook) -> None:
    memo.run(GAINCAL, "gain")
    memo.restart()
    assert cached(memo.run(GAINCAL, "gain"))


def test_restart_puts_the_notebook_s_files_back(memo: Notebook, ngc5921: Path) -> None:
    memo.run("mine = table(); mine.open('ngc5921.ms')", "open")
    refused = memo.run("%recompute restart", "restart")
    assert refused.error is not None
    assert "mine.close()" in refused.error["evalue"]
    memo.run("mine.close()", "close")
    cell = memo.run("%recompute restart", "restart")
    assert "ngc5921.ms" in cell.stream("stdout")
    assert not (memo.cwd / "n.gcal").exists()
    with (
        opened_unlocked(memo.cwd / "ngc5921.ms") as ours,
        opened_unlocked(ngc5921 / "ngc5921.ms") as original,
    ):
        assert (ours.getcol("FLAG") == original.getcol("FLAG")).all()


def test_a_store_that_cannot_be_used_is_said_and_tasks_run(
    start_notebook: StartNotebook, tmp_path: Path, ngc5921: Path
) -> None:
    profile = tmp_path / "ipython" / "profile_default"
    profile.mkdir(parents=True)
    (profile / "ipython_kernel_config.py").write_text("c.CasaKernel.recompute = True\n")
    (tmp_path / "file").touch()
    notebook = start_notebook(
        IPYTHONDIR=str(tmp_path / "ipython"), RECOMPUTE_STORE=str(tmp_path / "file" / "store")
    )
    assert notebook.run("1 + 1").stream("stderr").startswith("recompute: ")
    cell = notebook.run(f"visstat({str(ngc5921 / 'ngc5921.ms')!r}); print('ran')")
    assert (cell.error, cell.stream("stdout"), cell.stream("stderr")) == (None, "ran\n", "")
