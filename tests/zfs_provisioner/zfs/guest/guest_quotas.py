"""Quotas as a user of the hub meets them: refused before a start, and a rescue start."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests_hub import HubSite, running_hub
from tests_sessions import Session
from zfs_provisioner.model import Allowance, Workspace

CONFIG = Path(__file__).with_name("hub_config_small.py")
LIMIT = 100_000_000  # bytes
RAISED = LIMIT + 50_000_000
FULL = 900_000  # bytes that are left of it when there is no room


@pytest.fixture(scope="module")
def site(pool: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubSite]:
    root = f"{pool}/quotas"
    subprocess.run(["zfs", "create", root], check=True)
    with running_hub(tmp_path_factory.mktemp("quotas"), CONFIG, root) as running:
        yield running


@pytest.fixture(scope="module")
def session(site: HubSite) -> Session:
    return Session(site, "ada", "full")


def allowance(site: HubSite) -> Allowance:
    os.sync()
    return site.ask(lambda client: client.allowance("ada"))


def fill(site: HubSite, workspace: Workspace) -> None:
    """Write until there is no room, without being told so."""
    with Path(workspace.path, "plots.bin").open("wb") as file:
        file.write(os.urandom(LIMIT - 2_000_000))
        while True:
            file.flush()
            found = allowance(site)
            if LIMIT - found.used <= FULL:
                return
            file.write(os.urandom(min(500_000, max(32_768, (LIMIT - found.used) // 3))))


@pytest.fixture(scope="module")
def made(site: HubSite, session: Session) -> Workspace:
    """A workspace that takes all of its owner's quota, with a checkpoint."""
    made = session.started(dataset="ngc5921", name="Plots")
    site.ask(lambda client: client.limit_owner("ada", LIMIT))
    fill(site, made)
    session.stop()
    assert allowance(site).limit == LIMIT
    return made


@pytest.mark.timeout(900)  # a hub and its starts, on one slow processor
def test_a_full_quota_is_said_before_anything_starts(
    site: HubSite, session: Session, made: Workspace
) -> None:
    status, said = Session(site, "ada", "other").refusal(dataset="ngc5921")
    assert status == 507
    assert said.startswith("There is no room for a new workspace: ")
    assert "of your 100 MB are used by changes and checkpoints. The biggest: “Plots” (" in said
    assert "MB, 1 checkpoint). Move one to trash on the home page" in said
    checkpoint = session.checkpoints(made)[0].name
    status, said = Session(site, "ada", "other").refusal(branch=f"{made.id}@{checkpoint}")
    assert (status, said.partition(":")[0]) == (507, "There is no room for a new workspace")
    for options in ({"workspace": made.id}, {}):
        status, said = session.refusal(**options)
        assert status == 507
        assert said.startswith("“Plots” is full: ")
        assert "the rescue start (option 'rescue'): it gives 50 MB more while the session" in said
    assert [each.id for each in session.workspaces()] == [made.id]


@pytest.mark.timeout(900)
def test_a_rescue_gives_room_while_it_runs(
    site: HubSite, session: Session, made: Workspace
) -> None:
    session.started(workspace=made.id, rescue=True)
    assert allowance(site).limit == RAISED
    # It is not for new workspaces.
    status, said = Session(site, "ada", "other").refusal(dataset="ngc5921")
    assert (status, "of your 100 MB are used" in said) == (507, True)
    more = Path(made.path, "more.bin")
    more.write_bytes(os.urandom(3_000_000))
    more.unlink()
    os.sync()
    session.stop()
    assert allowance(site).limit == LIMIT
    status, said = session.refusal()  # it is not how the session starts from now on
    assert (status, said.partition(":")[0]) == (507, "“Plots” is full")


@pytest.mark.timeout(900)
def test_what_a_rescue_left_behind_is_put_back_when_there_is_room(
    site: HubSite, session: Session, made: Workspace
) -> None:
    session.started(workspace=made.id, rescue=True)
    Path(made.path, "more.bin").write_bytes(os.urandom(3_000_000))
    os.sync()
    session.stop()
    # More is used than the limit was, so that it cannot be put back; but it is known.
    assert allowance(site).limit == RAISED
    status, said = session.refusal(workspace=made.id)
    assert (status, "of your 100 MB are used" in said) == (507, True)
    site.ask(lambda client: client.trash(made.id, "ada"))
    session.started(dataset="ngc5921", name="New")
    assert allowance(site).limit == LIMIT
    session.stop()


@pytest.mark.timeout(900)
def test_a_workspace_may_have_a_quota_of_its_own(site: HubSite, session: Session) -> None:
    made = session.workspace()
    used = site.ask(lambda client: client.allowance_of(made.id, "ada")).used
    site.ask(lambda client: client.limit(made.id, "ada", used + 1))
    status, said = session.refusal(workspace=made.id)
    assert (status, "that it may take are used" in said) == (507, True)
    session.started(workspace=made.id, rescue=True)
    found = site.ask(lambda client: client.allowance_of(made.id, "ada"))
    assert found.limit == used + 1 + 50_000_000
    assert allowance(site).limit == LIMIT  # which is not full, and stays
    session.stop()
