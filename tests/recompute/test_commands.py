import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from recompute.commands import main
from recompute.engine import Session
from recompute.errors import RecomputeError
from recompute.model import Outcome, Request, Touch, Use
from recompute.opening import open_session
from recompute.words import bytes_of

Ran = tuple[int, str, str]


class Command:
    """Runs the command in this process, and a pipeline of two steps beside it."""

    def __init__(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._monkeypatch = monkeypatch

    def __call__(self, *arguments: str) -> Ran:
        self._monkeypatch.setattr(sys, "argv", ["recompute", *arguments])
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = self._capsys.readouterr()
        code = ended.value.code
        return (code if isinstance(code, int) else 0), out, err

    def pipeline(self, text: str = "first") -> None:
        session = open_session(str(Path("p.py").absolute()))
        session.restart()
        _step(session, "load", text, Touch("vis", Path("a.ms").absolute(), Use.CREATE))
        _step(session, "flag", "more", Touch("vis", Path("a.ms").absolute(), Use.UPDATE))
        session.note()


def _step(session: Session, task: str, text: str, touch: Touch) -> None:
    def run() -> Outcome:
        touch.path.mkdir(exist_ok=True)
        with (touch.path / "data").open("a") as file:
            file.write(text)
        return Outcome(None)

    session.call(Request(task, {"text": text}, (touch,), {"CASA": "6"}), run)


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("RECOMPUTE_STORE", str(tmp_path / "store"))
    return Command(capsys, monkeypatch)


def test_history_goes_from_pipelines_to_runs_to_steps(command: Command) -> None:
    assert "Nothing was recorded" in command("history")[1]
    command.pipeline()
    command.pipeline("other")
    assert str(Path("p.py").absolute()) in command("history")[1]
    runs = json.loads(command("history", "p.py", "--json")[1])
    assert [each["steps"] for each in runs] == [2, 2]
    steps = json.loads(command("history", "p.py", runs[0]["run"], "--json")[1])
    assert [each["task"] for each in steps] == ["load", "flag"]
    assert "flag" in command("history", "p.py", "latest")[1]
    code, _, err = command("history", "p.py", "tomorrow")
    assert (code, err) == (
        1,
        "recompute: p.py has no run tomorrow: `recompute history p.py` lists them.\n",
    )


def test_explain_names_what_changed(command: Command) -> None:
    command.pipeline()
    command.pipeline("other")
    code, out, _ = command("explain", "p.py", "load")
    assert code == 0
    assert "text" in out
    assert "other" in out


@pytest.mark.parametrize("suffix", [".svg", ".dot", ".json", ".prov.json", ".txt", ".html"])
def test_graph_is_written_by_suffix(command: Command, suffix: str) -> None:
    command.pipeline()
    assert command("graph", "p.py", f"g{suffix}")[0] == 0
    assert "flag" in Path(f"g{suffix}").read_text()


def test_graph_is_shown_without_a_file(command: Command) -> None:
    command.pipeline()
    assert "flag" in command("graph", "p.py")[1]
    code, _, err = command("graph", "p.py", "g.xyz")
    assert (code, err.count("\n")) == (1, 1)


def test_status_tells_real_and_logical_bytes(command: Command) -> None:
    command.pipeline()
    out = command("status")[1]
    assert "2 steps" in out
    usage = json.loads(command("status", "--json")[1])
    assert usage["records"] == 2
    assert usage["logical"] > 0


def test_what_is_pinned_is_not_evicted(command: Command) -> None:
    command.pipeline()
    assert command("pin", "p.py", "load", "--why", "for the paper")[0] == 0
    code, out, _ = command("evict", "--free", "1GB")
    assert code == 1
    assert "1 step went" in out
    assert "Nothing more may go" in out
    assert command("unpin", "p.py", "load")[0] == 0
    assert "1 step went" in command("evict", "--free", "1GB")[1]


def test_verify_tells_of_damage_and_repairs_it(command: Command) -> None:
    command.pipeline()
    assert command("verify")[:2] == (0, command("verify")[1])
    store = Path(os.environ["RECOMPUTE_STORE"])
    blob = next(each for each in (store / "blobs").rglob("*") if each.is_file())
    blob.chmod(0o600)
    blob.write_bytes(b"damaged")
    code, out, _ = command("verify")
    assert code == 1
    assert str(blob) in out
    assert json.loads(command("verify", "--json")[1])["damaged"] == [str(blob)]
    assert command("verify", "--repair")[0] == 0
    assert command("verify")[0] == 0


def test_a_path_is_rewound_and_the_rewinding_undone(command: Command) -> None:
    command.pipeline()
    data = Path("a.ms/data")
    assert data.read_text() == "firstmore"
    assert "before load, flag" in command("rewind", "a.ms")[1]
    assert not data.exists()
    assert command("undo", "p.py")[0] == 0
    assert data.read_text() == "firstmore"
    code, _, err = command("undo", "p.py")
    assert code == 1
    assert "nothing to undo" in err


def test_a_published_layer_holds_the_outcomes(command: Command, tmp_path: Path) -> None:
    command.pipeline()
    layer = tmp_path / "layer"
    assert "2 steps of p.py" in command("publish", "p.py", "--to", str(layer))[1]
    assert json.loads(command("--store", str(layer), "status", "--json")[1])["records"] == 2


def test_an_unknown_pipeline_or_step_is_one_sentence_that_lists_the_known(command: Command) -> None:
    code, _, err = command("explain", "p.py", "load")
    assert (code, err.count("\n")) == (1, 1)
    assert "`recompute run` a script first" in err
    command.pipeline()
    assert str(Path("p.py").absolute()) in command("explain", "q.py", "load")[2]
    assert "flag" in command("explain", "p.py", "tclean")[2]


@pytest.mark.parametrize(
    ("text", "count"),
    [("10GB", 10**10), ("1.5 TB", 15 * 10**11), ("512MiB", 2**29), ("7", 7), ("3k", 3000)],
)
def test_sizes_are_read_as_people_write_them(text: str, count: int) -> None:
    assert bytes_of(text) == count


@pytest.mark.parametrize("text", ["", "many", "10 XB", "-3GB", "1GB2"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(RecomputeError, match="is no size"):
        bytes_of(text)


def test_a_script_runs_with_its_own_options(command: Command) -> None:
    Path("p.py").write_text("import sys\nprint(sys.argv[1:])\nsys.exit(7)\n")
    done = subprocess.run(
        [sys.executable, "-m", "recompute", "run", "p.py", "--json", "--fast", "x"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (7, "['--json', '--fast', 'x']\n")
    assert done.stderr.startswith("0 steps in")


def test_a_run_as_json_is_one_object_a_line(command: Command) -> None:
    Path("p.py").write_text("print('hello')\n1 / 0\n")
    done = subprocess.run(
        [sys.executable, "-m", "recompute", "run", "--json", "p.py"],
        capture_output=True,
        text=True,
        check=False,
    )
    events = [json.loads(each) for each in done.stdout.splitlines()]
    assert [each["event"] for each in events] == ["outlook", "failure", "finished"]
    assert events[1]["where"] == {"cell": 0, "line": 2}
    assert done.stderr == "hello\n"


def test_a_plan_that_ends_early_says_so_by_its_status(command: Command) -> None:
    Path("p.py").write_text("import os\nos.system('wsclean x.ms')\n")
    done = subprocess.run(
        [sys.executable, "-m", "recompute", "plan", "p.py"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "Line 2 runs a shell command (wsclean x.ms)" in done.stdout


def test_a_plan_can_be_asked_for_in_python(command: Command) -> None:
    Path("p.py").write_text("rmtables('a.ms')\n")
    done = subprocess.run(
        [sys.executable, "-c", "import recompute; print(recompute.plan('p.py').stop)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "None\n"


def test_help_needs_neither_casa_nor_the_engine() -> None:
    program = (
        "import sys; import recompute.commands; "
        "print(sorted({'numpy', 'rich.table', 'recompute.engine', 'recompute.access'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
