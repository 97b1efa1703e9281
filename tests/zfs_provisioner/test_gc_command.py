"""`zfs-provisioner gc`, `keep` and `policy`, and what `serve` is told about collection."""

import asyncio
import io
import json
import re
import subprocess
import sys
import tomllib
import uuid
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests_service import import_observation, serving
from zfs_provisioner.__main__ import main
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.gc.policy import Policy

NOW = datetime.now(UTC)
# The disk of the machine that runs the tests may be full.
POLICY = """
[pressure]
warn = 0
shorten = 0
refuse = 0
page = 0
"""


def command(*arguments: str | Path, status: int = 0) -> str:
    """Run a command that ends with the status; return what it prints, or why it refuses.

    It runs in this process: starting Python takes longer than all that it does.
    """
    printed = io.StringIO()
    end: str | int | None = None
    argv, sys.argv = sys.argv, ["zfs-provisioner", *map(str, arguments)]
    try:
        with redirect_stdout(printed):
            main()
    except SystemExit as exit_:
        end = exit_.code
    finally:
        sys.argv = argv
    assert (1 if isinstance(end, str) else end or 0) == status, (end, printed.getvalue())
    return end if isinstance(end, str) else printed.getvalue()


class Place:
    """A root with workspaces whose records say that they are old, and its provisioner's socket."""

    def __init__(self, directory: Path) -> None:
        self.root, self.socket = directory / "root", directory / "p.sock"
        self.policy = directory / "policy.toml"
        self.policy.write_text(POLICY)
        self.ids: dict[str, str] = {}
        with serving(self.root, "--socket", self.socket):
            asyncio.run(self._fill(directory))
        self._age("[red]Idle", created=100)
        self._age("Soon", created=85)
        self._age("Odd", created=200)
        self._age("Trashed", trashed=40)
        (self._record("Odd").parent / "core").write_text("what a program left")

    async def _fill(self, directory: Path) -> None:
        async with ProvisionerClient(self.socket) as client:
            await import_observation(client, directory)
            for name, owner in (
                *(("[red]Idle", "alice"), ("Soon", "alice"), ("Odd", "bob")),
                *(("Used", "bob"), ("Trashed", "carol")),
            ):
                self.ids[name] = wid = str(uuid.uuid4())
                await client.create(wid, owner, dataset="obs", release="1", name=name)
            await client.lease(
                self.ids["Used"], "bob", holder="hub:bob/s", session="s", duration=timedelta(days=1)
            )
            await client.trash(self.ids["Trashed"], "carol")

    def _record(self, name: str) -> Path:
        [found] = [
            each
            for each in self.root.rglob("workspace.json")
            if json.loads(each.read_text())["id"] == self.ids[name]
        ]
        return found

    def _age(self, name: str, **days: int) -> None:
        """Set times of a workspace's record to so many days ago."""
        path = self._record(name)
        record = json.loads(path.read_text())
        record |= {key: (NOW - timedelta(days=ago)).isoformat() for key, ago in days.items()}
        path.write_text(json.dumps(record))

    def gc(self, *options: str, status: int = 0) -> str:
        return command("gc", *options, "--socket", self.socket, status=status)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def groups(printed: str) -> dict[str, list[str]]:
    """Return the lines of each group by its heading, without its number and columns."""
    found = {}
    for block in printed.split("\n\n"):
        heading, *lines = block.splitlines()
        if match := re.fullmatch(r"(.*) \((\d+)\)", heading):
            assert len(lines) - 1 == int(match[2])
            found[match[1]] = lines[1:]
    return found


def test_a_plan_is_printed_and_then_done(place: Place) -> None:
    with serving(place.root, "--socket", place.socket, "--policy", place.policy):
        printed = place.gc()
        plan = groups(printed)
        assert list(plan) == ["Goes to trash now", "Comes", "Left alone"]
        [idle] = plan["Goes to trash now"]
        assert idle.startswith(f"alice  [red]Idle  {place.ids['[red]Idle'][:8]}  not used since")
        [trashed, soon] = plan["Comes"]
        assert "destroyed  carol  Trashed" in trashed
        assert soon.startswith(f"{NOW + timedelta(days=5):%Y-%m-%d}")
        [odd] = plan["Left alone"]
        assert odd.endswith("core is not a workspace's")
        assert "Now 1 to trash, 0 destroyed, checkpoints of 0: frees 0 bytes." in printed
        assert "% free: no pressure." in printed
        # A provisioner that has never looked gives people time.
        assert "STOPPED\n  ! nothing goes: There was no round for long" in printed
        assert "`zfs-provisioner gc --execute` makes one now." in printed
        assert place.gc("--execute", status=1).startswith("Nothing was done.\n\nSTOPPED\n")
        place.gc("--resume")
        done = place.gc("--execute")
        assert list(groups(done)) == ["Went to trash"]
        assert done.endswith("Done: 1, freed 0 bytes. Refused: 0.\n")
        assert list(groups(place.gc("--owner", "bob"))) == ["Left alone"]
        assert json.loads(place.gc("--execute", "--json")) == {"outcomes": [], "stops": []}
        found = json.loads(place.gc("--json"))
        assert (found["actions"], len(found["left"])) == ([], 1)


