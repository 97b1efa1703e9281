import asyncio
import re
import uuid
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tests_hub import PORTAL, HubSite
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.model import Workspace, WorkspaceState


def make(site: HubSite, owner: str, name: str) -> Workspace:
    async def made() -> Workspace:
        async with ProvisionerClient(site.socket) as client:
            return await client.create(
                str(uuid.uuid4()), owner, dataset="ngc5921", release="2026-01", name=name
            )

    return asyncio.run(made())


def found(site: HubSite, owner: str) -> dict[str, Workspace]:
    async def asked() -> list[Workspace]:
        async with ProvisionerClient(site.socket) as client:
            return await client.workspaces(owner)

    return {each.spec.name: each for each in asyncio.run(asked())}


def secret(page: httpx.Response) -> str:
    match = re.search(r'name="_xsrf" value="([^"]+)"', page.text)
    assert match, page.text
    return match[1]


def press(client: httpx.Client, path: str, **fields: str) -> httpx.Response:
    """Send a form as the home page's buttons do."""
    fields["_xsrf"] = secret(client.get(PORTAL))
    return client.post(f"{PORTAL}{path}", data=fields)


@pytest.fixture(scope="module")
def ada(site: HubSite) -> httpx.Client:
    return site.sign_in("ada")


def test_a_stranger_is_led_to_the_login_page(site: HubSite) -> None:
    answer = httpx.get(f"{site.url}{PORTAL}", follow_redirects=True)
    assert answer.url.path == "/hub/login"
    assert "Reduce radio-astronomy data where it is stored" in answer.text


def test_a_strangers_script_is_refused_without_a_detour(site: HubSite) -> None:
    assert httpx.get(f"{site.url}{PORTAL}live").status_code == 403


@pytest.mark.parametrize("path", ["health", "static/casahub.css", "static/logo.svg"])
def test_what_the_login_page_needs_is_public(site: HubSite, path: str) -> None:
    assert httpx.get(f"{site.url}{PORTAL}{path}").is_success


def test_a_wrong_password_is_said(site: HubSite) -> None:
    with httpx.Client(base_url=site.url) as client:
        client.get("/hub/login")
        form = {"username": "ada", "password": "wrong", "_xsrf": client.cookies["_xsrf"]}
        answer = client.post("/hub/login", data=form)
    assert answer.status_code == 403
    assert 'role="alert"' in answer.text
    assert "Invalid username or password" in answer.text


def test_a_new_user_is_told_what_to_do(site: HubSite) -> None:
    page = site.sign_in("newcomer").get(PORTAL)
    assert "You have no workspace." in page.text
    assert "NGC 5921, &lt;H I&gt; line" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]


def test_a_form_without_the_secret_changes_nothing(site: HubSite, ada: httpx.Client) -> None:
    mine = make(site, "ada", "unforged")
    answer = ada.post(f"{PORTAL}workspaces/{mine.id}/trash", data={})
    assert answer.status_code == 403
    assert "out of date" in answer.text
    assert found(site, "ada")["unforged"].state is WorkspaceState.LIVE


def test_a_checkpoint_is_made_and_said_once(site: HubSite, ada: httpx.Client) -> None:
    mine = make(site, "ada", "checked")
    page = press(ada, f"workspaces/{mine.id}/checkpoint", back="workspace")
    assert page.url.path == f"{PORTAL}workspaces/{mine.id}"
    assert "Checkpoint made." in page.text
    assert "made by you" in page.text
    assert "Checkpoint made." not in ada.get(page.url).text


def test_a_checkpoint_is_restored(site: HubSite, ada: httpx.Client) -> None:
    mine = make(site, "ada", "restored")
    page = press(ada, f"workspaces/{mine.id}/checkpoint", back="workspace")
    match = re.search(r'name="checkpoint" value="([^"]+)"', page.text)
    assert match
    page = press(ada, f"workspaces/{mine.id}/restore", back="workspace", checkpoint=match[1])
    assert "as it was at that checkpoint" in page.text


def test_an_unknown_checkpoint_is_a_sentence(site: HubSite, ada: httpx.Client) -> None:
    mine = make(site, "ada", "unrestored")
    page = press(ada, f"workspaces/{mine.id}/restore", checkpoint="../../etc")
    assert page.is_success
    assert 'class="flash failed"' in page.text
    assert "is not a checkpoint" in page.text


def test_trash_and_back(site: HubSite, ada: httpx.Client) -> None:
    mine = make(site, "ada", "<b>thrown</b>")
    page = press(ada, f"workspaces/{mine.id}/trash")
    assert "“&lt;b&gt;thrown&lt;/b&gt;” is in trash." in page.text
    assert found(site, "ada")["<b>thrown</b>"].state is WorkspaceState.TRASHED
    assert "is in trash: restore it first" in press(ada, f"workspaces/{mine.id}/start").text
    assert "Restore from trash" in ada.get(f"{PORTAL}workspaces/{mine.id}").text
    page = press(ada, f"workspaces/{mine.id}/undelete")
    assert "is back from trash" in page.text
    assert found(site, "ada")["<b>thrown</b>"].state is WorkspaceState.LIVE


