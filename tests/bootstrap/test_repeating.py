import fcntl
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests_bootstrap import ROOT, bootstrap_of, copy_of_checkout, pretend_installed


@pytest.mark.parametrize("group", ["dev", "run"])
def test_a_second_run_does_nothing_and_needs_no_network(group: str) -> None:
    if not bootstrap_of(ROOT).satisfied("dev"):
        pytest.skip("this environment was not installed by this bootstrap.py: run make test")
    offline = ["unshare", "-n"] if os.geteuid() == 0 and shutil.which("unshare") else []
    command = [*offline, sys.executable, str(ROOT / "bootstrap.py"), group]
    started = time.monotonic()
    answer = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")
    assert time.monotonic() - started < 10  # 0.1 s where nothing else runs


def test_tests_cover_running_but_not_the_other_way_round(tmp_path: Path) -> None:
    checkout = copy_of_checkout(tmp_path)
    pretend_installed(checkout, "dev")
    bootstrap = bootstrap_of(checkout)
    assert bootstrap.satisfied("run")
    bootstrap.stamp("run").write_text(bootstrap.fingerprint("run"))
    bootstrap.stamp("dev").unlink()
    assert bootstrap.satisfied("run")
    assert not bootstrap.satisfied("dev")


@pytest.mark.parametrize(
    "changed",
    [
        "locks/run.txt",
        "locks/installer.txt",
        "locks/node.txt",
        "platform/pyproject.toml",
        "platform/proxy/package-lock.json",
        "bootstrap.py",
    ],
)
def test_a_changed_input_is_installed(changed: str, tmp_path: Path) -> None:
    checkout = copy_of_checkout(tmp_path)
    pretend_installed(checkout, "run")
    assert bootstrap_of(checkout).satisfied("run")
    with (checkout / changed).open("a") as file:
        file.write("\n")
    assert not bootstrap_of(checkout).satisfied("run")


@pytest.mark.parametrize("lost", ["bin/python", "bin/node", "bin/casahub", ".casahub-whole"])
def test_a_broken_environment_is_mended(lost: str, tmp_path: Path) -> None:
    checkout = copy_of_checkout(tmp_path)
    pretend_installed(checkout, "run")
    (checkout / ".venv" / lost).unlink()
    assert not bootstrap_of(checkout).satisfied("run")


def test_a_moved_checkout_is_installed_anew(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    pretend_installed(copy_of_checkout(here), "run")
    here.rename(there)
    assert not bootstrap_of(there).satisfied("run")


def test_the_second_of_two_waits_and_says_so(tmp_path: Path) -> None:
    checkout = copy_of_checkout(tmp_path)
    code = "import bootstrap\nwith bootstrap.one_at_a_time(): print('mine')"
    with (checkout / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = subprocess.Popen(
            [sys.executable, "-c", code], cwd=checkout, stdout=subprocess.PIPE, text=True
        )
        assert second.stdout is not None
        assert second.stdout.readline() == (
            "casahub: another make is installing here; waiting for it\n"
        )
        assert second.poll() is None
    rest, _none = second.communicate(timeout=20)
    assert rest == "mine\n"
