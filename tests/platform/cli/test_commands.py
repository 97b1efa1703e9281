"""One story of an operator and an admin at the command line, told in order."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from casahub.cli import app
from tests_command import Command
from typer.testing import CliRunner

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("", "Workspaces and notebooks with CASA, beside the archive."),
        ("up", "Run the site on this machine until Ctrl-C."),
        ("doctor", "Say what this machine can do, and what is missing."),
        ("archive", "Datasets and their releases."),
        ("archive add", "Copy a directory into the archive as a new release"),
        ("archive list", "List datasets with their releases."),
        ("archive verify", "Read releases again and compare"),
        ("workspace", "Workspaces of all users."),
        ("workspace list", "List workspaces, those in trash too."),
        ("workspace create", "Make a workspace for a user."),
        ("workspace checkpoint", "Keep a workspace's present content as a checkpoint."),
        ("workspace checkpoints", "List a workspace's checkpoints."),
        ("workspace restore", "Bring a checkpoint's content back"),
        ("workspace branch", "Make another workspace that begins with a checkpoint"),
        ("workspace changes", "Show which files changed since a checkpoint"),
        ("workspace publish", "Make a checkpoint's content a release of the archive"),
        ("workspace quota", "Say how much a user's changes and checkpoints take"),
        ("archive retire", "Offer a release no longer"),
        ("archive reinstate", "Offer a retired release again."),
        ("workspace trash", "Put a workspace into trash"),
        ("workspace keep", "Keep a workspace from going to trash until a date"),
        ("workspace undelete", "Bring a workspace back from trash."),
        ("sessions", "List sessions with their leases, and say what is lost"),
    ],
)
def test_each_command_explains_itself(command: str, said: str) -> None:
    done = CliRunner().invoke(app, [*command.split(), "--help"])
    assert done.exit_code == 0
    assert said in re.sub(r"[\s│]+", " ", done.output)


def test_an_empty_site_says_how_to_go_on(casahub: Command) -> None:
    assert "add a dataset with `casahub archive add NAME DIRECTORY`" in casahub("archive", "list")
    assert "There is no workspace yet" in casahub("workspace", "list")
    assert casahub("archive", "verify") == "The archive is empty.\n"
    assert casahub.json("archive", "list") == []
    assert casahub.json("workspace", "list") == []


def test_a_directory_becomes_a_release(casahub: Command, observation: Path) -> None:
    made = casahub.json("archive", "add", "obs@2026-01", str(observation), "--title", "[Obs] one")
    assert (made["dataset"], made["name"], made["files"]) == ("obs", "2026-01", 1)
    said = casahub("archive", "add", "obs", str(observation), "--observed", "1995-04-13")
    this_month = datetime.now(UTC).strftime("%Y-%m")
    assert said == f"Added obs@{this_month}: 1 files, 12.0 kB.\n"


def test_the_archive_is_listed_and_verified(casahub: Command) -> None:
    [dataset] = casahub.json("archive", "list")
    assert [each["name"] for each in dataset["releases"]][-1] == "2026-01"
    assert (dataset["info"]["title"], dataset["info"]["observed"]) == ("[Obs] one", "1995-04-13")
    assert re.search(r"obs@2026-01 +\[Obs\] one +12\.0 kB", casahub("archive", "list"))
    answers = casahub.json("archive", "verify")
    assert [each["intact"] for each in answers] == [True, True]
    assert casahub("archive", "verify", "obs@2026-01").split()[-2] == "intact"


def test_a_change_in_the_archive_is_found(casahub: Command) -> None:
    [table] = casahub.state.glob("storage/archive/obs/2026-01/tree/obs.ms/table.dat")
    before = table.read_bytes()
    table.chmod(0o600)
    table.write_bytes(b"x" + before[1:])
    done = casahub.run("archive", "verify")
    table.write_bytes(before)
    assert done.returncode == 1
    assert re.search(r"obs@2026-01 +CHANGED", done.stdout)
    assert done.stdout.count("intact") == 1


@pytest.fixture(scope="module")
def workspace(casahub: Command) -> str:
    """The id of a workspace whose name looks like markup."""
    made = casahub.json("workspace", "create", "obs@2026-01", "--user", "ada", "--name", "[/red] a")
    assert made["spec"] == {
        "owner": "ada",
        "dataset": "obs",
        "release": "2026-01",
        "name": "[/red] a",
        "branch": None,
    }
    return str(made["id"])


def test_a_workspace_is_listed_as_it_is_called(casahub: Command, workspace: str) -> None:
    shown = casahub("workspace", "list")
    assert re.search(rf"{workspace[:8]} +ada +\[/red\] a +obs@2026-01 +stopped", shown)
    assert [each["id"] for each in casahub.json("workspace", "list", "--user", "ada")] == [
        workspace
    ]
    assert casahub.json("workspace", "list", "--user", "ben") == []


def test_a_name_may_be_left_out(casahub: Command) -> None:
    assert re.fullmatch(rf"Made '\[Obs\] one' of ben, {UUID}\.\n", casahub(
        "workspace", "create", "obs", "--user", "ben"
    ))  # fmt: skip


def test_checkpoints_are_made_listed_and_restored(casahub: Command, workspace: str) -> None:
    assert casahub("workspace", "checkpoints", workspace) == (
        "The workspace has no checkpoint yet.\n"
    )
    made = casahub.json("workspace", "checkpoint", workspace[:8])
    assert made["kind"] == "user"
    [table] = casahub.state.glob("storage/ws/ada/*/live/obs.ms/table.dat")
    table.write_bytes(b"changed")
    restored = casahub("workspace", "restore", workspace, made["name"])
    assert restored == f"Restored '[/red] a' of ada, {workspace}.\n"
    assert table.read_bytes().startswith(b"visibilities")
    listed = casahub.json("workspace", "checkpoints", workspace)
    assert [each["kind"] for each in listed] == ["user", "auto"]
    assert made["name"] in casahub("workspace", "checkpoints", workspace)


def test_changes_are_shown_branched_and_published(casahub: Command, workspace: str) -> None:
    [table] = casahub.state.glob("storage/ws/ada/*/live/obs.ms/table.dat")
    point = casahub.json("workspace", "checkpoint", workspace)["name"]
    assert casahub("workspace", "changes", workspace, point) == "Nothing changed.\n"
    table.write_bytes(b"calibrated")
    (table.parent / "table.cal").write_bytes(b"gains")
    shown = casahub("workspace", "changes", workspace, point)
    assert re.search(r"added +obs.ms/table.cal +0 bytes +5 bytes", shown)
    assert "2 files changed, 15 bytes written." in shown
    few = casahub("workspace", "changes", workspace, point, "--limit", "1")
    assert "… and 1 more" in few
    casahub("workspace", "restore", workspace, point, "obs.ms/table.dat")
    assert table.read_bytes().startswith(b"visibilities")
    assert (table.parent / "table.cal").exists()
    branched = casahub.json("workspace", "branch", workspace, point, "--name", "Another way")
    assert branched["spec"]["branch"] == {"workspace": workspace, "checkpoint": point}
    casahub("workspace", "trash", branched["id"])
    said = casahub("workspace", "publish", workspace, point, "obs@again", "--title", "Once more")
    assert said == "Published obs@again: 1 files, 12.0 kB.\n"
    assert casahub.json("archive", "list")[0]["info"]["title"] == "Once more"


def test_a_release_is_retired_and_offered_again(casahub: Command, workspace: str) -> None:
    said = casahub("archive", "retire", "obs@2026-01")
    assert "Retired obs@2026-01" in said
    assert re.search(rf"{workspace} +ada", said)
    assert "obs@2026-01" not in casahub("archive", "list")
    assert re.search(r"obs@2026-01 .*20..-", casahub("archive", "list", "--retired"))
    make = ("workspace", "create", "obs@2026-01", "--user", "ada")
    assert "obs@2026-01 is retired since" in casahub.fails(*make)
    assert casahub("archive", "reinstate", "obs@2026-01") == "Offered again: obs@2026-01.\n"


def test_trash_and_back(casahub: Command, workspace: str) -> None:
    assert casahub.json("workspace", "trash", workspace)["state"] == "trashed"
    assert "in trash since 20" in casahub("workspace", "list")
    assert "is in trash: undelete it first" in casahub.fails("workspace", "checkpoint", workspace)
    back = casahub("workspace", "undelete", workspace)
    assert back == f"Back from trash: '[/red] a' of ada, {workspace}.\n"


def test_a_workspace_is_kept_and_the_list_says_when_it_goes(
    casahub: Command, workspace: str
) -> None:
    now = datetime.now(UTC)
    then = (now + timedelta(days=365)).strftime("%Y-%m-%d")
    row = rf"{workspace[:8]} .* stopped +{now:%Y-%m-%d} ..:.. +to trash 20\d\d-\d\d-\d\d *\n"
    assert re.search(row, casahub("workspace", "list"))
    kept = casahub("workspace", "keep", workspace[:8], "--until", then)
    assert kept == f"Kept until {then} 00:00 UTC: '[/red] a' of ada, {workspace}.\n"
    listed = casahub("workspace", "list", "--user", "ada")
    assert re.search(rf"stopped, kept until {then} .* to trash {then} *\n", listed)
    assert casahub.json("workspace", "keep", workspace, "--no-longer")["keep"] is None
    assert re.search(row, casahub("workspace", "list"))
    casahub("workspace", "trash", workspace)
    assert re.search(r"in trash since .* destroyed 20\d\d-", casahub("workspace", "list"))
    casahub("workspace", "undelete", workspace)


def test_every_refusal_is_one_sentence(casahub: Command, observation: Path, workspace: str) -> None:
    add, make = ("archive", "add"), ("workspace", "create")
    refused = {
        (*add, "obs@2026-01", str(observation)): "obs@2026-01",
        (*add, "Obs!", str(observation)): "'Obs!' cannot name a dataset: use 1 to 63 of a-z",
        (*add, "new", str(observation / "none")): str(observation / "none"),
        (*make, "m87", "--user", "ada"): "There is no dataset 'm87'. The archive has: obs.",
        (*make, "obs@1", "--user", "ada"): "Dataset 'obs' has no release '1'. It has: ",
        (*make, "obs", "--user", ""): "'' cannot be an owner",
        ("archive", "verify", "obs"): "'' cannot name a release",
        ("workspace", "keep", workspace): "Say either --until DATE or --no-longer.",
        ("workspace", "keep", workspace, "--until", "2999-01-01"): "is kept for 730 days at most",
        ("workspace", "trash", "no-id"): "No workspace has an id that begins with 'no-id': `casa",
        ("workspace", "trash", ""): "3 workspaces have an id that begins with ''",
        ("workspace", "quota", "ada"): "Workspaces in plain directories have no quotas",
        ("workspace", "quota", "ada", "--limit", "much"): "'much' is no size: write '50 GB'",
        ("workspace", "restore", workspace, "user-1"): "'user-1' is not a checkpoint: names look",
    }  # fmt: skip
    for arguments, sentence in refused.items():
        assert sentence in casahub.fails(*arguments), arguments


def test_a_directory_that_may_not_be_read_is_named(casahub: Command, observation: Path) -> None:
    odd = observation.parent / "odd"
    odd.mkdir()
    assert str(odd) in casahub.fails("archive", "add", "odd", str(odd))
    (odd / "link").symlink_to("/etc")
    assert "link" in casahub.fails("archive", "add", "odd", str(odd))