def test_a_branch_says_what_it_was_branched_from(site: HubSite, ada: httpx.Client) -> None:
    trunk, twig = make(site, "ada", "Trunk"), str(uuid.uuid4())
    point = site.ask(lambda client: client.checkpoint(trunk.id, "ada"))
    branched = lambda client: client.branch(  # noqa: E731
        twig, "ada", origin=trunk.id, checkpoint=point.name, name="Twig"
    )
    site.ask(branched)
    link = f'branched from <a href="{PORTAL}workspaces/{trunk.id}">'
    assert f"{link}Trunk</a> as of <time" in ada.get(PORTAL).text
    assert f"{link}another workspace</a> as of" in ada.get(f"{PORTAL}workspaces/{twig}").text


def test_a_workspace_is_kept_for_a_year_and_no_longer(site: HubSite, ada: httpx.Client) -> None:
    mine = make(site, "ada", "kept <i>long</i>")
    page = ada.get(f"{PORTAL}workspaces/{mine.id}")
    assert re.search(r"Goes to trash on <time [^>]*>[^<]+</time>: not used since ", page.text)
    assert "Keep for a year" in page.text
    assert "Keep for a year" not in ada.get(PORTAL).text
    page = press(ada, f"workspaces/{mine.id}/keep", back="workspace")
    assert "“kept &lt;i&gt;long&lt;/i&gt;” is kept until " in page.text
    until = found(site, "ada")["kept <i>long</i>"].keep
    assert until is not None
    assert until - datetime.now(UTC) > timedelta(days=364)
    assert "Keep no longer" in ada.get(PORTAL).text
    page = press(ada, f"workspaces/{mine.id}/keep-no-longer")
    assert "is kept no longer than your other workspaces" in page.text
    assert "Keep no longer" not in page.text
    assert found(site, "ada")["kept <i>long</i>"].keep is None
    refused = press(ada, f"workspaces/{make(site, 'eve', 'hers').id}/keep")
    assert 'class="flash failed"' in refused.text


def test_the_end_of_what_is_in_trash_is_said(site: HubSite, ada: httpx.Client) -> None:
    mine = make(site, "ada", "ending")
    press(ada, f"workspaces/{mine.id}/trash")
    end = r"Is destroyed on <time [^>]*>[^<]+</time>"
    assert re.search(end, ada.get(PORTAL).text)
    page = ada.get(f"{PORTAL}workspaces/{mine.id}")
    stays = r"In trash since [^.]*, where it stays for \d+ days[^.]*\."  # fewer on a full disk
    assert re.search(rf"{stays} {end}\.", page.text)


@pytest.mark.parametrize("verb", ["", "/live"])
def test_somebody_elses_workspace_is_not_there(site: HubSite, ada: httpx.Client, verb: str) -> None:
    theirs = make(site, "mallory", f"private {verb}")
    answer = ada.get(f"{PORTAL}workspaces/{theirs.id}{verb}")
    assert answer.status_code == 404
    assert "You have no such workspace" in answer.text
    assert "private" not in answer.text


@pytest.mark.parametrize(
    "verb", ["start", "checkpoint", "keep", "keep-no-longer", "trash", "undelete"]
)
def test_nobody_acts_on_somebody_elses_workspace(
    site: HubSite, ada: httpx.Client, verb: str
) -> None:
    theirs = make(site, "mallory", f"guarded from {verb}")
    page = press(ada, f"workspaces/{theirs.id}/{verb}")
    assert f"ada has no workspace {theirs.id}" in page.text
    assert found(site, "mallory")[f"guarded from {verb}"] == theirs


@pytest.mark.parametrize("path", ["nowhere", "workspaces/x", f"workspaces/{'-' * 36}"])
def test_a_mistyped_address_leads_home(ada: httpx.Client, path: str) -> None:
    answer = ada.get(f"{PORTAL}{path}")
    assert answer.status_code == 404
    assert f'href="{PORTAL}"' in answer.text


def test_what_the_hub_refuses_is_said(ada: httpx.Client) -> None:
    page = press(
        ada, "workspaces", dataset="m87", release="1", name="M 87", workspace=str(uuid.uuid4())
    )
    assert "There is no dataset &#39;m87&#39;" in page.text


def test_why_a_start_failed_stays_on_its_page(ada: httpx.Client) -> None:
    fields = {"dataset": "m87", "release": "1", "name": "Failing", "workspace": str(uuid.uuid4())}
    press(ada, "workspaces", **fields)
    page = ada.get("/hub/spawn-pending/ada/failing")
    assert "did not start" in page.text
    assert "There is no dataset &#39;m87&#39;" in page.text


def test_stopping_what_does_not_run_is_said(ada: httpx.Client) -> None:
    assert "no server named" in press(ada, "sessions/nothing/stop").text


def test_without_storage_pages_say_so(site: HubSite, ada: httpx.Client) -> None:
    mine = make(site, "ada", "kept")
    site.provisioner.stop()
    try:
        page = ada.get(PORTAL)
        assert page.is_success
        assert "The storage of this site does not answer" in page.text
        assert "You have no workspace" not in page.text
        own = ada.get(f"{PORTAL}workspaces/{mine.id}")
        assert own.status_code == 503
        assert "cannot be shown now" in own.text
        failed = press_without_form(ada, f"workspaces/{mine.id}/checkpoint")
        assert 'class="flash failed"' in failed.text
    finally:
        site.provisioner.start("serving ")
    assert "kept" in ada.get(PORTAL).text


def press_without_form(client: httpx.Client, path: str) -> httpx.Response:
    """Send a form where the page has none: the secret is on the body for scripts too."""
    match = re.search(r'data-xsrf="([^"]+)"', client.get(PORTAL).text)
    assert match
    return client.post(f"{PORTAL}{path}", data={"_xsrf": match[1]})
