"""The table component, by itself and in a browser."""

import shutil
import string
from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from casa_kernel.listings.table import (
    Column,
    Table,
    listing,
    listing_bundle,
    table_html,
    table_text,
)
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Page, sync_playwright
from tests_browser import CHROMIUM_ARGUMENTS

SCANS = Table(
    "Scans",
    (Column("scan", numeric=True), Column("name"), Column("width", "kHz", numeric=True)),
    (("2", "b", "9.5"), ("10", "a", ""), ("1", "c10", "-1e3"), ("3", "c9", "10")),
)


class Cells(HTMLParser):
    """Text of every cell, and every tag that was met."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.tags: set[str] = set()
        self._inside = False
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._inside = tag == "td"
        if self._inside:
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.cells[-1] += data


@given(st.lists(st.text(string.printable, min_size=1), min_size=1, max_size=5))
def test_any_value_is_escaped_and_kept(values: list[str]) -> None:
    parsed = Cells(table_html(Table("t", (Column("c"),), tuple((value,) for value in values))))
    assert parsed.cells == values
    assert parsed.tags == {"div", "table", "thead", "tr", "th", "tbody", "td"}


def test_text_is_aligned() -> None:
    assert table_text(SCANS).splitlines() == [
        "Scans",
        "  scan  name  width (kHz)",
        "     2  b             9.5",
        "    10  a",
        "     1  c10          -1e3",
        "     3  c9             10",
    ]


def test_a_long_table_is_cut_in_html_and_whole_in_the_text() -> None:
    rows = tuple((str(number),) for number in range(1234))
    bundle = listing_bundle(listing("long", [Table("t", (Column("n", numeric=True),), rows)]))
    assert len(Cells(bundle["text/html"]).cells) == 500
    assert "The first 500 of 1234 rows are shown; the text has all of them." in bundle["text/html"]
    assert "\n  1233" in bundle["text/plain"]


def test_without_the_script_it_is_a_table_with_headings() -> None:
    html = listing_bundle(listing("title & more", [SCANS]))["text/html"].partition("<script>")[0]
    assert "title &amp; more" in html
    assert '<th scope="col" data-kind="number"' in html
    assert "<button" not in html


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is missing: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        yield browser.new_page()
        browser.close()


def column(page: Page, number: int) -> list[str]:
    return page.locator(f"tbody tr td:nth-child({number})").all_inner_texts()


def test_a_heading_sorts_numbers_as_numbers(page: Page) -> None:
    # Twice in one document, as two cells would have it: the second script finds all prepared.
    bundle = listing_bundle(listing("title", [SCANS]))
    page.set_content(
        bundle["text/html"] + "<script>" + bundle["text/html"].partition("<script>")[2]
    )
    page.get_by_role("button", name="scan").click()
    assert column(page, 1) == ["1", "2", "3", "10"]
    page.get_by_role("button", name="scan").click()
    assert column(page, 1) == ["10", "3", "2", "1"]
    assert page.get_by_role("columnheader", name="scan").get_attribute("aria-sort") == "descending"
    page.get_by_role("button", name="width").click()
    assert column(page, 3) == ["-1e3", "9.5", "10", ""]
    page.get_by_role("button", name="width").click()
    assert column(page, 3) == ["10", "9.5", "-1e3", ""]


def test_a_heading_is_reached_and_pressed_with_the_keyboard(page: Page) -> None:
    page.set_content(listing_bundle(listing("title", [SCANS]))["text/html"])
    page.get_by_role("button", name="name").focus()
    page.keyboard.press("Enter")
    assert column(page, 2) == ["a", "b", "c9", "c10"]
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    assert column(page, 1) == ["1", "2", "3", "10"]
