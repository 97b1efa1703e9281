"""The dictionary of ``flagdata(mode='summary')`` as tables: pure functions."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeGuard

from casa_kernel.listings.table import Column, Listing, Table, listing

# First what a user looks for; whatever else CASA counts follows in its own order.
_FIRST: Final = ("field", "spw", "antenna", "scan", "correlation")
_TITLES: Final = {
    "field": "Fields",
    "spw": "Spectral windows",
    "antenna": "Antennas",
    "scan": "Scans",
    "correlation": "Correlations",
    "baseline": "Baselines",
    "spw:channel": "Channels",
    "observation": "Observations",
    "array": "Arrays",
}

Report = Mapping[str, Any]
"""A dictionary of flagdata's: counts, or dictionaries of counts by name."""


def is_summary(result: object) -> TypeGuard[Report]:
    """Whether something that flagdata returned holds counts."""
    return isinstance(result, Mapping) and any(True for _ in _reports("", result))


def summary(result: Report) -> Listing:
    """Return the counts of a summary: a table for each kind of thing that was counted.

    Parameters
    ----------
    result : mapping
        What the task returned: one summary, one for each field (``fieldcnt=True``), or several
        reports (``mode='list'``).
    """
    reports = list(_reports("", result))
    tables = [table for name, report in reports for table in _tables(name, report)]
    return listing(_title(result), tables)


def _title(result: Report) -> str:
    if "total" not in result:
        return "Flags"
    share = percentage(result["flagged"], result["total"])
    return f"Flags: {share} of {int(result['total'])} visibilities flagged"


def percentage(flagged: float, total: float) -> str:
    """Return the flagged share, such as ``12.50 %``; empty if there was nothing to flag."""
    return f"{100 * flagged / total:.2f} %" if total else ""


def _reports(name: str, result: Report) -> Iterator[tuple[str, Report]]:
    if "total" in result:
        yield name, result
        return
    for key, value in result.items():
        if isinstance(value, Mapping):
            yield from _reports(f"{name} {key}".strip(), value)


def _tables(name: str, report: Report) -> Iterator[Table]:
    counted = [key for key, value in report.items() if isinstance(value, Mapping)]
    ordered = [key for key in _FIRST if key in counted]
    for key in ordered + [key for key in counted if key not in _FIRST]:
        title = _TITLES.get(key, key)
        yield _table(f"{title} of {name}" if name else title, key, report[key])


def _table(title: str, key: str, counts: Report) -> Table:
    columns = (
        Column(key, "", numeric=all(name.isdecimal() for name in counts)),
        Column("flagged", "", True),
        Column("visibilities", "", True),
        Column("share", "", True),
    )
    rows = [
        (name, f"{count['flagged']:.0f}", f"{count['total']:.0f}", percentage(**count))
        for name, count in counts.items()
    ]
    # CASA orders numbers as text: 1, 10, 2.
    rows.sort(key=lambda row: int(row[0]) if columns[0].numeric else 0)
    return Table(title, columns, tuple(rows))
