"""The kernel "CASA" against the bare import of casatasks, a stock ipykernel and a plain tclean.

Start: from the start of the process until the kernel is idle and answers, against a process that
does nothing but `import casatasks` and say so, both offline with the same data; the ratio is
import to start. Cell: the round trip of `pass` in both kernels. Log: `tclean` of a real observation
in a cell, with its log streamed into the notebook and to disk, against the same call in a process
that writes CASA's log to a file. All pairs are alternated, and the figures are medians.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from casa_kernel.install import ensure_installed
from casa_kernel.site import find_data
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import KernelManager
from tests_report import Gate, median, write

STARTS, CELLS, IMAGES = 5, 200, 3
TIMEOUT: Final = 120  # seconds; a kernel that takes longer has failed
READY: Final = "import casatasks, os; os.write(1, b'x')"
TASK: Final = (
    "tclean('ngc5921.ms', imagename='{name}', field='2', datacolumn='data', specmode='cube',"
    " nchan=46, imsize=256, cell='15arcsec', niter=5000)"
)
# Times itself, because a process of its own would be charged for the import.
PLAIN: Final = """\
import sys, time
from casatasks import tclean
for line in sys.stdin:
    started = time.perf_counter()
    eval(line)
    print(time.perf_counter() - started, flush=True)
"""
CONFIGURATION: Final = """\
datapath = [{data!r}]
measurespath = {data!r}
measures_auto_update = data_auto_update = log2term = False
skipnetworkcheck = nologger = nogui = agg = True
casaconfig_verbose = 0
logfile = {log!r}
"""


class Bench:
    """A directory with an observation, a kernelspec, and one configuration for both sides."""

    def __init__(self, place: Path) -> None:
        self.place = place
        prefix = ensure_installed(prefix=str(place / "prefix"))
        stock = Path(sys.prefix, "share", "jupyter", "kernels")
        self._specs = KernelSpecManager(kernel_dirs=[str(prefix.parent), str(stock)])
        site = place / "casasiteconfig.py"
        log = str(place / "plain.log")
        site.write_text(CONFIGURATION.format(data=str(find_data([])), log=log))
        self.environment = {
            **os.environ,
            "CASASITECONFIG": str(site),
            "CASA_KERNEL_LOG": str(place / "logs"),
            "OMP_NUM_THREADS": "1",
        }
        command = [sys.executable, "-m", "casa_kernel.samples", "make", "ngc5921"]
        made = [*command, str(place / "sample")]
        subprocess.run(made, check=True, env=self.environment, capture_output=True)
        self.cwd = place / "sample"

    def bare_import(self) -> float:
        """Return the seconds from a process's start until casatasks is imported in it."""
        started = time.perf_counter()
        process = self.process(READY)
        with process:
            assert process.stdout is not None
            said = process.stdout.read(1)
            taken = time.perf_counter() - started
        if said != "x":
            raise RuntimeError("casatasks could not be imported")
        return taken

    def process(self, code: str) -> "subprocess.Popen[str]":
        """Start a plain Python with the same configuration."""
        return subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=self.cwd,
            env=self.environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    @contextmanager
    def kernel(self, name: str) -> Iterator[tuple[BlockingKernelClient, float]]:
        """Run a kernel; the seconds are those from its start until it was idle."""
        manager = KernelManager(kernel_name=name, kernel_spec_manager=self._specs)
        started = time.perf_counter()
        manager.start_kernel(cwd=str(self.cwd), env=self.environment, stderr=subprocess.DEVNULL)
        client = manager.client()
        assert isinstance(client, BlockingKernelClient)
        client.start_channels()
        client.wait_for_ready(timeout=TIMEOUT)
        taken = time.perf_counter() - started
        try:
            yield client, taken
        finally:
            client.stop_channels()
            manager.shutdown_kernel()

    def start(self, name: str) -> float:
        """Return the seconds that a kernel takes to start."""
        with self.kernel(name) as (_, taken):
            return taken


def run(client: BlockingKernelClient, code: str) -> float:
    """Return the seconds of a cell until it was idle and answered."""
    started = time.perf_counter()
    reply = client.execute_interactive(
        code, allow_stdin=False, output_hook=lambda _message: None, timeout=TIMEOUT
    )
    taken = time.perf_counter() - started
    if reply["content"]["status"] != "ok":
        raise RuntimeError(f"{code} failed: {json.dumps(reply['content'].get('evalue'))}")
    return taken


def starts(bench: Bench) -> tuple[float, float, float]:
    """Return the medians of the import, of our start and of a stock kernel's."""
    bench.bare_import()  # from here on all files are in memory
    rows = [
        (bench.bare_import(), bench.start("casa"), bench.start("python3")) for _ in range(STARTS)
    ]
    imported, ours, stock = (median(list(column)) for column in zip(*rows, strict=True))
    return imported, ours, stock


def cells(bench: Bench) -> tuple[float, float]:
    """Return the medians of a cell that does nothing, in our kernel and in a stock one."""
    with bench.kernel("casa") as (ours, _), bench.kernel("python3") as (stock, _):
        rows = [(run(ours, "pass"), run(stock, "pass")) for _ in range(CELLS)]
    return median([row[0] for row in rows]), median([row[1] for row in rows])


def images(bench: Bench) -> tuple[float, float]:
    """Return the medians of `tclean` in our kernel and in a plain process."""
    plain = bench.process(PLAIN)
    assert plain.stdin is not None
    assert plain.stdout is not None
    rows = []
    with plain, bench.kernel("casa") as (client, _):
        for number in range(IMAGES + 1):
            plain.stdin.write(TASK.format(name=f"plain-{number}") + "\n")
            plain.stdin.flush()
            theirs = float(plain.stdout.readline())
            rows.append((run(client, "_ = " + TASK.format(name=f"ours-{number}")), theirs))
        plain.stdin.close()
    warm = rows[1:]  # the first call reads files and makes caches
    return median([row[0] for row in warm]), median([row[1] for row in warm])


def main() -> None:
    """Run the benchmark and report."""
    with tempfile.TemporaryDirectory(prefix="bench-kernel-") as directory:
        bench = Bench(Path(directory))
        imported, ours, stock = starts(bench)
        our_cell, stock_cell = cells(bench)
        our_image, plain_image = images(bench)
    rows: list[dict[str, object]] = [
        {"what": "start (s)", "casa": round(ours, 2), "peer": round(imported, 2)}
        | {"peer is": "import casatasks"},
        {"what": "start (s)", "casa": round(ours, 2), "peer": round(stock, 2)}
        | {"peer is": "stock ipykernel"},
        {"what": "no-op cell (ms)", "casa": round(our_cell * 1000, 2)}
        | {"peer": round(stock_cell * 1000, 2), "peer is": "stock ipykernel"},
        {"what": "tclean (s)", "casa": round(our_image, 3), "peer": round(plain_image, 3)}
        | {"peer is": "plain process"},
    ]
    also = [
        Gate("no-op cell more than stock (ms)", (our_cell - stock_cell) * 1000, most=2),
        Gate("log's overhead on tclean (%)", max(0.0, our_image / plain_image - 1) * 100, most=2),
    ]
    write("kernel", rows, imported / ours, 0.67, also)


if __name__ == "__main__":
    main()
