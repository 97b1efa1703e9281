"""How a benchmark reports: a table, a JSON file beside it, and the ratio on the last line."""

import json
import platform
import statistics
import subprocess
import time
from collections.abc import Callable
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


def write(name: str, rows: list[dict[str, object]], ratio: float, gate: float) -> None:
    """Print the table and the ratio, and keep both with the machine and commit they belong to."""
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
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(kept, indent=1) + "\n")
    print(f"ratio={ratio:.1f} gate={gate:g}")
