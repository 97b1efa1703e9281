"""The graph in a real browser: opened by keyboard, within a notebook's width, light and dark."""

import re
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect
from recompute.graphs import GraphView, graph_of
from tests_browser import browser
from tests_recompute_steps import vla_twice

__all__ = ["browser"]
pytestmark = pytest.mark.system


def shown(browser: Browser, content: str, scheme: Literal["light", "dark"] = "light") -> Page:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 920, "height": 700})
    page = context.new_page()
    page.route(re.compile("^(?!data:|about:)"), lambda route: pytest.fail(route.request.url))
    page.set_content(content)
    return page


@pytest.fixture(scope="module")
def view() -> GraphView:
    return GraphView(graph_of(vla_twice(applycal_interp=["nearest", "nearest"])))


def test_a_row_opens_by_keyboard(browser: Browser, view: GraphView) -> None:
    page = shown(browser, view.to_html())
    row = page.locator("details", has_text="applycal")
    row.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(row.get_by_text("['nearest', 'nearest']")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator("summary:focus")).to_contain_text("split")


def test_it_fits_a_notebook(browser: Browser, view: GraphView) -> None:
    page = shown(browser, view.to_html())
    assert page.evaluate("document.documentElement.scrollWidth") <= 920
    broken = "[...document.images].filter(each => !each.naturalWidth).length"
    assert page.evaluate(broken) == 0
    heights = "[...document.querySelectorAll('summary')].map(each => each.offsetHeight)"
    assert set(page.evaluate(heights)) == {26}  # or lanes would have gaps


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_file_follows_what_its_reader_prefers(
    browser: Browser, view: GraphView, scheme: Literal["light", "dark"]
) -> None:
    artefacts = Path(__file__).parents[2] / "artefacts" / "screenshots"
    artefacts.mkdir(parents=True, exist_ok=True)
    page = shown(browser, view.to_svg(), scheme)
    ink = page.evaluate("getComputedStyle(document.querySelector('.ink')).fill")
    assert ink == {"light": "rgb(31, 31, 31)", "dark": "rgb(230, 230, 230)"}[scheme]
    page.screenshot(path=artefacts / f"recompute-graph-{scheme}.png")
