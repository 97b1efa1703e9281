"""How a benchmark reports: a table, a JSON file beside it, and the ratio on the last line."""

import json
import math
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "bench" / "results"


def seconds(work: Callable[[], object]) -> float:
    """Return the wall-clock seconds that the work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def median(times: list[float]) -> float:
    """Return the median in seconds."""
    return statistics.median(times)


@dataclass(frozen=True, slots=True)
class Gate:
    """A figure beside the ratio, and the least or the most that it should be."""

    what: str
    value: float
    least: float = 0.0
    most: float = math.inf

    @property
    def is_met(self) -> bool:
        """Tell whether the figure is what it should be."""
        return self.least <= self.value <= self.most

    def __str__(self) -> str:
        wanted = f"at least {self.least:g}" if self.least else f"at most {self.most:g}"
        return f"{self.what}: {self.value:.1f}, {wanted}: {'met' if self.is_met else 'MISSED'}"


def write(
    name: str,
    rows: list[dict[str, object]],
    ratio: float,
    gate: float,
    also: Sequence[Gate] = (),
) -> None:
    """Print table, gates and ratio, and keep them with the machine and commit they belong to."""
    headings = list(rows[0])
    print("  ".join(f"{heading:>20}" for heading in headings))
    for row in rows:
        print("  ".join(f"{row[heading]!s:>20}" for heading in headings))
    RESULTS.mkdir(exist_ok=True)
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], check=False, capture_output=True, text=True
    )
    kept = {
        "command": f"make bench BENCH={name}",
        "commit": commit.stdout.strip(),
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, Linux {platform.release()}",
        "rows": rows,
        "ratio": ratio,
        "gate": gate,
        "also": [str(each) for each in also],
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(kept, indent=1) + "\n")
    for each in also:
        print(each)
    print(f"ratio={ratio:.2f} gate={gate:g}")
