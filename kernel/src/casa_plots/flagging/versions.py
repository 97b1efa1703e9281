"""Flag versions in the format of CASA's ``flagmanager``.

A version is a table with the columns FLAG and FLAG_ROW, in ``<table>.flagversions/flags.<name>``,
and a line in ``FLAG_VERSION_LIST`` beside it. It is written here, and not by CASA's agentflagger,
because it has to be written under the same lock as the change that follows; a second table library
in this process would let go of that lock (POSIX locks end with any file that is closed).
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from casacore import tables

from casa_plots.flagging.layout import Layout
from casa_plots.flagging.stored import ROW
from casa_plots.tables import Table, opened

_LIST: Final = "FLAG_VERSION_LIST"
_TILE: Final = 1 << 20  # flags


def directory(path: Path) -> Path:
    """Return where the flag versions of a table are."""
    return path.with_name(f"{path.name}.flagversions")


def new_name(path: Path, now: datetime) -> str:
    """Return a name that no version of the table has."""
    stem = f"plotms_{now.astimezone(UTC):%Y-%m-%d_%H-%M-%S}"
    names = [stem, *(f"{stem}_{n}" for n in range(2, 1000))]
    return next(n for n in names if not (directory(path) / f"flags.{n}").exists())


@contextmanager
def saving(layout: Layout, table: Table, name: str, comment: str) -> Iterator[Table]:
    """Give a version to write the flags into; it is there only once it is complete."""
    home = directory(layout.path)
    existed = home.exists()
    home.mkdir(exist_ok=True)
    building = home / f".{name}-{os.getpid()}"
    try:
        version = _created(layout, table, building)
        try:
            yield version
            version.flush()
        finally:
            version.close()
        building.rename(home / f"flags.{name}")
        _enter(home, name, comment)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)  # it may have its name already
        shutil.rmtree(home / f"flags.{name}", ignore_errors=True)
        if not existed:
            shutil.rmtree(home, ignore_errors=True)
        raise


def version_of(path: Path, name: str) -> Path:
    """Return the table of a version."""
    return directory(path) / f"flags.{name}"


@contextmanager
def saved(path: Path, name: str) -> Iterator[Table]:
    """Open a version for reading."""
    with opened(version_of(path, name)) as version:
        yield version


def _created(layout: Layout, table: Table, path: Path) -> Table:
    largest = max(layout.cells.values(), key=lambda each: each[0] * each[1])
    rows = max(1, _TILE // (largest[0] * largest[1]))
    columns = [
        tables.makearrcoldesc(
            "FLAG",
            False,
            ndim=2,
            datamanagertype="TiledShapeStMan",
            datamanagergroup="TiledFlag",
        )
    ]
    if ROW in layout.columns:
        columns.append(tables.makescacoldesc(ROW, False))
    managers = {
        "*1": {
            "TYPE": "TiledShapeStMan",
            "NAME": "TiledFlag",
            "SEQNR": 0,
            "SPEC": {"DEFAULTTILESHAPE": [largest[1], largest[0], rows]},
            "COLUMNS": ["FLAG"],
        }
    }
    return tables.table(
        str(path), tables.maketabdesc(columns), nrow=table.nrows(), dminfo=managers, ack=False
    )


def _enter(home: Path, name: str, comment: str) -> None:
    known = home / _LIST
    lines = known.read_text(encoding="utf-8") if known.exists() else ""
    building = home / f".{_LIST}-{os.getpid()}"
    said = " ".join(comment.split())
    building.write_text(f"{lines}{name} : {said}\n", encoding="utf-8")
    building.replace(known)
