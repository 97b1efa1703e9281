"""What the smaller plots are of: an EVN-like array with fringes, beside NGC 5921."""

from pathlib import Path

import pytest
from plots.conftest import run_casa

SCRIPT = """\
from casa_kernel.simulation import evn
from casatasks import fringefit, importfitsidi

files = evn.make(".").idi_files
importfitsidi(fitsidifile=[str(each) for each in files], vis="evn.ms", constobsid=True)
fringefit("evn.ms", caltable="evn.sbd", field="0", refant="EF", solint="60s", minsnr=5)
"""


@pytest.fixture(scope="session")
def evn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The array as a MeasurementSet; ``evn.sbd`` is beside it."""
    place = tmp_path_factory.mktemp("evn")
    script = place / "evn.py"
    script.write_text(SCRIPT)
    run_casa(script, cwd=place)
    return place / "evn.ms"
