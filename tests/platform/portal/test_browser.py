from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect
from tests_browser import browser
from tests_hub import PASSWORD, PORTAL, HubSite

pytestmark = pytest.mark.system

__all__ = ["browser"]


@pytest.fixture(scope="module")
def signed_in(browser: Browser, site: HubSite) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=site.url, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto("/")
    page.get_by_label("Username").fill("grace")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="My workspaces")).to_be_visible()
    page.close()
    yield context
    context.close()


@pytest.fixture
def page(signed_in: BrowserContext) -> Iterator[Page]:
    page = signed_in.new_page()
    complaints: list[str] = []

    def heard(said: ConsoleMessage) -> None:
        if said.type == "error" and PORTAL in said.location["url"]:  # JupyterLab has its own
            complaints.append(said.text)

    page.on("console", heard)
    yield page
    page.close()
    assert complaints == []


def test_a_session_from_its_start_to_trash(page: Page, signed_in: BrowserContext) -> None:
    watcher = signed_in.new_page()
    page.goto(PORTAL)
    page.get_by_label("Name").fill("Spiral  arms")
    page.get_by_role("button", name="New workspace of NGC 5921").click()
    # Where the hub waits for quick starts, the progress page may be over before it is seen.
    page.wait_for_url("**/*spiral-arms*", wait_until="commit")
    watcher.goto(PORTAL)
    row = watcher.get_by_role("listitem").filter(has=watcher.get_by_text("Spiral arms").first)
    # No reload from here on: the page follows by itself.
    expect(row.get_by_text("running", exact=True)).to_be_visible()
    opened = row.get_by_role("link", name="Open Spiral arms").get_attribute("href")
    assert opened == "/user/grace/spiral-arms/lab"
    expect(row.get_by_role("button", name="Move to trash")).to_be_disabled()

    row.get_by_role("button", name="Stop Spiral arms").click()
    watcher.get_by_role("button", name="Stop session").click()
    expect(watcher.get_by_text("The session is stopping.")).to_be_visible()
    expect(row.get_by_text("stopped", exact=True)).to_be_visible()
    row.get_by_role("button", name="Move to trash").click()
    expect(watcher.get_by_text("“Spiral arms” is in trash.")).to_be_visible()
    watcher.get_by_role("button", name="Restore Spiral arms").click()
    expect(row.get_by_role("button", name="Start Spiral arms")).to_be_visible()
    watcher.close()


def test_a_question_can_be_answered_with_the_keyboard(page: Page) -> None:
    page.goto(PORTAL)
    page.get_by_role("link", name="Checkpoints… of Spiral arms").press("Enter")
    page.get_by_role("button", name="Checkpoint now").press("Enter")
    expect(page.get_by_text("Checkpoint made.")).to_be_visible()
    ask = page.get_by_role("button", name="Restore the checkpoint")
    ask.press("Enter")
    expect(page.get_by_role("heading", name="Restore this checkpoint?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(ask).to_be_focused()
    ask.press("Enter")
    expect(page.get_by_role("button", name="Restore", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("as it was at that checkpoint")).to_be_visible()


def test_pages_work_without_scripts(
    browser: Browser, site: HubSite, signed_in: BrowserContext
) -> None:
    context = browser.new_context(
        base_url=site.url, java_script_enabled=False, storage_state=signed_in.storage_state()
    )
    page = context.new_page()
    page.goto(PORTAL)
    page.get_by_role("button", name="Checkpoint Spiral arms").click()
    expect(page.get_by_text("Checkpoint made.")).to_be_visible()
    context.close()


def test_nothing_needs_sideways_scrolling_on_a_telephone(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    for address in (PORTAL, "/hub/home", "/hub/spawn/grace/spiral-arms"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_every_control_has_a_name(page: Page) -> None:
    page.goto(PORTAL)
    unnamed = page.evaluate(
        """[...document.querySelectorAll("button, a, input:not([type=hidden]), select")]
           .filter((each) => !(each.textContent.trim() || each.labels?.length || each.ariaLabel))
           .map((each) => each.outerHTML)"""
    )
    assert unnamed == []
