"""A person sees that a workspace is about to go, and keeps it; what is in trash has its day."""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, expect
from tests_browser import Person
from tests_site import USER_PASSWORD, RunningSite

pytestmark = pytest.mark.system

NOW: Final = datetime.now(UTC)
# The disk of the machine that runs the tests may be full.
POLICY: Final = "[pressure]\nwarn = 0\nshorten = 0\nrefuse = 0\npage = 0\n"
Enter = Callable[..., Person]


@pytest.fixture(scope="module")
def old_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """A site with workspaces that nobody used for long."""
    directory = tmp_path_factory.mktemp("old")
    (directory / "policy.toml").write_text(POLICY)
    (directory / "observation").mkdir()
    (directory / "observation" / "table.dat").write_bytes(b"visibilities" * 1000)
    site = RunningSite(
        directory / "var",
        CASAHUB_SAMPLES="false",
        CASAHUB_POLICY=str(directory / "policy.toml"),
    )
    title = ("--title", "NGC 5921, H I line")
    made(site, "archive", "add", "ngc5921@2026-01", str(directory / "observation"), *title)
    for name in ("Old reduction", "Forgotten", "This week", "First try"):
        new = ("ngc5921", "--user", "astronomer", "--name", name)
        identity = made(site, "workspace", "create", *new)["id"]
        if name == "First try":
            made(site, "workspace", "trash", identity)
            age(site, identity, created=200, trashed=4)
        elif name != "This week":
            age(site, identity, created=70 if name == "Old reduction" else 85)
    with site.running():
        yield site


def made(site: RunningSite, *arguments: str) -> Any:
    done = site.command(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def age(site: RunningSite, identity: str, **days: int) -> None:
    """Set times of a workspace's record to so many days ago."""
    [path] = [
        each
        for each in (site.state / "storage").rglob("workspace.json")
        if json.loads(each.read_text())["id"] == identity
    ]
    record = json.loads(path.read_text())
    record |= {key: (NOW - timedelta(days=ago)).isoformat() for key, ago in days.items()}
    path.write_text(json.dumps(record))


@pytest.fixture(scope="module")
def enter(browser: Browser, old_site: RunningSite, artefacts: Path) -> Iterator[Enter]:
    contexts = []

    def entered(*, dark: bool = False, width: int = 1280) -> Person:
        context = browser.new_context(
            viewport={"width": width, "height": 1000}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        person = Person(context, old_site.url, artefacts, "astronomer")
        person.sign_in(USER_PASSWORD)
        return person

    yield entered
    for context in contexts:
        context.close()


def written(days: int) -> str:
    """Return the day so many days from now, as the pages write it."""
    day = NOW + timedelta(days=days)
    return f"{day.day} {day:%b %Y}"


def test_a_workspace_about_to_go_is_kept_with_a_button(enter: Enter) -> None:
    person = enter()
    row = person.row("Old reduction")
    expect(row.locator(".prospects")).to_contain_text(
        f"Goes to trash on {written(20)}: not used since {written(-70)}; "
    )
    expect(person.row("This week").locator(".prospects")).to_have_count(0)
    person.shows("collection-home", whole=True)
    row.get_by_role("button", name="Keep for a year Old reduction").press("Enter")
    expect(person.page.get_by_role("status").first).to_contain_text(
        f"“Old reduction” is kept until {written(365)}."
    )
    expect(row.locator(".prospects")).to_have_text(re.compile(f"Kept until {written(365)}"))
    person.shows("collection-kept", whole=True)
    row.get_by_role("button", name="Keep no longer Old reduction").click()
    expect(row.locator(".prospects")).to_contain_text(f"Goes to trash on {written(20)}")
    row.get_by_role("button", name="Keep for a year").click()
    expect(row.locator(".prospects")).to_contain_text("Kept until")


def test_the_page_of_a_workspace_says_why(enter: Enter) -> None:
    person = enter(dark=True)
    person.shows("collection-home-dark", whole=True)
    person.row("Forgotten").get_by_role("link", name="Forgotten").first.click()
    expect(person.page.locator(".prospects")).to_contain_text("idle ones stay for 90 days")
    person.shows("collection-workspace-dark", whole=True)
    person.go_home()
    person.row("This week").get_by_role("link", name="This week").first.click()
    expect(person.page.locator(".prospects")).to_contain_text(f"Goes to trash on {written(90)}")
    person.shows("collection-workspace-later-dark", whole=True)


def test_what_is_in_trash_has_its_day_and_comes_back(enter: Enter) -> None:
    person = enter(width=360)
    assert person.page.evaluate("document.documentElement.scrollWidth") <= 360
    person.shows("collection-telephone", whole=True)
    row = person.row("First try")
    # A week after, because nothing in it was changed.
    expect(row).to_contain_text(f"Is destroyed on {written(3)}")
    row.get_by_role("link", name="First try").click()
    person.shows("collection-in-trash", whole=True)
    person.go_home()
    row.get_by_role("button", name="Restore First try").click()
    expect(row.get_by_role("button", name="Start")).to_be_visible()


def test_the_command_tells_the_same(old_site: RunningSite) -> None:
    listed = old_site.command("workspace", "list").stdout
    day = f"{NOW + timedelta(days=5):%Y-%m-%d}"
    assert re.search(rf"Forgotten .* to trash {day}", listed), listed
