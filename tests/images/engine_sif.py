"""The notebook as a file for Apptainer, as root and as somebody whom the image does not know."""

import json
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

SIF = os.environ.get("CASAHUB_TEST_SIF", "")


def apptainer(verb: str, *words: str, user: str = "root") -> str:
    """Run Apptainer as this user and return what it prints; fail with all that it says."""
    account = pwd.getpwnam(user)
    answer = subprocess.run(
        ["apptainer", "--silent", verb, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        user=account.pw_uid,
        group=account.pw_gid,
        extra_groups=[],
        env={**os.environ, "HOME": account.pw_dir},
    )
    assert answer.returncode == 0, f"{answer.stdout}\n{answer.stderr}"
    return answer.stdout


@pytest.fixture
def vera() -> Iterator[Path]:
    """The home of a person of this machine, who is gone with the lab's namespaces."""
    with TemporaryDirectory(prefix="casahub-vera-") as home:
        subprocess.run(["useradd", "--home-dir", home, "vera"], check=True)
        shutil.chown(home, "vera", "vera")
        yield Path(home)
        subprocess.run(["userdel", "vera"], check=True)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("user", ["root", "vera"])
def test_casa_is_well_in_it(user: str, vera: Path) -> None:
    shutil.chown(vera, user)  # root has no power over others' files there
    words = ["--containall", f"--home={vera}", SIF, "casa-kernel", "doctor", "--json"]
    checks = json.loads(apptainer("exec", *words, user=user))
    # That the tables of the Earth's rotation end is known, and that Apptainer's /tmp is small.
    known = {"tables", "disk"}
    assert [each for each in checks if each["verdict"] != "ok" and each["name"] not in known] == []


def test_it_tests_itself() -> None:
    apptainer("test", "--containall", SIF)


def test_it_says_what_it_is_and_how_it_is_used() -> None:
    assert "casa-kernel doctor" in apptainer("run-help", SIF)
    labels = json.loads(apptainer("inspect", "--json", "--labels", SIF))
    labels = labels["data"]["attributes"]["labels"]
    assert labels["org.opencontainers.image.title"] == "casahub notebook"


def test_running_it_is_the_hubs_server() -> None:
    assert apptainer("run", "--containall", SIF, "--version").strip()
