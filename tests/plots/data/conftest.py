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


@pytest.fixture(scope="session", params=["spectra", "no spectra"])
def uneven(
    request: pytest.FixtureRequest, ngc5921: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """693 rows of NGC 5921 whose weights differ: with and without WEIGHT_SPECTRUM.

    SIGMA says something else than WEIGHT does, and a tenth is flagged.
    """
    path = tmp_path_factory.mktemp("uneven") / "ngc5921.ms"
    with tables.table(str(ngc5921), ack=False) as table:
        few = table.query("ANTENNA1<6 && ANTENNA2<6 && SCAN_NUMBER<4")
        few.copy(str(path), deep=True).close()
        few.close()
    random = np.random.default_rng(5921)
    with tables.table(str(path), ack=False, readonly=False) as table:
        flags = table.getcol("FLAG")
        rows, channels, correlations = flags.shape
        table.putcol("FLAG", flags | (random.random(flags.shape) < 0.1))
        for name in ("WEIGHT", "SIGMA"):
            of_rows = random.uniform(0.2, 5, (rows, correlations))
            table.putcol(name, of_rows.astype(np.float32))
        if request.param == "spectra":
            spectra = random.uniform(0.2, 5, (rows, channels, correlations))
            table.putcol("WEIGHT_SPECTRUM", spectra.astype(np.float32))
        else:
            table.removecols("WEIGHT_SPECTRUM")
    return path


@pytest.fixture(scope="session")
def every_fifth(ngc5921: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every fifth row of NGC 5921: 4,531 rows that are read quickly."""
    path = tmp_path_factory.mktemp("every_fifth") / "ngc5921.ms"
    with tables.table(str(ngc5921), ack=False) as table:
        rows = table.selectrows(np.arange(0, table.nrows(), 5))
        rows.copy(str(path), deep=True).close()
        rows.close()
    return path
