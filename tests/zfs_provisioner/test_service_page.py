"""The page of the REST interface, in a browser that is given nothing but the provisioner."""

from pathlib import Path

from playwright.sync_api import Browser, expect
from tests_browser import browser
from tests_service import TOKEN, free_place, serving, token_file

__all__ = ["browser"]


def test_the_page_works_without_a_network(tmp_path: Path, browser: Browser) -> None:
    at = free_place()
    with serving(tmp_path / "root", "--listen", at, "--token-file", token_file(tmp_path)):
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"http://{at}/docs")
        expect(page.get_by_role("heading", name="zfs-provisioner")).to_be_visible()

        page.get_by_role("button", name="Authorize").click()
        page.get_by_label("Value").fill(TOKEN)
        page.get_by_role("button", name="Apply credentials").click()
        page.get_by_role("button", name="Close").click()
        health = page.locator("#operations-default-health_v1_health_get")
        health.click()
        health.get_by_role("button", name="Try it out").click()
        health.get_by_role("button", name="Execute").click()
        expect(health.locator(".live-responses-table")).to_contain_text('"ready": true')
        page.close()
    assert {url for url in asked if not url.startswith((f"http://{at}/", "data:"))} == set()
