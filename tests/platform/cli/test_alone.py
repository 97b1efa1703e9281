"""The command where no site runs: it brings its own provisioner and leaves none behind."""

import json
import os
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from casahub.settings import Settings
from tests_command import Command
from tests_processes import processes_of

NOBODY = 65534


def test_a_command_starts_what_it_needs_and_ends_it(tmp_path: Path, observation: Path) -> None:
    casahub = Command(tmp_path / "state")
    casahub("archive", "add", "obs@1", str(observation))
    assert [each["name"] for each in casahub.json("archive", "list")] == ["obs"]
    assert processes_of(tmp_path / "state") == {}
    assert not Settings(state=tmp_path / "state").socket.exists()


def test_commands_at_the_same_time_do_not_disturb_each_other(tmp_path: Path) -> None:
    casahub = Command(tmp_path / "state")
    with ThreadPoolExecutor() as pool:
        asked = [pool.submit(casahub.json, "archive", "list") for _ in range(6)]
        assert [each.result() for each in asked] == [[]] * 6
    assert processes_of(tmp_path / "state") == {}


@pytest.mark.parametrize("arguments", [["archive", "list"], ["workspace", "list"], ["up"]])
def test_a_state_that_cannot_be_written_is_named(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "file").write_text("in the way")
    sentence = Command(tmp_path / "file" / "state").fails(*arguments)
    assert f"{tmp_path}/file/state cannot be used for the site's state" in sentence
    assert "CASAHUB_STATE=" in sentence


def test_a_setting_that_is_wrong_is_named(tmp_path: Path) -> None:
    sentence = Command(tmp_path, CASAHUB_SAMPLES="perhaps").fails("archive", "list")
    assert sentence.startswith("CASAHUB_SAMPLES: ")
    assert "(given: 'perhaps')" in sentence


def test_the_doctor_tells_what_the_machine_can_do(tmp_path: Path) -> None:
    casahub = Command(tmp_path / "[not] yet")
    done = casahub.run("doctor", "--json")
    findings = json.loads(done.stdout)
    assert [each["what"] for each in findings] == [
        "python",
        "proxy",
        "directory",
        "space",
        "socket",
        "engine",
        "casa",
        "browser",
    ]
    needed = [each["good"] for each in findings if each["needed"]]
    assert done.returncode == (0 if all(needed) else 1)
    assert not casahub.state.exists()
    assert str(Settings(state=casahub.state).socket) in findings[4]["sentence"]
    said = " ".join(casahub.run("doctor").stdout.split())
    assert re.search(rf"are free for {re.escape(str(tmp_path))} ?/\[not\] yet\.", said)


def test_the_doctor_fails_where_a_site_could_not_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = Command(tmp_path / "file" / "state").run("doctor", "--json")
    [storage] = [each for each in json.loads(done.stdout) if each["what"] == "directory"]
    assert not storage["good"]
    assert "CASAHUB_STATE" in storage["sentence"]
    assert done.returncode == 1


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """A directory that nobody may look into, but who has root's powers."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o000)
    yield closed
    closed.chmod(0o700)


def test_the_doctor_names_what_it_may_not_look_into(closed: Path) -> None:
    powers = "-dac_override,-dac_read_search"
    powerless = ["setpriv", f"--inh-caps={powers}", f"--bounding-set={powers}"]
    casahub = Command(
        closed / "state",
        HOME=str(closed / "home"),
        CASA_PLOTS_APPLICATIONS=str(closed / "applications"),
    )
    done = casahub.run("doctor", "--json", through=() if os.geteuid() else powerless)
    assert done.stderr == ""
    said = {each["what"]: each["sentence"] for each in json.loads(done.stdout)}
    assert said["directory"] == (
        f"{closed}/state cannot be written (Permission denied): name another CASAHUB_STATE."
    )
    assert "Traceback" not in said["casa"]
    assert (
        f"{closed}/applications/installed.json cannot be read (Permission denied). Let this account"
        in said["casa"]
    )


def test_nobody_else_s_socket_is_spoken_to(tmp_path: Path) -> None:
    """Where the state's path is too long for a socket, it is in a directory that all can write."""
    state = tmp_path / ("x" * 100)
    where = Settings(state=state).socket.parent
    assert where.parent != state
    where.mkdir(mode=0o777)
    try:
        os.chown(where, NOBODY, NOBODY)
        sentence = Command(state).fails("archive", "list")
        assert f"{where} belongs to another account" in sentence
    finally:
        where.rmdir()
