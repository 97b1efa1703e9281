import contextlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests_bootstrap import ROOT, bootstrap_of, copy_of_checkout, interpreters


@pytest.mark.parametrize("minor", range(6, 11))
def test_a_python_that_is_too_old_gets_one_sentence(minor: int, tmp_path: Path) -> None:
    found = interpreters(minor)
    if not found:
        pytest.skip(f"Python 3.{minor} is not on this machine")
    checkout = copy_of_checkout(tmp_path)
    command = [str(found[0]), str(checkout / "bootstrap.py"), "run"]
    answer = subprocess.run(command, check=False, capture_output=True, text=True)
    assert answer.returncode == 1
    assert answer.stdout == ""
    (sentence,) = answer.stderr.strip().splitlines()
    assert sentence.startswith("casahub: Python 3.11 to 3.13 is needed")
    assert "make PYTHON=" in sentence
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize(("system", "machine"), [("Linux", "aarch64"), ("Darwin", "x86_64")])
def test_a_machine_without_wheels_of_casa_is_refused(
    system: str, machine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap = bootstrap_of(ROOT)
    monkeypatch.setattr(bootstrap.platform, "system", lambda: system)
    monkeypatch.setattr(bootstrap.platform, "machine", lambda: machine)
    with pytest.raises(bootstrap.InstallError, match=f"this is {system} on {machine}"):
        bootstrap.refuse_unsupported_machine()


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("ENOSPC: no space left on device, write", "The disk is full"),
        ("[Errno 28] No space left on device", "The disk is full"),
        ("OSError: [Errno 122] Disk quota exceeded", "The disk is full"),
        ("error: failed to lookup address: Temporary failure in name resolution", "network"),
        ("npm error code EAI_AGAIN", "network"),
        ("NewConnectionError: [Errno 101] Network is unreachable", "network"),
        ("SSLError(certificate verify failed: self signed certificate)", "PIP_CERT"),
        ("invalid peer certificate: UnknownIssuer", "PIP_CERT"),
    ],
)
def test_known_trouble_is_told_with_its_remedy(said: str, remedy: str) -> None:
    bootstrap = bootstrap_of(ROOT)
    with pytest.raises(bootstrap.InstallError, match=remedy):
        bootstrap.run(["sh", "-c", f"echo '{said}' >&2; exit 1"])


def test_unknown_trouble_is_told_with_what_the_program_said() -> None:
    bootstrap = bootstrap_of(ROOT)
    with pytest.raises(bootstrap.InstallError, match=r"`sh .*` failed.*\n  the moon is full"):
        bootstrap.run(["sh", "-c", "echo the moon is full; exit 3"])


def test_a_command_that_succeeds_is_silent(capfd: pytest.CaptureFixture[str]) -> None:
    bootstrap_of(ROOT).run(["sh", "-c", "echo added 163 packages; echo a warning >&2"])
    assert capfd.readouterr() == ("", "")


def test_an_ordinary_user_is_told_which_system_packages_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bootstrap = bootstrap_of(ROOT)
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000)
    with pytest.raises(bootstrap.InstallError, match=r"sudo apt-get install .*python3\.11-venv"):
        bootstrap.ensure_system_packages(["python3.11-venv"], "it creates virtual environments")


def test_a_missing_lab_does_not_keep_the_other_tests_from_running(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    bootstrap = bootstrap_of(ROOT)
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(bootstrap, "LAB", {"sh": "sh", "moonfs-progs": "mkfs.moonfs"})
    bootstrap.ensure_lab()
    (sentence,) = capfd.readouterr().err.strip().splitlines()
    assert "moonfs-progs`." in sentence
    assert sentence.endswith("the tests that use them are skipped.")


@pytest.mark.skipif(not shutil.which("dpkg-query"), reason="no dpkg-query here")
def test_packages_of_the_lab_that_are_installed_are_left_alone(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    bootstrap = bootstrap_of(ROOT)
    query = ["dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n", *bootstrap.LAB]
    states = subprocess.run(query, check=False, capture_output=True, text=True).stdout.splitlines()
    here = [
        name
        for name, _space, state in (each.partition(" ") for each in states)
        if state == "installed"
    ]
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(bootstrap, "LAB", {name: bootstrap.LAB[name] for name in here})
    bootstrap.ensure_lab()
    assert capfd.readouterr().err == ""


def test_a_checkout_of_somebody_else_is_refused_without_a_traceback(tmp_path: Path) -> None:
    checkout = copy_of_checkout(tmp_path)
    (checkout / ".venv.lock").mkdir()  # cannot be opened, not even by root
    command = [sys.executable, str(checkout / "bootstrap.py"), "run"]
    answer = subprocess.run(command, check=False, capture_output=True, text=True)
    assert answer.returncode == 1
    (sentence,) = answer.stderr.strip().splitlines()
    assert sentence.startswith(f"casahub: {checkout / '.venv.lock'}: Is a directory.")


def test_a_failure_before_the_first_package_leaves_the_environment_whole(tmp_path: Path) -> None:
    bootstrap = bootstrap_of(copy_of_checkout(tmp_path))
    packages = tmp_path / ".venv" / "lib" / "python3" / "site-packages"
    packages.mkdir(parents=True)
    bootstrap.WHOLE.write_text(bootstrap.place())
    with contextlib.suppress(bootstrap.InstallError), bootstrap.whole_afterwards():
        assert not bootstrap.WHOLE.exists()
        raise bootstrap.InstallError
    assert bootstrap.WHOLE.read_text() == bootstrap.place()
    with contextlib.suppress(KeyboardInterrupt), bootstrap.whole_afterwards():
        (packages / "half").mkdir()
        raise KeyboardInterrupt
    assert not bootstrap.WHOLE.exists()
