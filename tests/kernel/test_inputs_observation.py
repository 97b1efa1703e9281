"""What a real MeasurementSet offers to select by."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from casa_kernel.inputs.observation import Observations, read

HOLDER = """
import sys
from casacore.tables import table
held = table(sys.argv[1], readonly=False, ack=False, lockoptions="user")
held.lock(write=True)
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def locked(ngc5921: Path) -> Iterator[Path]:
    """A MeasurementSet that another process has locked for writing."""
    path = ngc5921 / "ngc5921.ms"
    command = [sys.executable, "-c", HOLDER, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"locked\n"
        yield path


def test_names_and_numbers_come_from_the_tables(ngc5921: Path) -> None:
    seen = read(ngc5921 / "ngc5921.ms")
    assert seen.fields == ("1331+30500002_0", "1445+09900002_0", "N5921_2")
    assert seen.spectral_windows == 1
    assert len(seen.antennas) == 28
    assert seen.scans == (1, 2, 3, 4, 5, 6, 7)
    assert seen.correlations == ("RR", "LL")
    assert "DATA" in seen.columns
    assert (seen.observations, seen.arrays) == ((0,), (0,))


def test_a_writer_is_not_waited_for(locked: Path) -> None:
    started = time.monotonic()
    assert read(locked).scans == (1, 2, 3, 4, 5, 6, 7)
    assert time.monotonic() - started < 2


def test_it_is_read_again_only_when_it_changed(ngc5921: Path) -> None:
    observations, path = Observations(), ngc5921 / "ngc5921.ms"
    first = observations.get(path)
    assert observations.get(path) is first
    (path / "FIELD" / "table.dat").touch()
    second = observations.get(path)
    assert second == first
    assert second is not first


def test_another_directory_is_none(tmp_path: Path) -> None:
    assert Observations().get(tmp_path) is None
