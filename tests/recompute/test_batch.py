import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from recompute.batch import ExitCode, Report, run
from recompute.batch.model import Begun, Event
from recompute.errors import RecomputeError
from recompute.model import Verdict
from tests_recompute_batch import ENGINE, make_package, python_path


class Listening:
    takes_output = takes_errors = True

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.lines: list[str] = []

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    def output(self, text: str) -> None:
        self.lines.append(text)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PYTHONPATH", python_path(make_package(tmp_path)))
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


def run_script(text: str, *arguments: str, name: str = "pipeline.py") -> tuple[Report, Listening]:
    path = Path(name)
    path.write_text(text)
    listening = Listening()
    return run(path, arguments=arguments, progress=listening, engine=ENGINE), listening


def verdicts(report: Report) -> list[str]:
    return [each.verdict.value for each in report.steps]


def test_tasks_that_are_imported_are_memoised(here: Path) -> None:
    text = "from casatasks import *\nprint(grow('x.ms', factor=2)['size'], casalog)\n"
    first, listening = run_script(text)
    assert verdicts(first) == ["computed"]
    assert "2 the log" in listening.lines
    second, _ = run_script(text)
    assert verdicts(second) == ["cached"]
    assert second.saved == 5.0
    assert Path("calls").read_text() == "grow x.ms 2\n"


@pytest.mark.parametrize(
    "text",
    [
        "grow('x.ms', 2)",
        "import casatasks\ncasatasks.grow(vis='x.ms', factor=2)",
        "import casatasks as ct\nct.grow('x.ms', factor=2)",
        "from casatasks import grow as bigger\nbigger('x.ms', 2)",
        "from casatasks.grow import grow\ngrow('x.ms', 2)",
        "import casatasks.private\nfrom casatasks import grow\ngrow('x.ms', 2)",
    ],
)
def test_every_way_to_name_a_task_is_memoised(here: Path, text: str) -> None:
    assert verdicts(run_script(text)[0]) == ["computed"]
    assert verdicts(run_script(text)[0]) == ["cached"]


def test_casa_is_not_imported_when_everything_is_cached(here: Path) -> None:
    text = "from casatasks import *\nimport casatasks\ngrow('x.ms')\n"
    assert "loading CASA" in run_script(text)[1].lines
    assert "loading CASA" not in run_script(text)[1].lines


def test_a_task_within_a_task_is_part_of_its_step(here: Path) -> None:
    report, _ = run_script("from casatasks import shrink\nshrink('x.ms')\n")
    assert [each.task for each in report.steps] == ["shrink"]
    assert Path("calls").read_text() == "grow x.ms 0.5\n"


def test_a_script_is_main_as_python_runs_it(here: Path) -> None:
    (here / "beside").mkdir()
    (here / "beside" / "helper.py").write_text("answer = 42\n")
    text = (
        "import os, sys\nfrom helper import answer\n"
        "print(__name__, sys.argv[1:], os.getcwd(), __file__, answer)\n"
        "import __main__\nprint(hasattr(__main__, 'answer'))\n"
    )
    report, listening = run_script(text, "--fast", name="beside/pipeline.py")
    path = here / "beside" / "pipeline.py"
    assert report.exit_code == 0
    assert listening.lines == [f"__main__ ['--fast'] {here} {path} 42", "True"]


def test_a_failure_names_step_and_line_and_keeps_what_was_before(here: Path) -> None:
    text = "def reduce():\n    grow('x.ms')\n    grow('x.ms', factor=-1)\n\n\nreduce()\n"
    report, _ = run_script(text)
    assert report.exit_code == ExitCode.FAILED
    assert report.failure is not None
    assert report.failure.task == "grow"
    assert str(report.failure.where) == "line 3"
    assert report.failure.message == "RuntimeError: a negative factor"
    assert report.failure.detail[0] == "line 6, in <module>: reduce()"
    assert Path("closed").exists()
    assert verdicts(run_script(text)[0]) == ["cached", "failed"]


def test_a_failure_of_the_script_itself_names_no_step(here: Path) -> None:
    report, _ = run_script("grow('x.ms')\n1 / 0\n")
    assert report.failure is not None
    assert (report.failure.task, str(report.failure.where)) == ("", "line 2")
    syntax, _ = run_script("grow('x.ms')\nif\n")
    assert syntax.failure is not None
    assert str(syntax.failure.where) == "line 2"
    assert syntax.steps == ()


def test_the_script_s_own_exit_status_is_handed_on(here: Path) -> None:
    assert run_script("import sys\nsys.exit(7)\n")[0].exit_code == 7
    assert run_script("import sys\nsys.exit()\n")[0].exit_code == 0
    report, listening = run_script("import sys\nsys.exit('no data')\n")
    assert report.exit_code == 1
    assert "no data" in listening.lines


def test_a_crash_of_casa_is_told_and_costs_one_step(here: Path) -> None:
    report, _ = run_script("grow('x.ms')\ngrow('x.ms', 13)\n")
    assert report.exit_code == 128 + signal.SIGABRT
    assert report.failure is not None
    assert "SIGABRT" in report.failure.message
    assert verdicts(report) == ["computed"]


