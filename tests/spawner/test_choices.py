"""What a session runs in, and what it branches from, on a running hub."""

import re
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from signal import SIGKILL

import psutil
import pytest
from playwright.sync_api import Browser, expect
from tests_browser import browser
from tests_gate import Gate
from tests_hub import PASSWORD, PORTAL, HubSite, hub_secret, running_hub, until
from tests_sessions import Session
from zfs_provisioner.model import Checkpoint, Workspace

__all__ = ["browser"]

SCREENSHOTS = Path(__file__).parents[2] / "artefacts" / "screenshots"
CONFIG = Path(__file__).with_name("hub_config_offers.py")
BY_DEFAULT = f"casahub/notebook:1 0.5 {2**30}"
AS_ASKED = f"python:slim 8 {16 * 2**30}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubSite]:
    state = tmp_path_factory.mktemp("offers")
    with (
        Gate(state / "gate.sock", state / "run" / "provisioner.sock").listening(),
        running_hub(state, CONFIG) as running,
    ):
        yield running


@pytest.fixture(scope="module")
def session(site: HubSite) -> Session:
    return Session(site, "ada", "chosen")


def given(session: Session) -> str:
    return str(psutil.Process(session.pid).environ()["GIVEN"])


def notes(workspace: Workspace) -> Path:
    return Path(workspace.path, "notes.txt")


@pytest.fixture(scope="module")
def made(session: Session) -> Workspace:
    """A workspace whose session began as the site's default, and was stopped."""
    made = session.started(dataset="ngc5921", name="First")
    assert given(session) == BY_DEFAULT
    notes(made).write_text("flag antenna 7")
    session.stop()
    return made


def test_image_and_size_stay_until_others_are_chosen(
    site: HubSite, session: Session, made: Workspace
) -> None:
    session.started(workspace=made.id, image="plain", size="large")
    assert given(session) == AS_ASKED
    session.stop()
    session.started()
    assert given(session) == AS_ASKED
    session.stop()
    # The portal names the workspace only.
    session.started(workspace=made.id)
    assert given(session) == AS_ASKED
    shown = site.sign_in("ada").get(PORTAL).text
    assert re.search(r"<dt>Image</dt><dd[^>]*>plain<", shown)
    assert re.search(r"<dt>Session size</dt><dd[^>]*>large<", shown)
    session.stop()
    session.started(workspace=made.id, image="casa", size="small")
    assert given(session) == BY_DEFAULT
    session.stop()


def test_a_restarted_hub_knows_what_the_session_had(
    site: HubSite, session: Session, made: Workspace
) -> None:
    session.started(workspace=made.id, size="large")
    session.stop()
    site.hub.stop(SIGKILL)
    site.restart_hub()
    session.started(workspace=made.id)
    assert given(session) == f"casahub/notebook:1 8 {16 * 2**30}"
    session.stop()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"image": "python:slim"}, "no image 'python:slim'. This site offers: casa, plain."),
        ({"image": "default"}, "no image 'default'. This site offers: casa, plain."),
        ({"size": "huge"}, "no size 'huge'. This site offers: small, large."),
        ({"mem_limit": "64G"}, "Option 'mem_limit': Extra inputs are not permitted."),
    ],
)
def test_nothing_else_can_be_asked_for(
    site: HubSite, options: dict[str, str], sentence: str
) -> None:
    smuggler = Session(site, "mallory", "smuggled")
    status, said = smuggler.refusal(dataset="ngc5921", **options)
    assert status == 400
    assert sentence in said
    assert smuggler.workspaces() == []


def test_a_branch_goes_its_own_way(site: HubSite, session: Session, made: Workspace) -> None:
    checkpoint = site.ask(lambda client: client.checkpoint(made.id, "ada"))
    branch = {"workspace": made.id, "checkpoint": checkpoint.name}
    other = Session(site, "ada", "branch")
    branched = other.started(branch=branch)
    assert branched.spec.branch
    assert branched.spec.name == f"First, {checkpoint.created:%Y-%m-%d %H:%M}"
    assert notes(branched).read_text() == "flag antenna 7"
    notes(branched).write_text("flag antenna 8")
    other.stop()
    # The same request is the same workspace, with an id or without.
    assert other.started(branch=branch).id == branched.id
    assert notes(branched).read_text() == "flag antenna 8"
    other.stop()
    assert other.started(branch=branch, workspace=branched.id).id == branched.id
    other.stop()
    # Also when what it was branched from is gone.
    site.ask(lambda client: client.trash(made.id, "ada"))
    assert other.started().id == branched.id
    other.delete()
    site.ask(lambda client: client.undelete(made.id, "ada"))


