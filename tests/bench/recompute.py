"""A reduction of thirteen tasks memoised, against computing it, and against two other ways.

The reduction is a simulated VLA observation from the import to a smoothed image, as a plain script
that edits its MeasurementSet in place. It runs in a process of its own each time, and times itself
after CASA is imported, so that the import is charged to nobody. The published prototype's way, one
full copy for each step, keyed by paths, is done by a few lines here. `joblib.Memory` sees values
and no files, so it is compared where it applies: a task that only returns something.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from blake3 import blake3
from casa_kernel.site import find_data
from recompute.content import Eye
from recompute.store import Store
from tests_recompute_chain import FITS, Call, Imaging, chain, make_observation, script
from tests_report import Gate, median, write

RUNS: Final = 3
BLOCK: Final = 128 * 1024  # bytes, ZFS' default record
SIZE: Final = Imaging(imsize=512, niter=5000)
CONFIGURATION: Final = """\
datapath = [{data!r}]
measurespath = {data!r}
measures_auto_update = data_auto_update = log2term = False
skipnetworkcheck = nologger = nogui = agg = True
casaconfig_verbose = 0
logfile = {log!r}
"""
TIMED: Final = """\
import sys, time
import casatasks
started = time.perf_counter()
{head}
exec(compile(open({script!r}).read(), {script!r}, "exec"))
print("took", time.perf_counter() - started)
"""
OURS: Final = "import recompute; recompute.enable({script!r})"
STATES: Final = """\
import casatasks, functools, subprocess
def copied(task):
    def run(**parameters):
        result = task(**parameters)
        copied.number += 1
        subprocess.run(["cp", "-a", ".", f"{states}/{{copied.number:02d}}"], check=True)
        return result
    return run
copied.number = 0
for name in {tasks!r}:
    setattr(casatasks, name, copied(getattr(casatasks, name)))
"""


class Bench:
    """A place with an observation, a configuration of CASA, and a store."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.store = place / "store"
        self.observation = make_observation(place / "archive")
        site = place / "casasiteconfig.py"
        site.write_text(CONFIGURATION.format(data=str(find_data([])), log=str(place / "casa.log")))
        self._environment = {
            **os.environ,
            "CASASITECONFIG": str(site),
            "OMP_NUM_THREADS": "1",
            "MPLBACKEND": "agg",
            "RECOMPUTE_STORE": str(self.store),
        }

    def directory(self, name: str) -> Path:
        """Return a new directory with the observation in it."""
        directory = self.place / name
        directory.mkdir()
        shutil.copy(self.observation, directory / FITS)
        return directory

    def run(self, directory: Path, calls: tuple[Call, ...], head: str = "") -> float:
        """Run the reduction in a process of its own; return the seconds without the import."""
        name = str(directory / "reduce.py")
        Path(name).write_text(script(calls))
        return self.python(directory, TIMED.format(head=head.format(script=name), script=name))

    def python(self, directory: Path, code: str, *arguments: str) -> float:
        """Run a program that says how long it took, in seconds."""
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            cwd=directory,
            env=self._environment,
            text=True,
            capture_output=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(done.stderr[-2000:])
        return float(done.stdout.rpartition("took ")[2])

    def ours(self, directory: Path, calls: tuple[Call, ...]) -> float:
        """Run the reduction memoised."""
        return self.run(directory, calls, OURS)


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes of all intermediate states."""

    copies: int
    blocks: int


def states(bench: Bench, calls: tuple[Call, ...]) -> Sizes:
    """Return what all states of the reduction take, as full copies and as distinct blocks.

    A state is everything that is there after a task; a task that leaves a table or image as it
    was does not count as one more copy of it.
    """
    kept = bench.place / "states"
    kept.mkdir()
    directory = bench.directory("states-of")
    head = STATES.format(states=str(kept), tasks=sorted({each.task for each in calls}))
    bench.run(directory, calls, head.replace("{", "{{").replace("}", "}}"))
    seen: set[bytes] = set()
    trees: set[bytes] = set()
    copies = 0
    for state in sorted(kept.iterdir()):
        for path in sorted(state.iterdir()):
            if path.name != "reduce.py":
                copies += _taken(path, seen, trees)
    blocks = sum(int.from_bytes(each[-4:], "big") for each in seen)
    return Sizes(copies, blocks)


def _taken(path: Path, seen: set[bytes], trees: set[bytes]) -> int:
    """Note a tree's blocks, and return its size if no state had this very tree."""
    digest, size = blake3(path.name.encode()), 0
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file() and file.name != "table.lock":
            for block in _blocks(file):
                name = blake3(block).digest() + len(block).to_bytes(4, "big")
                seen.add(name)
                digest.update(name)
                size += len(block)
    if digest.digest() in trees:
        return 0
    trees.add(digest.digest())
    return size


def _blocks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while block := stream.read(BLOCK):
            yield block


PROTOTYPE: Final = """\
import hashlib, json, os, shutil, sys, time
import casatasks
calls, repository = json.load(open(sys.argv[1])), sys.argv[2]
live = {}
def path_of(value):
    if isinstance(value, list):
        return [path_of(each) for each in value]
    if not isinstance(value, str):
        return value
    base = value.removesuffix(".image")
    return live.get(value) or (live[base] + ".image" if base in live else value)
started = time.perf_counter()
for task, parameters, updates, makes in calls:
    named = {k: path_of(v) for k, v in parameters.items() if k != makes}
    key = hashlib.sha256(json.dumps([task, named], sort_keys=True).encode()).hexdigest()
    kept = os.path.join(repository, key)
    done = os.path.exists(kept + ".done")
    if updates:
        if not done:
            shutil.copytree(live[updates], kept)
            getattr(casatasks, task)(**{k: kept if v == updates else path_of(v)
                                        for k, v in parameters.items()})
        live[updates] = kept
    else:
        if not done:
            getattr(casatasks, task)(**named, **{makes: kept})
        live[parameters[makes]] = kept
    open(kept + ".done", "w").close()
print("took", time.perf_counter() - started)
"""


