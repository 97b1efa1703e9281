"""What CASA's own tasks make of the observations."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from casacore import tables

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def transformed(every_fifth: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What CASA makes of `every_fifth`: averaged, shifted and split, by ``transformed.py``."""
    spec = importlib.util.spec_from_file_location("plots_conftest", HERE.parent / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    shared = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(shared)
    place = tmp_path_factory.mktemp("transformed")
    shared.run_casa(HERE / "transformed.py", str(every_fifth), cwd=place)
    return place


@pytest.fixture(scope="session")
def every_fifth(ngc5921: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every fifth row of NGC 5921: 4,531 rows that are read quickly."""
    path = tmp_path_factory.mktemp("every_fifth") / "ngc5921.ms"
    with tables.table(str(ngc5921), ack=False) as table:
        rows = table.selectrows(np.arange(0, table.nrows(), 5))
        rows.copy(str(path), deep=True).close()
        rows.close()
    return path
