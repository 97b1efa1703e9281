"""What CASA does with its tables, in a directory named by the first argument.

Writes a table as casacore does, reads it through a memory map, and lets a second process wait for
the lock of the first.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROWS, SHAPE = 64, (4, 256)

OTHER = """
import sys
from casacore import tables
print("asking", flush=True)
with tables.table(sys.argv[1], readonly=False, lockoptions="user", ack=False) as table:
    table.lock(write=True)
    table.putcell("TIME", 0, 42.0)
    table.unlock()
"""


def main() -> None:
    place = Path(sys.argv[1])
    # casacore reads its settings when it is loaded.
    settings = place / "casarc"
    settings.write_text("table.tsm.option: mmap\n")
    os.environ["CASARCFILES"] = str(settings)
    from casacore import tables  # noqa: PLC0415

    table = make(tables, str(place / "vis.tab"))
    fill(table)
    table.close()
    read_through_a_map(tables, place)
    share(tables, str(place / "vis.tab"))


# casacore ships no types: Any is its module, or one of its tables.


def make(tables: Any, name: str) -> Any:
    """Return a table with a plain and a tiled column."""
    columns = [
        tables.makescacoldesc("TIME", 0.0),
        tables.makearrcoldesc(
            "DATA",
            0.0,
            shape=list(SHAPE),
            datamanagertype="TiledColumnStMan",
            datamanagergroup="tiled",
        ),
    ]
    return tables.table(name, tables.maketabdesc(columns), nrow=ROWS, ack=False)


def fill(table: Any) -> None:
    import numpy as np  # noqa: PLC0415

    for row in range(ROWS):
        table.putcell("TIME", row, float(row))
        table.putcell("DATA", row, np.full(SHAPE[::-1], float(row)).T)
    table.flush()


def read_through_a_map(tables: Any, place: Path) -> None:
    with tables.table(str(place / "vis.tab"), readonly=False, ack=False) as table:
        assert float(table.getcell("DATA", 7).mean()) == 7.0
        table.putcell("DATA", 7, table.getcell("DATA", 7) + 1)
        assert "vis.tab/table.f" in Path("/proc/self/maps").read_text(), "not mapped"
    with tables.table(str(place / "vis.tab"), ack=False) as table:
        assert float(table.getcell("DATA", 7).mean()) == 8.0
        assert float(table.getcol("TIME").sum()) == sum(range(ROWS))


def share(tables: Any, name: str) -> None:
    with tables.table(name, readonly=False, lockoptions="user", ack=False) as table:
        table.lock(write=True)
        other = subprocess.Popen(
            [sys.executable, "-c", OTHER, name], stdout=subprocess.PIPE, text=True
        )
        assert other.stdout
        assert other.stdout.readline() == "asking\n"
        table.putcell("TIME", 0, 1.0)
        assert table.getcell("TIME", 0) == 1.0
        assert other.poll() is None
        table.unlock()
        assert other.wait(60) == 0
        table.lock(write=False)
        assert table.getcell("TIME", 0) == 42.0
        table.unlock()


if __name__ == "__main__":
    main()
