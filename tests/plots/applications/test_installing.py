import os
import subprocess
import sys
from pathlib import Path

from casa_plots.applications.places import VARIABLE, key, look_into

COMMAND = [sys.executable, "-m", "casa_kernel", "applications"]


def test_two_installers_make_one_installation(tmp_path: Path) -> None:
    place = tmp_path / "there"
    environment = {**os.environ, VARIABLE: str(place)}
    both = [
        subprocess.Popen([*COMMAND, "install"], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [each.communicate()[0] for each in both]
    assert [each.returncode for each in both] == [0, 0], said
    assert sorted("copying what is in" in each for each in said) == [False, True]
    assert all("casaplotms 2.9.1" in each for each in said)
    found = look_into(place)
    assert found is not None
    assert found.key == key()
    assert not list(place.rglob("*.AppImage"))
    assert {each.name for each in tmp_path.iterdir()} == {"there", "there.lock"}

    removed = subprocess.run([*COMMAND, "remove"], env=environment, check=False)
    assert removed.returncode == 0
    assert not place.exists()
    told = subprocess.run([*COMMAND, "status"], env=environment, check=False, capture_output=True)
    assert told.returncode == 1
    assert b"applications install" in told.stdout


def test_what_else_is_there_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("precious")
    environment = {**os.environ, VARIABLE: str(tmp_path)}
    done = subprocess.run(
        [*COMMAND, "remove"], env=environment, check=False, capture_output=True, text=True
    )
    assert "nothing to remove" in done.stdout
    assert (tmp_path / "mine").read_text() == "precious"
