"""An engine of a few lines for tests of headless runs: it remembers results."""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from recompute.batch.ports import Done
from recompute.model import Place, Verdict

ENGINE = "tests_recompute_batch:start"

PACKAGE = """
import sys
print("loading CASA", file=sys.stderr)
from .private import casalog
from .grow import grow
from .shrink import shrink
__all__ = ["casalog", "grow", "shrink"]
"""
GROW = """
def grow(vis="", factor=1.0):
    with open("calls", "a") as file:
        file.write(f"grow {vis} {factor}\\n")
    if factor < 0:
        raise RuntimeError("a negative factor")
    if factor == 99:
        print("waiting", flush=True)
        import time
        time.sleep(60)
    if factor == 13:
        import os
        os.abort()
    return {"size": factor}
"""
SHRINK = """
from casatasks import grow as _grow
def shrink(vis=""):
    from casatasks import grow
    return grow(vis, 0.5)
"""


def make_package(directory: Path) -> Path:
    """Make a package casatasks with two tasks, and return what has to be on the path."""
    package = directory / "site" / "casatasks"
    (package / "private").mkdir(parents=True)
    (package / "__init__.py").write_text(PACKAGE)
    (package / "grow.py").write_text(GROW)
    (package / "shrink.py").write_text(SHRINK)
    (package / "private" / "__init__.py").write_text("casalog = 'the log'\n")
    return package.parent


class Engine:
    """Remembers in a file beside the script."""

    tasks = ("grow", "shrink")

    def parameters(self, task: str) -> Sequence[str]:
        return ("vis", "factor") if task == "grow" else ("vis",)

    def __init__(self, path: Path) -> None:
        self._file = path.with_suffix(".memory")
        self._known = json.loads(self._file.read_text()) if self._file.exists() else {}
        self.last = [(each["task"], each["cost"]) for each in self._known.values()]

    def call(
        self, task: str, arguments: Mapping[str, object], run: Callable[[], object], place: Place
    ) -> Done:
        key = json.dumps([task, arguments], sort_keys=True)
        if key in self._known:
            known = self._known[key]
            return Done(
                result=known["result"], verdict=Verdict.CACHED, seconds=0.0, cost=known["cost"]
            )
        started = time.monotonic()
        try:
            result = run()
        except BaseException:
            Path("restored").write_text(place.cell)
            raise
        self._known[key] = {"task": task, "result": result, "cost": 5.0}
        self._file.write_text(json.dumps(self._known))
        took = time.monotonic() - started
        return Done(result=result, verdict=Verdict.COMPUTED, seconds=took, cost=took)

    def close(self) -> None:
        Path("closed").touch()


def start(path: Path) -> Engine:
    """Return the engine of a child process."""
    return Engine(path)


def python_path(package: Path) -> str:
    """Return what a child's PYTHONPATH has to be."""
    return os.pathsep.join([str(package), str(Path(__file__).parent), *filter(None, sys.path)])
