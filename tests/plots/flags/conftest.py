"""Copies of observations, to be flagged."""

import shutil
from pathlib import Path

import pytest
from casacore import tables


@pytest.fixture
def vis(ngc5921: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(ngc5921, tmp_path / "n.ms"))


@pytest.fixture
def gains(ngc5921: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(ngc5921.with_name("ngc5921.gcal"), tmp_path / "n.gcal"))


@pytest.fixture
def windows(vis: Path) -> Path:
    """The first half of the rows in two spectral windows: the other half stands for the second."""
    for name in ("SPECTRAL_WINDOW", "DATA_DESCRIPTION"):
        with tables.table(f"{vis}/{name}", ack=False, readonly=False) as table:
            table.copyrows(table)
            if name == "DATA_DESCRIPTION":
                table.putcell("SPECTRAL_WINDOW_ID", 1, 1)
    with tables.table(str(vis), ack=False, readonly=False) as table:
        half = table.nrows() // 2
        for name in ("TIME", "ANTENNA1", "ANTENNA2", "SCAN_NUMBER", "FIELD_ID", "UVW"):
            table.putcol(name, table.getcol(name, 0, half), half, half)
        table.putcol("DATA_DESC_ID", [1] * half, half, half)
    return vis