def prototype(bench: Bench, calls: tuple[Call, ...]) -> tuple[float, float, int]:
    """Return seconds of a first and of an unchanged run in the prototype's way, and its bytes."""
    directory = bench.directory("prototype")
    repository = directory / "repository"
    repository.mkdir()
    listed = directory / "calls.json"
    listed.write_text(
        json.dumps([[each.task, dict(each.parameters), each.updates, each.makes] for each in calls])
    )
    times = [bench.python(directory, PROTOTYPE, str(listed), str(repository)) for _ in range(2)]
    size = sum(each.stat().st_size for each in repository.rglob("*") if each.is_file())
    return times[0], times[1], size


JOBLIB: Final = """\
import sys, time
import casatasks, joblib
imstat = joblib.Memory(sys.argv[1], verbose=0).cache(casatasks.imstat.__call__)
def once():
    started = time.perf_counter()
    imstat("snr.image")
    return time.perf_counter() - started
once()
print("took", min(once() for _ in range(5)))
"""
OURS_ONCE: Final = """\
import sys, time
import recompute
recompute.enable("statistics", report=lambda done: None)
from casatasks import imstat
def once():
    started = time.perf_counter()
    imstat("snr.image")
    return time.perf_counter() - started
once()
print("took", min(once() for _ in range(5)))
"""


@contextmanager
def gigabyte(place: Path) -> Iterator[Path]:
    """Make a table-like tree of 1 GB in 100 files."""
    tree = place / "gigabyte"
    tree.mkdir()
    block = os.urandom(1_000_000)
    for number in range(100):
        with (tree / f"table.f{number}").open("wb") as file:
            for part in range(10):
                file.write(number.to_bytes(4, "big") + part.to_bytes(4, "big") + block[8:])
    yield tree
    shutil.rmtree(tree)


def fingerprint(place: Path) -> float:
    """Return the milliseconds of a look at an unchanged 1 GB, as a new process has it."""
    with gigabyte(place) as tree:
        Eye(place / "seen").tree(tree)
        time.sleep(0.1)  # what was written in this very moment is not trusted
        Eye(place / "seen").tree(tree)
        times = []
        for _ in range(RUNS):
            eye = Eye(place / "seen")
            started = time.perf_counter()
            eye.tree(tree)
            times.append(time.perf_counter() - started)
    return 1000 * median(times)


def main() -> None:
    """Run the benchmark and report."""
    calls = chain(SIZE)
    with tempfile.TemporaryDirectory(prefix="bench-recompute-") as place:
        bench = Bench(Path(place))
        report(bench, calls)


def report(bench: Bench, calls: tuple[Call, ...]) -> None:
    """Measure everything, and write it down."""
    plain, first = [], []
    for number in range(RUNS):  # alternated, each in a new directory; the last store is kept
        plain.append(bench.run(bench.directory(f"plain-{number}"), calls))
        shutil.rmtree(bench.store, ignore_errors=True)
        live = bench.directory(f"ours-{number}")
        first.append(bench.ours(live, calls))
    kept = Store(bench.store).usage()
    again = median([bench.ours(live, calls) for _ in range(RUNS)])
    last = median([bench.ours(live, chain(SIZE, beam=f"{80 + n}arcsec")) for n in range(RUNS)])
    middle = bench.ours(live, chain(SIZE, solint="60s"))
    sizes = states(bench, calls)
    their_first, their_again, their_bytes = prototype(bench, calls)
    joblib = bench.python(live, JOBLIB, str(bench.place / "joblib"))
    ours = bench.python(live, OURS_ONCE)
    look = fingerprint(bench.place)
    computing = median(plain)
    rows = [
        _row("computing (s)", computing, ""),
        _row("first run (s)", median(first), "prototype", their_first),
        _row("unchanged again (s)", again, "prototype", their_again),
        _row("last step changed (s)", last, "computing", computing),
        _row("gains changed (s)", middle, "computing", computing),
        _row("kept (MB)", kept.real / 1e6, "prototype", their_bytes / 1e6),
        _row("kept (MB)", kept.real / 1e6, "128 KiB blocks", sizes.blocks / 1e6),
        _row("kept (MB)", kept.real / 1e6, "copies of states", sizes.copies / 1e6),
        _row("imstat again (ms)", ours * 1000, "joblib.Memory", joblib * 1000),
        _row("1 GB unchanged (ms)", look, ""),
    ]
    overhead = max(0.0, 100 * (median(first) / computing - 1))
    also = [
        Gate("unchanged again (s)", again, most=1),
        Gate("last step changed, times faster", computing / last, least=10),
        Gate("overhead of the first run (%)", overhead, most=5),
        Gate("kept more than blocks (%)", 100 * (kept.real / sizes.blocks - 1), most=5),
        Gate("kept less than copies, times", sizes.copies / kept.real, least=4),
        Gate("1 GB unchanged (ms)", look, most=20),
    ]
    write("recompute", rows, computing / again, 50, also)


def _row(what: str, ours: float, peer: str, theirs: float | None = None) -> dict[str, object]:
    return {
        "what": what,
        "recompute": round(ours, 3),
        "peer": "" if theirs is None else round(theirs, 3),
        "peer is": peer,
    }


if __name__ == "__main__":
    main()
