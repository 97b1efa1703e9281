"""CASA in the test's own process, and scripts that run in processes forked from it."""

import functools
import importlib
import os
import pickle
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import recompute
from casa_kernel.listener import close_listeners, public_listeners
from casa_kernel.site import find_data
from recompute import access
from recompute.content import Eye
from recompute.engine import Done
from recompute.model import Tree
from tests_recompute_chain import FITS, make_observation

CONFIGURATION = """\
datapath = [{data!r}]
measurespath = {data!r}
measures_auto_update = data_auto_update = log2term = False
skipnetworkcheck = nologger = nogui = agg = True
casaconfig_verbose = 0
logfile = {log!r}
"""

# What CASA writes differently each time though it means the same: see docs/users/recompute.md.
HISTORIES = ("HISTORY", "logtable")
PADDED = ("table.dat", "table.f0", "table.f0i", "table.f1", "table.f1i", "table.info")


class Reduction:
    """A directory in which scripts of CASA's run, and the store that remembers them."""

    def __init__(self, place: Path, observation: Path) -> None:
        self.live = place / "live"
        self.store = place / "store"
        self.observation = observation
        self._fresh()

    def run(self, script: str) -> list[str]:
        """Run a script memoised, as a new process does; return what became of its steps."""
        return forked(lambda: self.run_here(script))

    def plainly(self, work: Callable[[], object]) -> None:
        """Do something in the directory, as another process would."""
        forked(lambda: self._in_place(work))

    def from_scratch(self, script: str) -> Path:
        """Run a script plainly in the same place, where nothing of it was; return what it made.

        A table may have its absolute path in it: what was there before is moved away meanwhile.
        """
        aside, scratch = self.live.with_name("aside"), self.live.with_name("scratch")
        self.live.rename(aside)
        try:
            self._fresh()
            self.plainly(lambda: execute(script))
            self.live.rename(scratch)
        finally:
            aside.rename(self.live)
        return scratch

    def run_here(self, script: str) -> list[str]:
        """Do the same in this process, which is to end after it."""
        steps: list[str] = []

        def report(done: Done) -> None:
            steps.append(f"{done.step.task} {done.verdict}")
            steps.extend(f"note: {each}" for each in done.notes)

        def work() -> None:
            recompute.enable("reduce.py", store=self.store, report=report)
            execute(script)
            recompute.disable()

        self._in_place(work)
        return steps

    def _in_place(self, work: Callable[[], object]) -> object:
        os.chdir(self.live)
        let_tasks_run_apart()
        return work()

    def _fresh(self) -> None:
        self.live.mkdir(parents=True)
        (self.live / FITS).write_bytes(self.observation.read_bytes())


def execute(script: str) -> None:
    """Run a script's text as Python would."""
    exec(compile(script, "reduce.py", "exec"), {"__name__": "__main__"})


def let_tasks_run_apart() -> None:
    """Let each task of this process run in a process of its own, as in the CASA kernel.

    What ran before in a process changes the last bits of what CASA converts between frames: the
    LSRK frequency of an image by 5e-15 of itself, after a gaincal in the same process.
    """
    casatasks = importlib.import_module("casatasks")
    for name in access.known_tasks():
        task = getattr(casatasks, name, None)
        if task is not None:
            setattr(casatasks, name, _apart(task))


def _apart(task: Callable[..., object]) -> Callable[..., object]:
    @functools.wraps(task, updated=())
    def run(*arguments: object, **parameters: object) -> object:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                said = (True, task(*arguments, **parameters))
            except BaseException as error:  # noqa: BLE001 - raised again in the parent
                said = (False, error)
            with os.fdopen(writer, "wb") as file:
                pickle.dump(said, file)
            os._exit(0)
        os.close(writer)
        with os.fdopen(reader, "rb") as file:
            done, outcome = pickle.load(file)
        os.waitpid(child, 0)
        if done:
            return outcome
        raise outcome

    return run


def forked(work: Callable[[], object]) -> list[str]:
    """Do something in a forked process; return its lines, or raise what it said."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _in_child(work, writer)
    os.close(writer)
    with os.fdopen(reader, encoding="utf-8") as file:
        said = file.read()
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status):
        raise AssertionError(said)
    return said.splitlines()


def _in_child(work: Callable[[], object], writer: int) -> None:
    code = 0
    try:
        lines = work()
        said = "\n".join(lines) if isinstance(lines, list) else ""
    except BaseException:  # noqa: BLE001 - told to the parent, whatever it is
        said, code = traceback.format_exc(), 1
    with os.fdopen(writer, "w", encoding="utf-8") as file:
        file.write(said)
    sys.stdout.flush()
    os._exit(code)


def differences(one: Path, other: Path, cache: Path) -> list[str]:
    """Return the files in which two directories differ, but for what CASA writes differently."""
    eye = Eye(cache)
    found = []
    for name in sorted({each.name for each in [*one.iterdir(), *other.iterdir()]}):
        # casacore removes its scratch tables at its end, which a killed process never reaches.
        if name.startswith((".", "TempLattice")) or name.endswith(".log"):
            continue
        ours, theirs = eye.tree(one / name), eye.tree(other / name)
        if ours is None or theirs is None:
            found.append(f"{name} is only in one of them")
        else:
            found += [f"{name}/{file}" for file in _different(ours, theirs)]
    return found


def _different(ours: Tree, theirs: Tree) -> list[str]:
    found = [*(ours.files.keys() ^ theirs.files.keys()) - {"table.lock"}]
    for name in ours.files.keys() & theirs.files.keys():
        one, other = ours.files[name], theirs.files[name]
        if one.blob == other.blob or _may_differ(name):
            continue
        if one.content != other.content or Path(name).name not in PADDED:
            found.append(name)
    return found


def _may_differ(name: str) -> bool:
    path = Path(name)
    return path.name == "table.lock" or any(each in HISTORIES for each in path.parts)


@pytest.fixture(scope="module")
def casa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """CASA in this process, offline, with a log of its own, and without the port that it opens."""
    place = tmp_path_factory.mktemp("casa")
    site = place / "casasiteconfig.py"
    site.write_text(CONFIGURATION.format(data=str(find_data([])), log=str(place / "casa.log")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CASASITECONFIG", str(site))
        patch.setenv("OMP_NUM_THREADS", "1")
        patch.setenv("MPLBACKEND", "agg")
        before = public_listeners()
        importlib.import_module("casatasks").casalog.setlogfile(str(place / "casa.log"))
        close_listeners(before)
        yield


@pytest.fixture(scope="module")
def observation(casa: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_observation(tmp_path_factory.mktemp("observation"))


@pytest.fixture
def reduction(observation: Path, tmp_path: Path) -> Reduction:
    return Reduction(tmp_path, observation)
