"""`plotms` by our engine against casaplotms: first pixel to last, on 1, 10 and 50 million.

The MeasurementSets are of 27 antennas (351 baselines), 64 channels and two or four correlations,
written here from NumPy arrays and kept outside the tree. Each plot is made by either side in a
process of its own: a first call, with what has to be loaded, compiled and started, and a second one
on another selection of nothing less, which is what the ratio is of. Ours is `casa_plots.plotms` and
the drawing of its page; casaplotms is asked through `casa_plots.casaplotms`, which costs it 20 ms.
Memory is the most that the process had resident; for casaplotms that of the application.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psutil
from tests_plots_observation import make_observation
from tests_report import Gate, write

CACHE: Final = (
    Path(os.environ.get("CASAHUB_CACHE") or Path.home() / ".cache" / "casahub") / "bench-plotms"
)
MILLIONS: Final = (1, 10, 50)
PLOTS: Final[Mapping[str, Mapping[str, str]]] = {
    "amp/time": {"xaxis": "time", "yaxis": "amp"},
    "amp/uvdist": {"xaxis": "uvdist", "yaxis": "amp"},
    "amp/time avgchannel=64": {"xaxis": "time", "yaxis": "amp", "avgchannel": "64"},
    "amp/uvdist avgtime=60": {"xaxis": "uvdist", "yaxis": "amp", "avgtime": "60"},
}
GATE_AT: Final = 10  # million visibilities
GATE: Final = 10.0  # times as fast
LOOK: Final = 0.05  # seconds between two looks at memory


@dataclass(frozen=True, slots=True)
class Taken:
    """What a side needed for a plot."""

    first: float  # seconds
    warm: float
    peak: float  # bytes


def ours(asked: Mapping[str, str]) -> bytes:
    """Draw with our engine."""
    from casa_plots.picture import Looking  # noqa: PLC0415
    from casa_plots.plotms import plotms  # noqa: PLC0415

    parameters: dict[str, Any] = dict(asked)
    return plotms(**parameters).views[0].draw(Looking()).content


def theirs(asked: Mapping[str, str]) -> bytes:
    """Draw with casaplotms."""
    from casa_plots.casaplotms import plotms  # noqa: PLC0415
    from casa_plots.picture import Looking  # noqa: PLC0415

    return plotms(asked).views[0].draw(Looking()).content


def watch(peak: list[int]) -> None:
    """Keep the most memory that this process, or the application below it, had."""
    me = psutil.Process()
    while True:
        family = [me, *me.children(recursive=True)]
        named = [each for each in family if "casaplotms" in _name(each)] or [me]
        for each in named:
            try:
                peak[0] = max(peak[0], each.memory_info().rss)
            except psutil.NoSuchProcess:
                continue
        time.sleep(LOOK)


def _name(process: psutil.Process) -> str:
    try:
        return str(process.name())
    except psutil.NoSuchProcess:
        return ""


def measure(side: str, asked: Mapping[str, str]) -> None:
    """Draw twice, and print what it took; runs in a process of its own."""
    peak = [0]
    threading.Thread(target=watch, args=(peak,), daemon=True).start()
    draw = {"ours": ours, "theirs": theirs}[side]
    seconds = []
    for turn in range(2):
        started = time.perf_counter()
        # Another title, so that nobody answers from what was drawn before.
        content = draw({**asked, "title": f"turn {turn}"})
        seconds.append(time.perf_counter() - started)
        if not content.startswith(b"\x89PNG"):
            raise RuntimeError(f"{side} drew no PNG")
    time.sleep(2 * LOOK)
    print(json.dumps({"first": seconds[0], "warm": seconds[1], "peak": peak[0]}))


def taken(side: str, asked: Mapping[str, str]) -> Taken:
    """Measure one side in a fresh process."""
    command = [sys.executable, __file__, side, json.dumps(asked)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Taken(**json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Run the benchmark and report."""
    wanted = [int(each) for each in os.environ.get("BENCH_MILLIONS", "").split()] or MILLIONS
    rows: list[dict[str, object]] = []
    ratios: dict[tuple[int, str], float] = {}
    peaks: dict[int, float] = {}
    for millions in wanted:
        table = make_observation(CACHE, millions)
        # From here on the files are in memory, for both.
        files = map(str, table.glob("table.f*"))
        subprocess.run(["cat", *files], check=True, stdout=subprocess.DEVNULL)
        for name, plot in PLOTS.items():
            asked = {"vis": str(table), **plot}
            us, them = taken("ours", asked), taken("theirs", asked)
            ratios[millions, name] = them.warm / us.warm
            peaks[millions] = max(peaks.get(millions, 0.0), us.peak)
            rows.append(
                {"million": millions, "plot": name}
                | {"ours first (s)": round(us.first, 2), "ours warm (s)": round(us.warm, 2)}
                | {"casaplotms first (s)": round(them.first, 2)}
                | {"casaplotms warm (s)": round(them.warm, 2)}
                | {"ratio": round(them.warm / us.warm, 1)}
                | {"ours peak (MB)": round(us.peak / 1e6)}
                | {"casaplotms peak (MB)": round(them.peak / 1e6)}
            )
            print(rows[-1], file=sys.stderr, flush=True)
    at = [ratio for (millions, _), ratio in ratios.items() if millions == GATE_AT]
    least = min(at or ratios.values())
    most, fewest = max(peaks), min(peaks)
    also = [
        Gate(
            f"our peak memory at {most} million over that at {fewest} million",
            peaks[most] / peaks[fewest],
            most=1.5,
        )
    ]
    write("plotms", rows, least, GATE, also)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1], json.loads(sys.argv[2]))
    else:
        main()
