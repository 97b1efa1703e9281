"""The log block in a browser, put there as JupyterLab does: with its scripts, or without."""

import re

import pytest
from casa_kernel.output.log import Excerpt, LogRecord
from casa_kernel.output.render import render_html, render_live
from playwright.sync_api import Browser, Page, expect
from tests_browser import browser

__all__ = ["browser"]

# As a browser has it, a script within innerHTML does not run: JupyterLab puts a copy in its place.
INSERT = """html => {
  const host = document.createElement('div');
  document.body.replaceChildren(host);
  host.innerHTML = html;
  for (const script of host.querySelectorAll('script')) {
    const copy = document.createElement('script');
    copy.textContent = script.textContent;
    script.replaceWith(copy);
  }
}"""


def record(message: str, priority: str = "INFO", task: str = "gaincal") -> LogRecord:
    return LogRecord("2026-11-22 10:36:29", priority, f"{task}::casa", message, task=task)


def excerpt_of(*records: LogRecord) -> Excerpt:
    excerpt = Excerpt()
    for each in records:
        excerpt.add(each)
    return excerpt


MIXED = excerpt_of(
    record("calm"), record("odd", "WARN"), record("bad", "SEVERE"), record("image", task="tclean")
)


@pytest.fixture
def page(browser: Browser) -> Page:
    page = browser.new_page()
    page.set_default_timeout(5000)
    return page


def lines(page: Page) -> list[str]:
    """The messages that can be seen."""
    text = page.locator("pre").inner_text()
    return [line.rpartition(" ")[2] for line in text.splitlines() if line]


def test_lines_are_chosen_by_level_and_by_task(page: Page) -> None:
    page.evaluate(INSERT, render_html(MIXED, "/log"))
    assert lines(page) == ["calm", "odd", "bad", "image"]
    page.get_by_label("Level").select_option("warnings and errors")
    assert lines(page) == ["odd", "bad"]
    page.get_by_label("Level").select_option("all")
    page.get_by_label("Task").select_option("tclean")
    assert lines(page) == ["image"]


def test_the_filters_are_reached_by_the_keyboard(page: Page) -> None:
    page.evaluate(INSERT, render_html(MIXED, "/log"))
    page.locator("summary").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Level")).to_be_focused()
    page.keyboard.type("errors")
    assert lines(page) == ["bad"]


def test_without_scripts_all_lines_are_there_and_no_control(page: Page) -> None:
    html = re.sub(r"<script>.*?</script>", "", render_html(MIXED, "/log"))
    page.evaluate(INSERT, html)
    assert lines(page) == ["calm", "odd", "bad", "image"]
    assert page.locator("select, label").count() == 0


def test_a_log_without_a_choice_has_no_filters(page: Page) -> None:
    page.evaluate(INSERT, render_html(excerpt_of(record("calm"), record("quiet")), "/log"))
    assert page.locator("select").count() == 0


def test_what_the_reader_opened_stays_open_when_the_block_is_sent_again(page: Page) -> None:
    calm = excerpt_of(record("calm"))
    page.evaluate(INSERT, render_live(calm, "/log", key="one")["text/html"])
    page.locator("summary").click()
    expect(page.locator("pre")).to_be_visible()
    page.evaluate(INSERT, render_live(calm, "/log", key="one")["text/html"])
    expect(page.locator("pre")).to_be_visible()
    page.evaluate(INSERT, render_html(calm, "/log", key="one"))
    expect(page.locator("pre")).to_be_visible()
    page.evaluate(INSERT, render_html(calm, "/log", key="two"))
    expect(page.locator("pre")).to_be_hidden()


def test_a_hostile_task_name_chooses_and_runs_nothing(page: Page) -> None:
    hostile = '"><img src=x onerror=document.title=1>'
    page.evaluate(INSERT, render_html(excerpt_of(record("a"), record("b", task=hostile)), "/log"))
    page.locator("summary").click()
    page.get_by_label("Task").select_option(hostile)
    assert page.locator("img").count() == 0
    assert page.title() == ""
