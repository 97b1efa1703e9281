"""What a survey makes of what ZFS says: strictly, and in time that grows as it does."""

import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest
from zfs_provisioner.model import (
    CheckpointKind,
    DatasetName,
    Owner,
    ReleaseName,
    Workspace,
    WorkspaceId,
    WorkspaceSpec,
    WorkspaceState,
)
from zfs_provisioner.naming import format_checkpoint
from zfs_provisioner.storage import zfs_command, zfs_records
from zfs_provisioner.storage.libzfs_core import LibZfsCore
from zfs_provisioner.storage.zfs_cli import ZfsCli
from zfs_provisioner.storage.zfs_command import Reason, ZfsError
from zfs_provisioner.storage.zfs_index import Found, Index
from zfs_provisioner.storage.zfs_labels import Labels
from zfs_provisioner.storage.zfs_listing import by_command, by_program
from zfs_provisioner.storage.zfs_mounts import Mounts
from zfs_provisioner.storage.zfs_names import Tree
from zfs_provisioner.storage.zfs_survey import Surveys

TREE = Tree("tank/casahub")
NOW = datetime(2026, 1, 2, tzinfo=UTC)
PLAIN = "".join(map(chr, range(32, 127))).replace("%", "")  # what a program writes as it is
Of = Callable[["Trash"], Surveys]


class Trash:
    """Workspaces in trash as ZFS describes them: lines by filesystem, each with a checkpoint."""

    def __init__(self, number: int) -> None:
        self.lines = {each: [line(each, 1, "0")] for each in (TREE.ws, TREE.trash)}
        for guid in range(1, number + 1):
            made = workspace(guid)
            wid = TREE.live(made.spec.owner, made.id).wid
            name = TREE.trashed(wid, guid).filesystem
            checkpoint = format_checkpoint(CheckpointKind.FINAL, NOW, 1)
            self.lines[name] = [
                line(name, guid, "0", zfs_records.dump_workspace(made)),
                line(f"{name}@{checkpoint}", guid + number, "-"),
            ]

    def listed(self, *command: str) -> str:
        """Answer `zfs list` and `zfs get`."""
        if command[1] == "get":
            return "1\n2\n"
        return "".join(f"{each}\n" for lines in self.lines.values() for each in lines)


class Programs(LibZfsCore):
    """The library, whose programs find some trash."""

    def __init__(self, trash: Trash, most: int = 10**6) -> None:
        self.trash, self.most = trash, most

    def ask(self, pool: str, script: str, argument: str) -> str:
        assert pool == TREE.pool
        if "child" in script and "LABEL" not in script:
            return "\n".join(["3", *[each for each in self.trash.lines if each.count("/") > 2]])
        names = [name for each in argument.split("\n") if (name := each[1:]) in self.trash.lines]
        if len(names) > self.most:
            raise ZfsError(Reason.OTHER, "program", "too much")
        return "\n".join(encoded(each) for name in names for each in self.trash.lines[name])


def line(name: str, guid: int, number: str, label: str = "-") -> str:
    holds = "0" if "@" in name else "-"
    numbers = [number] * 4
    return "\t".join([name, str(guid), *numbers, "-", holds, "-", "-", label])


def encoded(text: str) -> str:
    *fields, label = text.split("\t")
    return "\t".join([*fields, quote(label, safe=PLAIN), "-"])


def workspace(number: int) -> Workspace:
    return Workspace(
        id=WorkspaceId(str(uuid.UUID(int=number))),
        spec=WorkspaceSpec(
            owner=Owner(f"user{number % 50}"),
            dataset=DatasetName("obs"),
            release=ReleaseName("1"),
            name="A test",
        ),
        state=WorkspaceState.TRASHED,
        created=NOW,
        path="",
        trashed=NOW,
    )


class NoMounts(Mounts):
    """Places, of which none is a mount: making a real one needs root."""

    def __init__(self) -> None:
        pass

    def place(self, shelf: str, wid: str) -> Path:
        return Path("/nowhere", shelf, wid)


