"""What JupyterLab says of a session that is going to be stopped."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect
from tests_browser import browser
from tests_jupyterlab import jupyterlab, opened
from tests_processes import plain_environment

__all__ = ["browser"]
pytestmark = pytest.mark.system
CONFIG = Path(__file__).parents[2] / "kernel" / "src" / "casa_kernel" / "activity" / "config"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """JupyterLab, configured as the wheel configures it, below a hub that nobody needs here."""
    directory, config = tmp_path_factory.mktemp("desk"), tmp_path_factory.mktemp("config")
    (config / "jupyter_server_config.d").symlink_to(CONFIG)
    environment = plain_environment() | {
        "JUPYTER_CONFIG_PATH": str(config),
        "JUPYTERHUB_ACTIVITY_URL": "http://127.0.0.1:9/",
    }
    with jupyterlab(directory, environment) as address:
        yield address


def test_a_page_that_is_open_says_when_the_session_stops(browser: Browser, address: str) -> None:
    site, token = re.fullmatch(r"(.*)/lab\?token=(.*)", address).groups()  # type: ignore[union-attr]
    artefacts = Path(__file__).parents[2] / "artefacts" / "screenshots"
    artefacts.mkdir(parents=True, exist_ok=True)
    # One that is kept for longer than half of the idle time is told so, and shows nothing of it.
    notice = {"idle": 3600, "kept": None, "page": "/services/portal/"}
    url, headers = f"{site}/api/casahub/activity", {"Authorization": f"token {token}"}
    httpx.put(url, json=notice, headers=headers, timeout=60).raise_for_status()
    with opened(browser, address, artefacts) as lab:
        said = lab.page.get_by_text("This session stops at")
        expect(said).to_have_count(0)
        httpx.put(url, json=notice | {"idle": 1800, "kept": None}, headers=headers, timeout=60)
        lab.page.clock.install()
        lab.page.reload()
        lab.page.locator("#jp-main-dock-panel").wait_for()
        lab.page.clock.fast_forward(20 * 60 * 1000)
        expect(said.first).to_be_visible()
        expect(lab.page.get_by_role("button", name="Keep until…")).to_be_visible()
        lab.page.screenshot(path=artefacts / "idle-jupyterlab.png")
