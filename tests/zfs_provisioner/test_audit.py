"""The audit log: a line for every change, whatever happens to the file."""

import json
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from tests_provisioner import Clock
from tests_service import json_lines
from zfs_provisioner.audit import AuditLog
from zfs_provisioner.calls import CALL, Call, Peer
from zfs_provisioner.journal import Event, Verb
from zfs_provisioner.model import Owner


@pytest.fixture
def event(clock: Clock) -> Event:
    return Event(
        at=clock(), verb=Verb.TRASHED, subject="w-1", owner=Owner('al"ice\n'), detail="final-1"
    )


@pytest.fixture
def outcomes() -> list[bool]:
    return []


@pytest.fixture
def log(tmp_path: Path, outcomes: list[bool]) -> AuditLog:
    return AuditLog(tmp_path / "audit.jsonl", outcomes.append)


def test_a_line_says_what_happened_and_who_asked(
    tmp_path: Path, log: AuditLog, event: Event, outcomes: list[bool]
) -> None:
    peer = Peer(address="192.0.2.1:5000", token="abcdef")
    before = CALL.set(Call(request_id="r-1", peer=peer))
    log.write(event)
    CALL.reset(before)
    log.close()
    path = tmp_path / "audit.jsonl"
    assert json_lines(path) == [
        {
            "time": "2026-01-02T03:04:05+00:00",
            "verb": "trashed",
            "subject": "w-1",
            "owner": 'al"ice\n',
            "detail": "final-1",
            "request_id": "r-1",
            "peer": "192.0.2.1:5000 token=abcdef",
        }
    ]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert outcomes == [True]


def test_it_goes_on_in_a_new_file_after_a_rotation_and_a_removal(
    tmp_path: Path, log: AuditLog, event: Event
) -> None:
    path = tmp_path / "audit.jsonl"
    for subject, change in (
        ("1", lambda: path.rename(tmp_path / "audit.jsonl.1")),
        ("2", path.unlink),
        ("3", lambda: None),
        ("4", lambda: None),
    ):
        log.write(replace(event, subject=subject))
        change()
    log.close()
    assert [each["subject"] for each in json_lines(tmp_path / "audit.jsonl.1")] == ["1"]
    assert [each["subject"] for each in json_lines(path)] == ["3", "4"]


def test_a_new_run_appends(tmp_path: Path, log: AuditLog, event: Event) -> None:
    log.write(event)
    log.close()
    again = AuditLog(tmp_path / "audit.jsonl", lambda _written: None)
    again.write(event)
    again.close()
    assert len(json_lines(tmp_path / "audit.jsonl")) == 2


def test_lines_of_many_threads_do_not_mix(tmp_path: Path, log: AuditLog, event: Event) -> None:
    long = replace(event, detail="x" * 5000)

    def write() -> None:
        for _ in range(50):
            log.write(long)

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log.close()
    lines = (tmp_path / "audit.jsonl").read_text().splitlines()
    assert len(lines) == 400
    assert all(json.loads(line)["detail"] == long.detail for line in lines)


def test_a_line_that_cannot_be_written_is_counted_and_fails_nothing(
    event: Event, outcomes: list[bool]
) -> None:
    log = AuditLog(Path("/dev/full"), outcomes.append)
    log.write(event)
    assert outcomes == [False]
