"""A JupyterLab without a hub, for what a notebook looks like in a browser."""

import secrets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Locator
from tests_browser import Lab, Person
from tests_processes import Process, four_free_ports, plain_environment


@contextmanager
def jupyterlab(directory: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """Serve a directory in the block; yield the address that lets in."""
    token, port = secrets.token_hex(16), four_free_ports()
    server = Process(
        [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            *("--ip=127.0.0.1", f"--port={port}", f"--ServerApp.root_dir={directory}"),
            f"--IdentityProvider.token={token}",
            "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        ],
        {**plain_environment(environment), "JUPYTERLAB_SETTINGS_DIR": str(directory / ".lab")},
    )
    server.start("is running at")
    try:
        yield f"http://127.0.0.1:{port}/lab?token={token}"
    finally:
        server.end()


@contextmanager
def opened(browser: Browser, address: str, artefacts: Path, *, dark: bool = False) -> Iterator[Lab]:
    """Show JupyterLab in a window of its own in the block."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 1000}, color_scheme="dark" if dark else "light"
    )
    try:
        person = Person(context, address, artefacts, "astronomer")
        # Seen once, on a busy machine: JupyterLab says so of its own root, and goes there then.
        lost = person.page.get_by_role("dialog", name="Directory not found")
        person.page.add_locator_handler(lost, _dismiss)
        person.page.goto(address)
        yield Lab(person)
    finally:
        context.close()


def _dismiss(dialog: Locator) -> None:
    dialog.get_by_role("button").first.click()
