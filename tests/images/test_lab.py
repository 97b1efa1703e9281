"""The lab of Docker and Apptainer: what it passes on, what it keeps apart, and what it leaves."""

import os
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from tests_lab import ENGINES, IMPOSSIBLE, Engines

PROGRAM = """
set -e
docker run --rm --network=none "$CASAHUB_TEST_IMAGE" echo from docker
apptainer --silent exec --containall "$CASAHUB_TEST_SIF" echo from apptainer
docker run --detach "$CASAHUB_TEST_IMAGE" sleep 600 > /dev/null
ip -brief link show docker0 > /dev/null
echo x > /etc/only-inside
echo "$WORD in $PWD"
exit 3
"""


def seen_outside() -> dict[str, object]:
    """What of a run could be seen on this machine."""
    rules = subprocess.run(["iptables-save"], capture_output=True, text=True, check=True)
    return {
        "links": Path("/sys/class/net/docker0").exists(),
        "rules": "DOCKER" in rules.stdout,
        "mounts": "casahub-engines" in Path("/proc/self/mounts").read_text(),
        "groups": {str(each) for each in Path("/sys/fs/cgroup").glob("**/casahub-engines-*")},
        "etc": Path("/etc/only-inside").exists(),
    }


@pytest.fixture
def unseen(engines: Engines) -> Iterator[None]:
    """Nothing of what a test runs is seen outside afterwards."""
    before = seen_outside()
    yield
    after = seen_outside()
    mine = {name: value for name, value in after.items() if name != "groups"}
    assert mine == {name: value for name, value in before.items() if name != "groups"}
    assert not living_groups(after)


def living_groups(seen: dict[str, object]) -> list[str]:
    """Control groups of runs that ended; those of other runs have their process."""
    groups = seen["groups"]
    assert isinstance(groups, set)
    return [each for each in groups if not Path("/proc", each.rpartition("-")[2]).exists()]


@pytest.mark.timeout(3600)  # the first run builds the image, when nothing else runs
@pytest.mark.usefixtures("unseen")
def test_both_engines_run_the_notebook_and_the_status_passes_through(
    engines: Engines, tmp_path: Path
) -> None:
    answer = engines.run("bash", "-c", PROGRAM, cwd=tmp_path, WORD="two words")
    assert answer.returncode == 3, answer.stderr
    assert answer.stdout == f"from docker\nfrom apptainer\ntwo words in {tmp_path}\n"


@pytest.mark.timeout(3600)
@pytest.mark.usefixtures("unseen")
def test_runs_go_on_side_by_side_and_share_nothing(engines: Engines, tmp_path: Path) -> None:
    """Each waits for the other in the middle, so neither can wait for the other's end."""
    for name in ("one", "two"):
        os.mkfifo(tmp_path / name)
    program = (
        'docker create --name same "$CASAHUB_TEST_IMAGE" > /dev/null; '
        "(echo > $MINE) & read line < $OTHER; docker ps -aq | wc -l"
    )
    with ThreadPoolExecutor() as pool:
        ones = [
            pool.submit(engines.run, "bash", "-c", program, cwd=tmp_path, MINE=mine, OTHER=other)
            for mine, other in (("one", "two"), ("two", "one"))
        ]
        answers = [each.result() for each in ones]
    assert [answer.stdout for answer in answers] == ["1\n", "1\n"], answers


@pytest.mark.timeout(3600)
@pytest.mark.usefixtures("unseen")
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_run_that_is_ended_takes_everything_with_it(
    engines: Engines, ending: signal.Signals, tmp_path: Path
) -> None:
    os.mkfifo(tmp_path / "up")
    program = 'docker run "$CASAHUB_TEST_IMAGE" sh -c "echo up; sleep 600" > up'
    with (
        subprocess.Popen(
            [ENGINES, "run", "bash", "-c", program], cwd=tmp_path, stdin=subprocess.DEVNULL
        ) as run,
        (tmp_path / "up").open() as up,
    ):
        assert up.readline() == "up\n"
        run.send_signal(ending)
        assert up.read() == ""  # when the last process that has it is gone
    if ending is signal.SIGKILL:  # nobody was left to remove its groups: the next run does
        assert engines.run("true", cwd=tmp_path).returncode == 0


@pytest.mark.parametrize(
    ("program", "script", "sentence"),
    [
        ("id", "echo 1000", "Docker's daemon needs root: run the tests as root."),
        (
            "unshare",
            "exit 1",
            "this machine does not let root make network, mount and process namespaces.",
        ),
    ],
)
def test_what_is_missing_is_named(program: str, script: str, sentence: str, tmp_path: Path) -> None:
    stub = tmp_path / program
    stub.write_text(f"#!/bin/sh\n{script}\n")
    stub.chmod(0o755)
    answer = subprocess.run(
        [ENGINES, "build"],
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, answer.stderr) == (IMPOSSIBLE, f"engines: {sentence}\n")
