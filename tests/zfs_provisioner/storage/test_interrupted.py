"""Whatever is interrupted is whole or not there after the next start."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from tests_provisioner import Clock, Mount, Site, silent, wanted
from zfs_provisioner.errors import StorageFullError
from zfs_provisioner.model import DatasetName, Progress
from zfs_provisioner.storage.directory import DirectoryStorage


class Interrupt(BaseException):
    """Like a kill: no handler of errors sees it as one."""


def interrupting(_progress: Progress) -> None:
    raise Interrupt


def hidden(root: Path) -> list[str]:
    return [path.name for path in root.rglob(".*") if path.name != ".lock"]


def test_an_interrupted_import_leaves_nothing(
    site: Site, plain: Path, source: Path, clock: Clock
) -> None:
    asked = replace(wanted(clock), dataset=DatasetName("other"))
    with pytest.raises(Interrupt):
        site.storage.import_release(asked, source, interrupting)
    assert [each.name for each in site.storage.datasets()] == ["obs"]
    assert hidden(plain) == []


KILLED = """
import datetime, sys
from pathlib import Path
from zfs_provisioner.model import DatasetInfo, DatasetName, NewRelease, ReleaseName
from zfs_provisioner.storage.directory import DirectoryStorage
def report(progress):
    if progress.done:
        print("copying", flush=True)
        sys.stdin.read()
wanted = NewRelease(
    dataset=DatasetName("killed"), name=ReleaseName("1"), info=DatasetInfo(title="t"),
    created=datetime.datetime.now(datetime.UTC))
DirectoryStorage(Path(sys.argv[1])).import_release(wanted, Path(sys.argv[2]), report)
"""


def test_a_process_killed_while_it_copies_leaves_an_archive_that_works(
    site: Site, plain: Path, source: Path
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(plain), str(source)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"copying\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert hidden(plain) != []
    again = DirectoryStorage(plain)
    assert len(again.reconcile()) == 1
    assert hidden(plain) == []
    assert [each.name for each in again.datasets()] == ["obs"]


def test_a_full_disk_is_said_in_a_sentence_and_leaves_nothing(
    mount: Mount, source: Path, clock: Clock
) -> None:
    root = mount("tmpfs", "1M") / "root"
    root.mkdir()
    storage = DirectoryStorage(root)
    (source / "large").write_bytes(os.urandom(2_000_000))
    with pytest.raises(StorageFullError, match=r"2 MB are needed .* Free space"):
        storage.import_release(wanted(clock), source, silent)
    assert storage.datasets() == []
    assert hidden(root) == []
    (source / "large").unlink()
    storage.import_release(wanted(clock), source, silent)
    assert len(storage.datasets()) == 1