def test_a_pause_and_what_ends_it(place: Place) -> None:
    with serving(place.root, "--socket", place.socket, "--policy", place.policy):
        place.gc("--resume")
        place.gc("--pause", "[bold]the array moves")
        assert "! nothing goes: Paused: [bold]the array moves\n" in place.gc("--execute", status=1)
    with serving(place.root, "--socket", place.socket, "--policy", place.policy):
        assert "! nothing goes: Paused: [bold]the array moves\n" in place.gc()
        place.gc("--resume")
        assert "STOPPED" not in place.gc()


def test_what_becomes_of_one_is_explained(place: Place) -> None:
    with serving(place.root, "--socket", place.socket, "--policy", place.policy):
        place.gc("--resume")
        idle = place.gc("--explain", place.ids["[red]Idle"][:10])
        assert idle.startswith("[red]Idle of alice, obs@1, live\n")
        assert re.search(r"comes: +to trash now\n +because: +not used since", idle)
        assert "in use or too new" in place.gc("--explain", place.ids["Used"])
        assert "leased:     to hub:bob/s until" in place.gc("--explain", place.ids["Used"])
        assert re.search("left alone: /.*core is not", place.gc("--explain", place.ids["Odd"]))
        place.gc("--pause", "a look at it")
        gone = place.gc("--explain", place.ids["Trashed"].upper()[:10], "--owner", "carol")
        assert re.search(r"comes: +destroyed .* UTC\n +because: +in trash since", gone)
        assert "stopped:    Paused: a look at it" in gone
        told = json.loads(place.gc("--explain", place.ids["Soon"], "--json"))
        assert told["fate"]["kind"] == "trash"
        wrong = place.gc("--explain", place.ids["Soon"], "--owner", "bob", status=1)
        assert wrong.startswith("zfs-provisioner: No workspace of bob has an id that begins with")
        assert "Several ids begin with ''" not in place.gc("--explain", "", status=1)


def test_what_is_kept_does_not_go(place: Place) -> None:
    with serving(place.root, "--socket", place.socket, "--policy", place.policy):
        wid = place.ids["[red]Idle"]
        day = f"{NOW + timedelta(days=300):%Y-%m-%d}"
        to = ("--socket", place.socket)
        assert command("keep", wid[:10], "--until", day, *to) == (
            f"'[red]Idle' of alice is kept until {day} 00:00 UTC.\n"
        )
        assert "Goes to trash now" not in place.gc()
        assert f"kept:       until {day} 00:00 UTC" in place.gc("--explain", wid)
        too_far = command("keep", wid, "--until", "2999-01-01", *to, status=1)
        assert "zfs-provisioner: A workspace is kept for 730 days at most" in too_far
        assert "no longer than others" in command("keep", wid, "--no-longer", *to)
        assert "Goes to trash now" in place.gc()
        assert "either --until DATE or" in command("keep", wid, *to, status=1)


def test_a_source_that_should_report_and_is_silent(place: Place) -> None:
    options = ("--socket", place.socket, "--policy", place.policy, "--expect-activity", "hub")
    with serving(place.root, *options, "--no-collection"):
        place.gc("--resume")
        assert "! not to trash: No report of activity from hub for 1 hour" in place.gc()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--execute", "--explain", "3f"], "--execute and --explain do not go together"),
        (["--pause", "why", "--resume"], "--pause and --resume do not go together"),
        (["--allow-many"], "--allow-many goes with --execute."),
        (["--execute", "--owner", "alice"], "--execute is about all owners"),
        (["--resume", "--json"], "--resume has nothing to print"),
        ([], "Name either --socket FILE or --url URL"),
    ],
)
def test_options_that_do_not_go_together(options: list[str], sentence: str) -> None:
    assert command("gc", *options, status=1).startswith(f"zfs-provisioner: {sentence}")


def test_the_printed_policy_is_the_default_one(tmp_path: Path) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "zfs_provisioner", "policy"],
        check=True,
        capture_output=True,
        text=True,
    )
    default = told.stdout
    assert Policy.model_validate(tomllib.loads(default)) == Policy()
    assert {f"[{each}]" for each in Policy.model_fields} <= set(default.split())
    file = tmp_path / "policy.toml"
    file.write_text('[trash]\nper_owner = "50 GB"\n')
    checked = tomllib.loads(command("policy", file))
    assert (checked["trash"]["per_owner"], checked["trash"]["time"]) == (50_000_000_000, "30 days")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[workspaces]\nidle = "a while"', "workspaces.idle: "),
        ("[workspaces]\nidel = 1", "workspaces.idel: "),
        ('[workspaces]\nidle = "999999 weeks"', "workspaces.idle: "),
        ('[trash]\nfloor = "1 minute"', "trash.floor must be an hour at least"),
        ('[safety]\nabsence = "1 hour"', "safety.absence must be longer than safety.every"),
        ("[pressure]\nwarn = 1", "must descend"),
        ("[checkpoints]\nladder = ['1 hour']", "checkpoints.ladder.0: "),
        ("trash", "is not TOML"),
        ("\udcff", "is not TOML"),
    ],
)
def test_a_bad_policy_refuses_the_start(tmp_path: Path, text: str, sentence: str) -> None:
    file = tmp_path / "policy.toml"
    file.write_bytes(text.encode(errors="surrogateescape"))
    serve = ("serve", "--root", tmp_path / "root", "--socket", tmp_path / "p.sock")
    for wanted in (("policy", file), (*serve, "--policy", file)):
        refused = command(*wanted, status=1)
        assert refused.startswith(f"zfs-provisioner: The policy {file} ")
        assert sentence in refused
    assert not (tmp_path / "root").exists()
