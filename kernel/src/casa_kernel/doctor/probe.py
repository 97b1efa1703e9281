"""What a child process finds out by starting CASA as the kernel does.

``python -m casa_kernel.doctor.probe REPORT LOG`` appends a line of JSON to REPORT for each step
that it has survived: a crash or a hang leaves those that went well before.
"""

import json
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

from casa_kernel import casa, listener, site
from casa_kernel.configuration import read_configuration
from casa_kernel.doctor.steps import CASA, CONFIGURATION, PROBLEM, SITE, TABLES
from casa_kernel.errors import CasaKernelError


class Report:
    """The file that outlives the process.

    Parameters
    ----------
    path : Path
        It exists.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, step: str, **found: object) -> None:
        """Append a step, and leave no part of it in a buffer."""
        with self._path.open("a") as file:
            file.write(json.dumps({"step": step, **found}, default=str) + "\n")


def newest_day(casatools: ModuleType, table: Path) -> float:
    """Return the last modified Julian date (days) of one of the tables of the Earth's rotation."""
    tool = casatools.table()
    tool.open(str(table))
    try:
        return float(tool.getcol("MJD")[-1])
    finally:
        tool.close()


def probe(report: Report, log: Path) -> None:
    """Start CASA step by step.

    Parameters
    ----------
    report : Report
        Takes what was found.
    log : Path
        Takes CASA's log and what its libraries print.
    """
    found = read_configuration()
    report.add(
        CONFIGURATION,
        read=found.read,
        failures=dict(found.failures),
        cache=found.cache,
        wants_updates=found.wants_updates,
    )
    place = replace(site.prepare(datetime.now(UTC)), log_file=log)
    report.add(SITE, data=place.data, more_data=place.more_data, remarks=place.remarks)
    before = listener.public_listeners()
    started = time.monotonic()
    loaded = casa.load(place, str(log))
    report.add(
        CASA,
        version=loaded.version,
        tasks=len(loaded.tasks),
        seconds=round(time.monotonic() - started, 1),
        listeners=[end for end in listener.public_listeners() if end not in before],
    )
    import casatools  # noqa: PLC0415 - only `load` may import it first

    geodetic = place.data / "geodetic"
    days = {name: newest_day(casatools, geodetic / name) for name in ("IERSeop2000", "IERSpredict")}
    report.add(TABLES, **days)


def main() -> None:
    """Run the steps; an error that has a sentence becomes the last line of the report."""
    report = Report(Path(sys.argv[1]))
    try:
        probe(report, Path(sys.argv[2]))
    except CasaKernelError as error:
        report.add(PROBLEM, sentence=str(error))


if __name__ == "__main__":
    main()