def surveys(change: ZfsCli | LibZfsCore) -> Surveys:
    labels = Labels(TREE, NoMounts(), change)
    return Surveys(TREE, labels, Index(lambda: Found([], [])), change)


@pytest.fixture(params=["command", "program"])
def of(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Of:
    """What surveys some trash, each way in which it is read."""

    def made(trash: Trash) -> Surveys:
        if request.param == "program":
            return surveys(Programs(trash))
        monkeypatch.setattr(zfs_command, "run", trash.listed)
        return surveys(ZfsCli())

    return made


def test_both_ways_find_the_same(of: Of) -> None:
    found = of(Trash(3)).survey()
    assert [each.workspace.id for each in found.residents] == [workspace(n).id for n in (1, 2, 3)]
    assert [each.identity for each in found.residents] == [1, 2, 3]
    assert [each.checkpoints[0].identity for each in found.residents] == [4, 5, 6]
    assert (found.odd, found.size) == ((), 3)


def test_a_survey_of_ten_times_as_many_takes_no_more_than_its_share(of: Of) -> None:
    few = taken(of(Trash(2_000)))
    many = taken(of(Trash(20_000)))
    assert many < 3 * 10 * few


def taken(wanted: Surveys) -> float:
    started = time.process_time()
    wanted.survey()
    return time.process_time() - started


def test_what_is_too_much_for_a_program_is_asked_in_parts() -> None:
    assert len(surveys(Programs(Trash(9), most=2)).survey().residents) == 9
    with pytest.raises(ZfsError, match="too much"):
        surveys(Programs(Trash(9), most=0)).survey()


def test_a_workspace_that_moved_meanwhile_is_found_by_its_new_name() -> None:
    trash = Trash(3)
    change = Programs(trash)
    names = list(trash.lines)
    ask = change.ask

    def moving(pool: str, script: str, argument: str) -> str:
        answer = ask(pool, script, argument)
        if names[-1] in trash.lines:  # after its name was told
            trash.lines[names[-1]] = []
            moved = workspace(3)
            live = TREE.live(moved.spec.owner, moved.id).filesystem
            trash.lines[live] = [line(live, 3, "0", zfs_records.dump_workspace(moved))]
            del trash.lines[names[-1]]
        return answer

    change.ask = moving  # type: ignore[method-assign]
    found = surveys(change).survey()
    assert [each.identity for each in found.residents] == [1, 2, 3]


GOOD = encoded(line("tank/casahub/trash/x", 1, "0"))


@pytest.mark.parametrize(
    "answer",
    [
        "rubbish",
        GOOD + "\n" + GOOD,
        GOOD.replace("\t1\t", "\tone\t"),
        GOOD.replace("\t0\t", "\t-\t", 1),
        GOOD.partition("\t")[2],
        GOOD.replace("trash/x", "trash/other"),
        GOOD.replace("tank/casahub/trash/x", ""),
    ],
)
def test_a_strange_answer_is_none(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ZfsError, match="unexpected answer"):
        by_program(answer, ["tank/casahub/trash/x"])
    monkeypatch.setattr(zfs_command, "run", lambda *_: f"{answer}\n")
    with pytest.raises(ZfsError, match="unexpected answer"):
        by_command(["tank/casahub/trash/x"])


def test_what_is_gone_is_left_out_by_a_program_and_missed_in_a_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert by_program("", ["tank/casahub/trash/x"]) == []
    monkeypatch.setattr(zfs_command, "run", lambda *_: "")
    with pytest.raises(ZfsError, match="unexpected answer"):
        by_command(["tank/casahub/trash/x"])


def test_a_guid_and_what_is_no_plain_text_come_back() -> None:
    text = "a/b\t-1\t1\t2\t3\t4\tc@d\t-\t-\t-\t%7B%22%C3%BC%09%0A%25\t,x,y"
    (row,) = by_program(text, ["a/b"])
    assert (row.guid, row.label) == (2**64 - 1, '{"ü\t\n%')
    assert row.own == ("x", "y")
