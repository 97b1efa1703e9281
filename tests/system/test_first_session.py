"""From the login page to flagged visibilities and back: one person's first hour, in order."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tests_browser import Lab, Person
from tests_site import USER_PASSWORD, RunningSite

pytestmark = pytest.mark.system
Enter = Callable[..., Person]

CALIBRATE = (
    "gaincal('ngc5921.ms', caltable='phase.gcal', field='0', refant='15', solint='inf', "
    "calmode='p')"
)
PLOT = """import matplotlib.pyplot as plt
import numpy as np
tb = table()
tb.open('phase.gcal')
phase = np.angle(tb.getcol('CPARAM')[0, 0], deg=True)
tb.close()
_ = plt.plot(phase, 'o')
_ = plt.ylabel('gain phase (deg)')"""
FLAGGED = "flagdata('ngc5921.ms', mode='summary')['flagged']"


def number(lab: Lab, expression: str) -> float:
    """Return what a Python expression is worth in the notebook."""
    text = lab.run(f"print('value', {expression})").inner_text()
    match = re.search(r"^value (-?[\d.]+)", text, re.MULTILINE)
    assert match, text
    return float(match[1])


def test_a_wrong_password_is_said(person: Enter) -> None:
    stranger = person("astronomer")
    stranger.try_to_sign_in("wrong password")
    expect(stranger.page.get_by_role("alert")).to_contain_text("Invalid username or password")
    stranger.shows("wrong-password")


@dataclass
class Work:
    """What the astronomer did, from test to test: they are one story, told in order."""

    astronomer: Person
    flagged: float = 0


@pytest.fixture(scope="module")
def work(person: Enter) -> Work:
    return Work(person("astronomer"))


def test_a_new_workspace_is_one_click_away(work: Work, running_site: RunningSite) -> None:
    astronomer = work.astronomer
    astronomer.page.goto(running_site.url)
    astronomer.shows("login")
    astronomer.sign_in(USER_PASSWORD)
    astronomer.shows("home-empty", whole=True)
    astronomer.new_workspace("NGC 5921", "My reduction")
    expect(astronomer.page.get_by_text("Waiting for the notebook server")).not_to_have_count(0)
    astronomer.shows("progress")
    lab = astronomer.in_lab()
    expect(lab.files().filter(has_text="ngc5921.ms")).to_be_visible()


def test_casa_flags_calibrates_and_plots_in_the_notebook(work: Work) -> None:
    lab = Lab(work.astronomer)
    lab.open_casa_notebook()
    listing = lab.run("listobs('ngc5921.ms')")
    expect(listing).to_contain_text("Data records: 22653")
    expect(listing.locator("details", has_text="CASA log")).to_be_visible()
    work.astronomer.shows("listobs")
    before = number(lab, FLAGGED)
    lab.run("flagdata('ngc5921.ms', mode='manual', antenna='1')")
    work.flagged = number(lab, FLAGGED)
    assert work.flagged > before
    lab.run(CALIBRATE)
    plot = lab.run(PLOT)
    expect(plot.locator("img")).to_be_visible()
    work.astronomer.shows("plot")
    lab.save_as("reduction.ipynb")


def test_stopping_keeps_the_work_and_starting_finds_it(work: Work) -> None:
    astronomer = work.astronomer
    astronomer.go_home()
    row = astronomer.row("My reduction")
    expect(row).to_contain_text("running")
    astronomer.shows("home-running", whole=True)
    astronomer.stop("My reduction")
    facts = row.locator("dl.facts > div", has_text="Changed since then")
    expect(facts.locator("dd")).to_have_text("no")
    astronomer.shows("home-stopped", whole=True)
    row.get_by_role("button", name="Start").click()
    lab = astronomer.in_lab()
    expect(lab.files().filter(has_text="phase.gcal")).to_be_visible()
    cells = lab.open_notebook("reduction.ipynb")
    expect(cells.locator("img")).to_be_visible()
    expect(cells.locator("details", has_text="CASA log").first).to_be_visible()
    astronomer.shows("continued")
    assert number(lab, FLAGGED) == work.flagged
    lab.run("import shutil; shutil.rmtree('phase.gcal')")
    lab.run("flagdata('ngc5921.ms', mode='manual', antenna='2')")
    assert number(lab, FLAGGED) > work.flagged
    lab.save()


def test_a_checkpoint_brings_the_data_back(work: Work) -> None:
    page = work.astronomer.page
    work.astronomer.go_home()
    row = work.astronomer.row("My reduction")
    work.astronomer.stop("My reduction")
    row.get_by_role("link", name="Checkpoints").click()
    work.astronomer.shows("workspace", whole=True)
    oldest = page.locator("#checkpoints ol > li").last
    oldest.get_by_role("button", name="Restore").first.click()
    work.astronomer.shows("restore-question")
    page.get_by_role("dialog").get_by_role("button", name="Restore").click()
    expect(page.locator(".flash")).to_contain_text("is as it was at that checkpoint")
    work.astronomer.shows("restored", whole=True)
    page.get_by_role("button", name="Start").click()
    lab = work.astronomer.in_lab()
    expect(lab.files().filter(has_text="phase.gcal")).to_be_visible()
    lab.open_notebook("reduction.ipynb")
    assert number(lab, FLAGGED) == work.flagged


def test_the_archive_did_not_change(running_site: RunningSite) -> None:
    verified = running_site.command("archive", "verify", "--json")
    answers = json.loads(verified.stdout)
    assert verified.returncode == 0
    assert [each["release"]["dataset"] for each in answers] == ["3c273", "ngc5921"]
    assert all(each["found"] == each["release"]["digest"] for each in answers)


def test_two_people_do_not_see_each_others_workspaces(
    person: Enter, running_site: RunningSite
) -> None:
    ada, ben = person("ada"), person("ben", dark=True)
    for each in (ada, ben):
        each.sign_in(USER_PASSWORD)
        each.new_workspace("3C 273", f"Work of {each.name}")
    for each in (ada, ben):
        each.in_lab()
        each.go_home()
        expect(each.row(f"Work of {each.name}")).to_contain_text("running")
    ben.shows("home-dark", whole=True)
    expect(ada.page.get_by_text("Work of ben")).to_have_count(0)
    expect(ben.page.get_by_text("Work of ada")).to_have_count(0)

    wanted = _workspace_of(running_site, "ada")
    answer = ben.page.goto(f"{running_site.url}/services/portal/workspaces/{wanted['id']}")
    assert answer is not None
    assert answer.status == 404
    expect(ben.page.get_by_role("main")).to_contain_text("You have no such workspace")
    ben.shows("not-mine")
    answer = ben.page.goto(f"{running_site.url}/user/ada/{wanted['session']}/lab")
    assert answer is not None
    assert answer.status == 403


def _workspace_of(site: RunningSite, user: str) -> dict[str, str]:
    listed = site.command("workspace", "list", "--user", user, "--json")
    (workspace,) = json.loads(listed.stdout)
    found: dict[str, str] = workspace
    assert Path(found["path"]).exists()
    return found


def test_a_stopped_site_starts_again_with_everybodys_work(
    person: Enter, running_site: RunningSite
) -> None:
    running_site.stop()
    kept = json.loads(running_site.command("workspace", "list", "--json").stdout)
    assert {"Work of ada", "Work of ben"} <= {each["spec"]["name"] for each in kept}
    assert {each["lease"] for each in kept} == {None}
    running_site.start()
    ada = person("ada")
    ada.sign_in(USER_PASSWORD)
    expect(ada.row("Work of ada")).to_contain_text("stopped")