def test_what_cannot_be_branched_from_is_said(
    site: HubSite, session: Session, made: Workspace
) -> None:
    before = len(session.workspaces())
    other = Session(site, "ada", "nothing")
    missing = "user-19990102T030405Z-9"
    status, said = other.refusal(branch={"workspace": made.id, "checkpoint": missing})
    assert status == 400
    assert f"Workspace {made.id} has no checkpoint '{missing}'. It has: " in said
    status, said = other.refusal(branch={"workspace": made.id, "checkpoint": "../x"})
    assert (status, "is not a checkpoint" in said) == (404, True)
    checkpoint = site.ask(lambda client: client.checkpoints(made.id, "ada"))[0].name
    theirs = Session(site, "mallory", "smuggled")
    status, said = theirs.refusal(branch=f"{made.id}@{checkpoint}")
    assert (status, said.partition(":")[0]) == (404, f"mallory has no workspace {made.id}")
    assert len(session.workspaces()) == before


def test_the_form_starts_what_it_shows(site: HubSite, session: Session, made: Workspace) -> None:
    """As a browser without scripts does, on the hub's page."""
    with closing(site.sign_in("ada")) as client:
        page = client.get("/hub/spawn/ada/by-form").text
        for each in ("CASA 6.7", "plain", "0.5 CPUs, 1 GiB", "8 CPUs, 16 GiB", "A branch", "First"):
            assert each in page
        checkpoint = site.ask(lambda client: client.checkpoints(made.id, "ada"))[-1].name
        fields = {
            "choice": "branch",
            "checkpoint": f"{made.id}@{checkpoint}",
            "name": "By form",
            "fresh": str(uuid.uuid4()),
            "image": "plain",
            "size": "small",
        }
        secret = {"_xsrf": hub_secret(client)}
        answer = client.post("/hub/spawn/ada/by-form", params=secret, data=fields)
        assert answer.is_success, answer.text
    by_form = Session(site, "ada", "by-form")
    until("it is ready", lambda: by_form.model().get("ready"))
    assert by_form.workspace().id == fields["fresh"]
    assert given(by_form) == f"python:slim 0.5 {2**30}"
    assert by_form.workspace().spec.name == "By form"
    by_form.delete()


@pytest.fixture(scope="module")
def kept(site: HubSite, made: Workspace) -> Checkpoint:
    return site.ask(lambda client: client.checkpoint(made.id, "ada"))


@pytest.mark.system
def test_the_form_is_used_without_a_script_or_a_mouse(
    site: HubSite, kept: Checkpoint, browser: Browser
) -> None:
    started = Session(site, "ada", "by-keyboard")
    context = browser.new_context(
        base_url=site.url,
        viewport={"width": 1100, "height": 1000},
        java_script_enabled=False,
    )
    page = context.new_page()
    page.goto("/hub/login")
    page.get_by_label("Username").fill("ada")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{PORTAL}")
    page.goto("/hub/spawn/ada/by-keyboard")
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / "spawn-form.png", full_page=True)
    expect(page.get_by_role("radio", name="First")).to_be_checked()
    expect(page.get_by_role("group", name="New workspace")).to_be_visible()
    page.get_by_role("radio", name="First").press("ArrowUp")  # around, to the last choice
    expect(page.get_by_role("radio", name="A branch of a workspace")).to_be_checked()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Checkpoint to branch from")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("By keyboard")
    page.keyboard.press("Tab")
    page.keyboard.type("plain")
    page.keyboard.press("Tab")
    page.keyboard.type("8 CPUs")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/by-keyboard*", wait_until="commit")
    until("it is ready", lambda: started.model().get("ready"))
    assert given(started) == AS_ASKED
    started.stop()
    # What it had is what the form offers it again.
    page.goto("/hub/spawn/ada/by-keyboard")
    expect(page.get_by_role("radio", name="By keyboard")).to_be_checked()
    expect(page.get_by_label("Image")).to_have_value("plain")
    expect(page.get_by_label("Size")).to_have_value("large")
    context.close()
    started.delete()
