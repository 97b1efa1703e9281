"""The classic interface in the kernel "CASA", on a real observation."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from kernel.casa_notebook import TIMEOUT, Cell, Notebook


@pytest.fixture(autouse=True)
def _fresh(casa: Notebook) -> Iterator[None]:
    yield
    for task in ("tclean", "listobs", "imhead", "visstat", "gaincal"):
        casa.run(f"default {task}")


def table(cell: Cell) -> dict[str, str]:
    (bundle,) = [each for each in cell.displays if each not in cell.log_blocks]
    return bundle


def answer(casa: Notebook, msg_id: str) -> dict[str, Any]:
    while True:
        reply: dict[str, Any] = casa.client.get_shell_msg(timeout=TIMEOUT)
        if reply["parent_header"].get("msg_id") == msg_id:
            content: dict[str, Any] = reply["content"]
            return content


def completed(casa: Notebook, code: str) -> list[str]:
    matches: list[str] = answer(casa, casa.client.complete(code))["matches"]
    return matches


def test_our_reading_of_the_parameters_is_casa_s_own(casa: Notebook) -> None:
    script = Path(__file__).with_name("casa_validator.py")
    found = json.loads(casa.run(f"%run {script}").stream("stdout"))
    assert found["tasks"] >= 124
    assert found["pairs"] > 100
    assert found["disagreements"] == []
    assert found["refused"] == []


def test_inputs_are_set_shown_and_run_without_parentheses(casa: Notebook) -> None:
    cell = casa.run(
        "default tclean\n"
        "vis = 'ngc5921.ms'; imagename = 'classic'\n"
        "field, imsize, cell, niter = '2', 64, '15arcsec', 10\n"
        "inp\n"
        "go"
    )
    assert cell.error is None
    shown = table(cell)["text/plain"].splitlines()
    assert shown[0] == "# tclean: Radio Interferometric Image Reconstruction"
    assert any(line.startswith("*    field             = '2' ") for line in shown)
    assert any(line.startswith("     gain              = 0.1 ") for line in shown)
    assert not any("robust" in line for line in shown)
    assert shown[-1] == "# ready to go; 6 changed (*)"
    assert "End Task: tclean" in cell.log["text/plain"]
    assert (casa.cwd / "classic.image").is_dir()


def test_an_invalid_value_is_red_with_its_reason_and_nothing_runs(casa: Notebook) -> None:
    cell = casa.run("default tclean\nspecmode = 'cub'\nniter = '3'\nvis = 'no.ms'\ninp")
    html = table(cell)["text/html"]
    assert "'cube' comes close" in table(cell)["text/plain"].replace("\n", " ")
    assert "color:var(--jp-error-color1, #d9362b);font-weight:600" in html
    assert "there is no &#x27;no.ms&#x27; here" in html
    refused = casa.run("go")
    assert refused.error is not None
    assert refused.error["ename"] == "InvalidInputsError"
    assert refused.displays == []
    for name, reason in (
        ("vis", "does not exist"),
        ("specmode", "must be one of"),
        ("niter", "must be an integer, not '3'"),
    ):
        assert f"  {name} {reason}" in refused.error["evalue"]
    assert len(refused.error["traceback"]) == 1


def test_a_value_without_effect_is_told_and_does_not_reach_the_task(casa: Notebook) -> None:
    cell = casa.run("default listobs\nvis='ngc5921.ms'; selectdata=False; scan='99'\ninp\ngo;")
    assert cell.error is None
    text = cell.displays[0]["text/plain"]
    assert "# not used now: scan = '99', only with selectdata = True" in text
    assert "scan='99'" not in cell.log["text/plain"]


def test_a_call_with_arguments_neither_reads_nor_changes_the_variables(casa: Notebook) -> None:
    cell = casa.run("default visstat\naxis = 'no axis'\n_ = visstat('ngc5921.ms')\nvis = 1\naxis")
    assert cell.error is None
    assert cell.result == "'no axis'"


def test_a_call_without_arguments_takes_the_variables(casa: Notebook) -> None:
    cell = casa.run("default visstat\nvis = 'ngc5921.ms'\n'rms' in str(visstat())")
    assert cell.result == "True"


def test_tget_restores_the_last_run_and_saveinputs_a_file(casa: Notebook) -> None:
    casa.run("_ = listobs('ngc5921.ms', verbose=False)")
    assert (casa.cwd / "listobs.last").read_text().startswith("vis                = 'ngc5921.ms'\n")
    assert casa.run("default listobs\ntget\nvis, verbose").result == "('ngc5921.ms', False)"
    casa.run("cachesize = 7.5\nsaveinputs listobs mine.saved\ndefault listobs")
    for way in ("%run mine.saved", "execfile('mine.saved')", "execfile mine.saved"):
        again = casa.run(f"default listobs\n{way}\n(cachesize, verbose)")
        assert again.result == "(7.5, False)"
    casa.run("default 'listobs'\ntget listobs mine.saved")
    assert casa.run("cachesize").result == "7.5"


def test_default_deletes_what_was_set(casa: Notebook) -> None:
    assert casa.run("niter = 5\ndefault(tclean)\n'niter' in globals()").result == "False"
    # A parameter of simanalyze has the name of a tool, which is there again afterwards.
    cell = casa.run("image = True\ndefault simanalyze\nimport casatools\nimage is casatools.image")
    assert cell.result == "True"


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("s = '''\ninp tclean\ngo\n'''\ns", r"'\ninp tclean\ngo\n'"),
        ("go", "3"),
        ("[go\n]", "[3]"),
        ("go in [3]", "True"),
        ("(lambda inp: inp)(4)", "4"),
    ],
)
def test_python_that_looks_like_a_command_is_left_alone(
    casa: Notebook, code: str, result: str
) -> None:
    casa.run("kept = go")
    assert casa.run(f"go = 3\n{code}").result == result
    assert casa.run(code).result == result
    # Whatever it is: an array has no truth value.
    assert casa.run("import numpy as np; go = np.arange(3)\ngo.sum()").result == "np.int64(3)"
    casa.run("go = kept")


def test_commands_in_blocks_and_with_objects(casa: Notebook) -> None:
    cell = casa.run("for n in range(2):\n    inp listobs  # again\ninp(tclean); inp 'imhead'")
    names = [each["text/plain"].split(":")[0] for each in cell.displays]
    assert names == ["# listobs", "# listobs", "# tclean", "# imhead"]


def test_commands_can_be_timed(casa: Notebook) -> None:
    cell = casa.run("default visstat\nvis = 'ngc5921.ms'\n%time inp visstat\n%time go;")
    assert cell.error is None
    assert "visstat: " in cell.displays[0]["text/plain"]
    assert "End Task: visstat" in cell.log["text/plain"]
    assert cell.stream("stdout").count("Wall time") == 2


def test_an_unknown_task_names_the_remedy(casa: Notebook) -> None:
    cell = casa.run("inp tclaen")
    assert cell.error is not None
    assert cell.error["evalue"] == "tclaen is no task: `tasklist` shows all tasks."


def test_files_of_casa_s_reference_data_are_found(casa: Notebook) -> None:
    cell = casa.run("default vishead\nvis = 'geodetic/IERSeop2000'\ninp vishead")
    assert "does not exist" not in table(cell)["text/plain"]
    assert casa.run("default vishead").error is None


def test_a_user_s_own_function_of_a_task_s_name_is_hers(casa: Notebook) -> None:
    casa.run("kept = split\ndef split(vis, field): 'mine'")
    assert "spw=" not in completed(casa, "split(")
    data = answer(casa, casa.client.inspect("split"))["data"]
    assert "mine" in data["text/plain"]
    casa.run("split = kept")
    assert "spw=" in completed(casa, "split(")


def test_help_lists_tasks_and_tools(casa: Notebook) -> None:
    text = table(casa.run("taskhelp"))["text/plain"]
    assert "  gaincal            Determine temporal gains from calibrator observations" in text
    tools = table(casa.run("toolhelp"))["text/plain"]
    assert "  table              Access tables" in tools
    assert "tclean" in table(casa.run("tasklist"))["text/html"]


def test_a_task_s_page_is_a_table_of_its_parameters(casa: Notebook) -> None:
    data = answer(casa, casa.client.inspect("gaincal"))["data"]
    assert "minsnr" in data["text/plain"]
    assert "\x1b[1;42m" not in data["text/plain"]
    assert "<table" in data["text/html"]
    payload = answer(casa, casa.client.execute("gaincal?", allow_stdin=False))["payload"]
    assert "a number; default 3.0" in payload[0]["data"]["text/html"]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("inp tcl", ["tclean"]),
        ("go('listo", ["listobs"]),
        ("tclean(spec", ["specmode="]),
        ("tclean(field=named, na", ["named"]),
        ("tclean(restart=", ["True", "False"]),
        ("tclean('ngc5921.ms', specmode='cu", ["cube", "cubedata", "cubesource"]),
        ("listobs('n", ["ngc5921.ms"]),
        ("tclean(vis=", ["'ngc5921.ms'"]),
        ("tclean(vis='ngc5921.ms', field='N", ["N5921_2"]),
        ("tclean(vis='ngc5921.ms', field='1331+30500002_0,N", ["N5921_2"]),
        ("tclean(vis=named, field='1331+3", ["1331+30500002_0"]),
        ("tclean('ngc5921.ms', spw='", ["0"]),
        (
            "gaincal('ngc5921.ms', refant='2",
            ["2", "20", "21", "22", "23", "24", "25", "26", "27", "28"],
        ),
        ("listobs('ngc5921.ms', scan='", ["1", "2", "3", "4", "5", "6", "7"]),
        ("listobs('ngc5921.ms', correlation='", ["RR", "LL"]),
        ("tclean('ngc5921.ms', datacolumn='", ["data"]),
    ],
)
def test_completion_offers_what_makes_sense(casa: Notebook, code: str, expected: list[str]) -> None:
    casa.run("named = 'ngc5921.ms'")
    assert completed(casa, code) == expected


def test_completion_of_the_classic_style_knows_the_chosen_task(casa: Notebook) -> None:
    casa.run("default gaincal\nvis = 'ngc5921.ms'")
    assert completed(casa, "x = 1\nfield = 'N") == ["N5921_2"]
    assert completed(casa, "gaintype = 'K") == ["K", "KCROSS"]


def test_completion_sees_what_changed_and_leaves_no_table_open(casa: Notebook) -> None:
    code = "tclean('ngc5921.ms', datacolumn='"
    before = completed(casa, code)
    casa.run("clearcal('ngc5921.ms', addmodel=True)")
    assert before == ["data"]
    assert completed(casa, code) == ["data", "model", "corrected"]
    held = casa.run("tb = table(); tb.open('ngc5921.ms', nomodify=False), tb.close()")
    assert held.error is None
    open_files = [file.path for file in casa.process.open_files()]
    assert [path for path in open_files if "ngc5921.ms" in path] == []


def test_completion_is_quick_and_survives_a_broken_measurementset(casa: Notebook) -> None:
    (casa.cwd / "broken.ms" / "FIELD").mkdir(parents=True)
    (casa.cwd / "broken.ms" / "table.dat").write_bytes(b"not a table")
    answered = answer(casa, casa.client.complete("tclean(vis='broken.ms', field='"))
    assert answered["status"] == "ok"
    started = time.monotonic()
    completed(casa, "tclean(vis='ngc5921.ms', field='")
    assert time.monotonic() - started < 0.3
