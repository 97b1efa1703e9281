"""The versions that decide a task's outcome."""

import json
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from casa_kernel.site import find_data

SCRIPT = """
import json, sys, time
from recompute.access import versions
first = versions()
begun = time.perf_counter()
second = versions()
print(json.dumps([first, second, time.perf_counter() - begun, "casatools" in sys.modules]))
"""
SITE = """
measurespath = {data!r}
datapath = [{data!r}]
measures_auto_update = data_auto_update = False
"""


def found(home: Path, data: Path) -> list[Any]:
    site = home / "casasiteconfig.py"
    site.write_text(SITE.format(data=str(data)))
    environment = {"HOME": str(home), "CASASITECONFIG": str(site), "PATH": ""}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [each.name for each in home.iterdir() if each.name != "__pycache__"] == [site.name]
    result: list[Any] = json.loads(done.stdout)
    return result


def copy_of_the_marks(to: Path) -> Path:
    for each in ("IERSeop2000", "IERSpredict", "TAI_UTC", "Observatories"):
        shutil.copytree(find_data([]) / "geodetic" / each, to / "geodetic" / each)
    return to


def test_versions_are_those_installed_and_cost_nothing_the_second_time(tmp_path: Path) -> None:
    first, second, seconds, imported = found(tmp_path, find_data([]))
    assert first == second
    assert first["casatasks"] == version("casatasks")
    assert set(first) == {"casatools", "casatasks", "casadata", "data"}
    assert seconds < 0.005
    assert not imported


def test_updated_data_are_another_version_and_moved_data_are_not(tmp_path: Path) -> None:
    homes = [tmp_path / each for each in ("one", "two")]
    for home in homes:
        home.mkdir()
    copies = [copy_of_the_marks(tmp_path / f"data{number}") for number in range(2)]
    one, two = (found(*each)[0]["data"] for each in zip(homes, copies, strict=True))
    assert one == two
    with (copies[1] / "geodetic/IERSpredict/table.f0").open("ab") as table:
        table.write(b"a new prediction")
    assert found(homes[1], copies[1])[0]["data"] != one
