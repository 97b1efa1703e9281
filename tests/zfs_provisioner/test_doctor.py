"""What `zfs-provisioner doctor` says of a machine; ZFS's words are those of OpenZFS 2.3."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests_provisioner import Mount
from tests_service import serving
from zfs_provisioner.doctor import Answer, Finding, ask, examine_directory, examine_zfs

DOCTOR = [sys.executable, "-m", "zfs_provisioner", "doctor"]
VERSION = Answer(0, "zfs-2.3.2-2\nzfs-kmod-2.3.2-2")


class Machine:
    """Answers by the command's first two words."""

    def __init__(self, **answers: Answer) -> None:
        self._answers = {"zfs_version": VERSION, **answers}

    def __call__(self, command: Sequence[str]) -> Answer:
        return self._answers["_".join(command[:2])]


def finding(findings: list[Finding], what: str) -> Finding:
    [found] = [each for each in findings if each.what == what]
    return found


def test_a_machine_with_zfs() -> None:
    machine = Machine(
        zpool_list=Answer(0, "ONLINE\t4000000000\t3000000000"),
        zfs_get=Answer(0, "1234567890"),
    )
    findings = examine_zfs("tank/casahub", machine)
    assert finding(findings, "zfs").sentence == (
        "zfs-2.3.2-2 with the kernel module zfs-kmod-2.3.2-2."
    )
    assert "online; 3.0 GB of 4.0 GB are free" in finding(findings, "pool").sentence
    assert "guid 1234567890" in finding(findings, "root").sentence
    assert all(each.good for each in findings if each.needed)


@pytest.mark.parametrize(
    ("answers", "what", "needed", "words"),
    [
        ({"zfs_version": Answer(None, "there is no `zfs` here")}, "zfs", True, "zfsutils-linux"),
        ({"zfs_version": Answer(1, "zfs-2.3.2-2\nopen failed")}, "zfs", True, "modprobe zfs"),
        ({"zpool_list": Answer(0, "DEGRADED\t4\t3")}, "pool", False, "zpool status tank"),
        ({"zpool_list": Answer(0, "SUSPENDED\t4\t3")}, "pool", True, "suspended"),
        ({"zpool_list": Answer(1, "no such pool")}, "pool", True, "no such pool"),
        ({"zpool_list": Answer(None, "`zpool list` did not answer")}, "pool", True, "not answer"),
        ({"zpool_list": Answer(0, "rubbish")}, "pool", True, "rubbish"),
        ({"zfs_get": Answer(1, "dataset does not exist")}, "root", True, "zfs create tank/x"),
    ],
)
def test_what_is_missing_is_said_with_its_remedy(
    answers: dict[str, Answer], what: str, needed: bool, words: str
) -> None:
    healthy = {"zpool_list": Answer(0, "ONLINE\t4\t3"), "zfs_get": Answer(0, "1")}
    found = finding(examine_zfs("tank/x", Machine(**(healthy | answers))), what)
    assert (found.good, found.needed) == (False, needed)
    assert words in found.sentence


def test_a_machine_without_zfs_can_do_without() -> None:
    machine = Machine(zfs_version=Answer(None, "there is no `zfs` here"))
    assert not any(each.needed for each in examine_zfs(None, machine))


def test_commands_that_are_missing_or_fail_are_answers() -> None:
    assert ask(["no-such-command-here"]) == Answer(None, "there is no `no-such-command-here` here")
    assert ask(["sh", "-c", "echo rubbish >&2; exit 3"]) == Answer(3, "rubbish")


def test_directories_by_what_their_filesystem_can_do(tmp_path: Path, mount: Mount) -> None:
    [found] = examine_directory(mount("btrfs", "200M") / "to" / "come")
    assert found.good
    assert "btrfs subvolume" in found.sentence


def test_alone_and_with_a_provisioner(tmp_path: Path) -> None:
    socket = tmp_path / "p.sock"
    alone = subprocess.run(
        [*DOCTOR, "--root", tmp_path, "--json"], check=True, capture_output=True, text=True
    )
    assert [each["what"] for each in json.loads(alone.stdout)] == [
        *("directory", "zfs", "libzfs_core"),
    ]
    with serving(tmp_path / "root", "--socket", socket):
        running = subprocess.run(
            [*DOCTOR, "--root", tmp_path, "--socket", socket],
            check=True,
            capture_output=True,
            text=True,
        )
    assert f"✓ The provisioner of {tmp_path}/root is ready: directory on" in running.stdout
    stopped = subprocess.run(
        [*DOCTOR, "--socket", socket], check=False, capture_output=True, text=True
    )
    assert stopped.returncode == 1
    assert "✗ The provisioner does not answer" in stopped.stdout
