"""Every task of casatasks, called through the kernel: what it returns, and what it leaves."""

import shutil
from ast import literal_eval
from pathlib import Path

import pytest
from kernel.casa_notebook import Notebook
from kernel.conftest import StartNotebook
from kernel.tasks_analysis import ANALYSIS
from kernel.tasks_calibration import CALIBRATION
from kernel.tasks_dish import DISH
from kernel.tasks_imaging import IMAGING
from kernel.tasks_importing import IMPORTING
from kernel.tasks_listing import FLAGGING, LISTING
from kernel.tasks_manipulation import MANIPULATION
from kernel.tasks_simulation import SIMULATION
from kernel.tasks_step import TOOLBOX, Family, Refusal, Step

FAMILIES = (
    IMPORTING,
    LISTING,
    FLAGGING,
    CALIBRATION,
    MANIPULATION,
    IMAGING,
    ANALYSIS,
    DISH,
    SIMULATION,
)

# Each run is compared with what recompute declares of its task.
WATCH = f"""\
import sys
sys.path.insert(0, {str(Path(__file__).parents[1])!r})
import tests_recompute_access
tests_recompute_access.watch(globals())
"""


@pytest.fixture(scope="module")
def bench(start_notebook: StartNotebook) -> Notebook:
    """One kernel for all families."""
    notebook = start_notebook()
    assert notebook.run(TOOLBOX).error is None
    assert notebook.run(WATCH).error is None
    return notebook


def test_the_lists_name_every_task_of_casatasks(bench: Notebook) -> None:
    """A new version of CASA with a new task fails here."""
    cell = bench.run("import casatasks\nsorted(casatasks.xml_interface_defs())")
    called = set[str]().union(*(family.tasks for family in FAMILIES))
    assert called == set(literal_eval(cell.result))


def check(notebook: Notebook, step: Step) -> str:
    """Run a step and return what is wrong with it, nothing if all is well."""
    cell = notebook.run(step.cell)
    if isinstance(step, Refusal):
        refused = cell.error is not None and (
            cell.error["ename"] == step.error and step.words in cell.error["evalue"]
        )
        return "" if refused else f"{step.call} was not refused as expected: {cell.error}"
    if cell.error is not None:
        return f"{step.call} raised {cell.error['ename']}: {cell.error['evalue'][:300]}"
    expected = f"('{step.returns}', True)"
    return "" if cell.result == expected else f"{step.call}: {cell.result}, not {expected}"


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_tasks_of_the_family(bench: Notebook, ngc5921: Path, family: Family) -> None:
    bench.run("tests_recompute_access.WATCHED.clear(); tests_recompute_access.COMPLAINTS.clear()")
    directory = bench.cwd / family.name
    shutil.copytree(ngc5921 / "ngc5921.ms", directory / "ngc5921.ms")
    assert bench.run(f"os.chdir({str(directory)!r})").error is None
    wrong = []
    for step in family.steps:
        if isinstance(step, Step):
            wrong.append(check(bench, step))
        else:
            assert bench.run(step).error is None, step
    assert [each for each in wrong if each] == []
    assert literal_eval(bench.run("tests_recompute_access.COMPLAINTS").result) == []
    watched = literal_eval(bench.run("tests_recompute_access.WATCHED").result)
    assert family.tasks <= set(watched)


def test_every_refusal_says_why_nothing_better_is_asserted() -> None:
    refusals = [s for family in FAMILIES for s in family.steps if isinstance(s, Refusal)]
    assert all(refusal.words and refusal.because for refusal in refusals)
