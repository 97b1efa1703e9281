"""A person at a browser: the pages of the site, and JupyterLab, by what can be seen on them."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

SECONDS: Final = 1000  # Playwright counts in milliseconds
expect.set_options(timeout=60 * SECONDS)
CHROMIUM_ARGUMENTS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium; for a module, because asyncio's tests cannot run beside Playwright."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


class Person:
    """One signed-in user in a browser of their own; every screenshot is kept as an artefact."""

    def __init__(self, context: BrowserContext, url: str, artefacts: Path, name: str) -> None:
        self.page: Page = context.new_page()
        self.page.set_default_timeout(60 * SECONDS)
        self._url, self._artefacts, self.name = url, artefacts, name

    def shows(self, picture: str, *, whole: bool = False) -> None:
        """Keep what the page shows."""
        self.page.screenshot(path=self._artefacts / f"{picture}.png", full_page=whole)

    def try_to_sign_in(self, password: str) -> None:
        self.page.goto(self._url)
        self.page.get_by_label("Username").fill(self.name)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()

    def sign_in(self, password: str) -> None:
        self.try_to_sign_in(password)
        expect(self.page.get_by_role("heading", name="My workspaces")).to_be_visible()

    def go_home(self) -> None:
        self.page.goto(self._url + "/services/portal/")
        expect(self.page.get_by_role("heading", name="My workspaces")).to_be_visible()

    def row(self, workspace: str) -> Locator:
        """The home page's row of one's workspace."""
        return self.page.locator("li.row", has=self.page.get_by_role("heading", name=workspace))

    def new_workspace(self, dataset: str, name: str) -> None:
        """Make a workspace of a dataset and wait for JupyterLab."""
        card = self.page.locator("li.dataset", has_text=dataset)
        card.get_by_label("Name").fill(name)
        card.get_by_role("button", name="New workspace").click()
        self.page.wait_for_url("**/spawn-pending/**")

    def stop(self, workspace: str) -> None:
        """Stop a workspace's session from the home page, and wait until it stopped."""
        row = self.row(workspace)
        row.get_by_role("button", name="Stop").click()
        row.get_by_role("dialog").get_by_role("button", name="Stop").click()
        expect(row).to_contain_text("stopped")

    def in_lab(self) -> "Lab":
        """Wait until the progress page gave way to JupyterLab."""
        self.page.wait_for_url(re.compile(r"/user/[^/]+/[^/]+/lab"), timeout=120 * SECONDS)
        return Lab(self)


class Lab:
    """JupyterLab with one notebook."""

    def __init__(self, person: Person) -> None:
        self.page = person.page
        self.page.locator("#jp-main-dock-panel").wait_for()
        self._count = 0

    def files(self) -> Locator:
        """Entries of the file browser."""
        return self.page.locator(".jp-DirListing-item")

    def open_casa_notebook(self) -> None:
        """Make a notebook with the CASA kernel from the launcher."""
        card = self.page.locator(".jp-LauncherCard[data-category=Notebook]", has_text="CASA")
        card.click()
        self._wait_for_kernel()

    def open_notebook(self, name: str) -> Locator:
        """Open a notebook by its address; return its cells."""
        self.page.goto(re.sub(r"/lab.*", f"/lab/tree/{name}", self.page.url))
        self.page.locator("#jp-main-dock-panel .lm-mod-current", has_text=name).wait_for()
        self._wait_for_kernel()
        return self._cells()

    def _wait_for_kernel(self) -> None:
        self._cells().first.wait_for()
        # The tool bar's dot is idle before there is a kernel; the status line names the kernel.
        self.page.get_by_text("CASA | Idle").wait_for()

    def save_as(self, name: str) -> None:
        """Save the notebook for the first time, under a name."""
        self._cells().last.locator(".cm-content").press("Control+s")
        dialog = self.page.locator(".jp-Dialog")
        dialog.get_by_role("textbox").fill(name)
        dialog.get_by_role("button", name="Rename and Save").click()
        self.page.locator(".jp-DirListing-item", has_text=name).wait_for()
        self.save()

    def save(self) -> None:
        """Save the notebook, and wait until it is saved."""
        self._cells().last.locator(".cm-content").press("Control+s")
        tab = self.page.locator("#jp-main-dock-panel .lm-TabBar-tab.lm-mod-current")
        expect(tab).not_to_have_class(re.compile("jp-mod-dirty"))

    def _cells(self) -> Locator:
        """Code cells of the notebook in front."""
        return self.page.locator(".jp-NotebookPanel:visible .jp-CodeCell")

    def run(self, code: str, seconds: int = 120) -> Locator:
        """Run code in the last cell; return the cell when it is done."""
        self._count += 1
        cells = self._cells()
        position = cells.count() - 1
        cell = cells.nth(position)
        editor = cell.locator(".cm-content")
        editor.click()
        self.page.keyboard.insert_text(code)
        expect(editor).to_contain_text(code.splitlines()[-1])
        editor.press("Shift+Enter")
        expect(cell.locator(".jp-InputPrompt")).to_have_text(
            f"[{self._count}]:", timeout=seconds * SECONDS
        )
        return cell