def test_a_step_says_how_long_it_took_last_time(here: Path) -> None:
    text = "grow('x.ms')\n"
    run_script(text)
    _, listening = run_script(text + "grow('y.ms')\n")
    begun = [each for each in listening.events if isinstance(each, Begun)]
    assert [each.expected for each in begun] == [5.0, None]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_running_task_cleanly(here: Path, number: int, code: int) -> None:
    Path("p.py").write_text("grow('x.ms')\ngrow('x.ms', factor=99)\n")
    program = (
        "import sys; from pathlib import Path; from recompute.batch import run;"
        f"sys.exit(run(Path('p.py'), engine={ENGINE!r}).exit_code)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"waiting\n"
        process.send_signal(number)
        assert process.wait(20) == code
    assert Path("restored").exists()
    assert Path("closed").exists()


def test_a_signal_reaches_what_the_script_started(here: Path) -> None:
    Path("p.py").write_text(
        "import subprocess, sys\n"
        "program = 'import time; print(\"waiting\", flush=True); time.sleep(60)'\n"
        "subprocess.run([sys.executable, '-c', program])\n"
    )
    program = (
        "import sys; from pathlib import Path; from recompute.batch import run;"
        f"sys.exit(run(Path('p.py'), engine={ENGINE!r}).exit_code)"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"waiting\n"
        process.send_signal(signal.SIGTERM)
        # Its end is the end of all that could write there.
        assert process.stdout.read() == b""
    assert process.returncode == 143


def test_a_crash_after_the_script_s_end_is_no_failure_of_it(here: Path) -> None:
    text = "import atexit, os\natexit.register(os.abort)\ngrow('x.ms')\n"
    assert run_script(text)[0].exit_code == 0


def test_a_run_whose_parent_is_killed_ends(here: Path) -> None:
    Path("p.py").write_text("grow('x.ms', factor=99)\n")
    program = (
        "from pathlib import Path; from recompute.batch import run;"
        f"run(Path('p.py'), engine={ENGINE!r})"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"waiting\n"
        process.kill()
        # The end of the child's standard output is the end of the child.
        assert process.stdout.read() == b""
    assert Path("restored").exists()


def test_what_a_script_leaves_running_does_not_keep_the_run(here: Path) -> None:
    text = "import subprocess\np = subprocess.Popen(['sleep', '30'])\nprint(p.pid)\n"
    report, listening = run_script(text)
    os.kill(int(listening.lines[0]), signal.SIGKILL)
    assert report.exit_code == 0
    assert report.seconds < 15


def test_what_is_neither_script_nor_notebook_is_refused(here: Path) -> None:
    with pytest.raises(RecomputeError, match=r"no file gone\.py"):
        run(Path("gone.py"))
    Path("x.txt").touch()
    with pytest.raises(RecomputeError, match="neither a script"):
        run(Path("x.txt"))
    Path("x.py").touch()
    with pytest.raises(RecomputeError, match="is a script"):
        run(Path("x.py"), output=Path("y.ipynb"))


def notebook(*cells: str) -> str:
    made = [
        {"cell_type": "code", "id": f"c{n}", "source": text, "metadata": {}, "outputs": []}
        for n, text in enumerate(cells)
    ]
    words = {"cell_type": "markdown", "id": "m", "source": ["# Title"], "metadata": {}}
    return json.dumps({"cells": [words, *made], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def test_a_notebook_s_cells_run_in_order(here: Path) -> None:
    text = notebook("x = 'x.ms'\ngrow(x)", "%%time\ngrow(x, 2)", "!echo hello\n", "\n\nx + 'y'")
    report, listening = run_script(text, name="n.ipynb")
    assert report.exit_code == 0
    assert [str(each.where) for each in report.steps] == ["cell 2, line 2", "cell 3, line 1"]
    assert "hello" in [each.strip() for each in listening.lines]
    assert listening.lines[-1] == "'x.msy'"
    assert Path("n.ipynb").read_text() == text
    assert verdicts(run_script(text, name="n.ipynb")[0]) == ["cached", "cached"]


def test_a_failing_cell_ends_a_notebook_and_is_named(here: Path) -> None:
    text = notebook("grow('x.ms')", "\ngrow('x.ms', -1)", "grow('y.ms')")
    report, _ = run_script(text, name="n.ipynb")
    assert report.exit_code == 1
    assert report.failure is not None
    assert str(report.failure.where) == "cell 3, line 2"
    assert verdicts(report) == ["computed", "failed"]
    assert Path("restored").read_text() == "c1"


def test_the_executed_notebook_is_written_when_asked_for(here: Path) -> None:
    path = Path("n.ipynb")
    path.write_text(notebook("print('a')\nprint('b')", "1 + 1", "1 / 0", "print('never')"))
    report = run(path, engine=ENGINE, output=Path("out.ipynb"))
    assert report.exit_code == 1
    cells = json.loads(Path("out.ipynb").read_text())["cells"]
    assert cells[1]["outputs"] == [{"output_type": "stream", "name": "stdout", "text": "a\nb\n"}]
    assert cells[2]["outputs"][0]["data"]["text/plain"] == "2"
    assert cells[3]["outputs"][0]["ename"] == "ZeroDivisionError"
    assert cells[4]["outputs"] == []


def test_a_damaged_notebook_is_refused_in_a_sentence(here: Path) -> None:
    report, _ = run_script("{", name="n.ipynb")
    assert report.exit_code == 1
    assert report.failure is not None
    assert "cannot be read as a notebook" in report.failure.message
    assert report.count(Verdict.COMPUTED) == 0
