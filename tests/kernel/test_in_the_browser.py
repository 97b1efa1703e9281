"""The kernel in JupyterLab, as an astronomer sees it; screenshots are kept and looked at."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from casa_kernel import tutorials
from jupyter_client.kernelspec import KernelSpecManager
from playwright.sync_api import Browser, Locator, expect
from tests_browser import SECONDS, Lab, browser
from tests_jupyterlab import jupyterlab, opened

__all__ = ["browser"]
pytestmark = pytest.mark.system
TUTORIAL = "vla-spectral-line"


@pytest.fixture(scope="module")
def artefacts() -> Path:
    place = Path(__file__).parents[2] / "artefacts" / "screenshots"
    place.mkdir(parents=True, exist_ok=True)
    return place


@pytest.fixture(scope="module")
def address(
    kernel_env: dict[str, str],
    kernel_specs: KernelSpecManager,
    ngc5921: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    directory = tmp_path_factory.mktemp("desk")
    tutorials.copy(TUTORIAL, directory)
    shutil.copytree(ngc5921 / "ngc5921.ms", directory / "ngc5921.ms")
    specs = Path(kernel_specs.kernel_dirs[0]).parent
    with jupyterlab(directory, {**kernel_env, "JUPYTER_PATH": str(specs)}) as address:
        yield address


@pytest.fixture(scope="module")
def lab(browser: Browser, address: str, artefacts: Path) -> Iterator[Lab]:
    with opened(browser, address, artefacts) as lab:
        yield lab


def keep(lab: Lab, artefacts: Path, name: str) -> None:
    lab.page.screenshot(path=artefacts / f"kernel-{name}.png")


def column(table: Locator, number: int) -> list[str]:
    return table.locator(f"tbody tr td:nth-child({number})").all_inner_texts()


def test_a_tutorial_runs_from_top_to_bottom(lab: Lab, artefacts: Path) -> None:
    cells = lab.open_notebook(f"{TUTORIAL}.ipynb")
    keep(lab, artefacts, "tutorial-begin")
    lab.page.get_by_role("menuitem", name="Run", exact=True).click()
    lab.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    prompts = cells.locator(".jp-InputPrompt")
    expect(prompts.last).to_have_text(re.compile(r"\[\d+\]:"), timeout=180 * SECONDS)
    lab.page.get_by_text("CASA | Idle").wait_for(timeout=120 * SECONDS)
    expect(lab.page.locator("[data-mime-type='application/vnd.jupyter.error']")).to_have_count(0)
    expect(lab.page.locator(".jp-OutputArea-output img").last).to_be_visible()
    keep(lab, artefacts, "tutorial-end")


def test_a_table_sorts_and_the_log_filters(lab: Lab, artefacts: Path) -> None:
    lab.page.goto(re.sub(r"/lab.*", "/lab?reset", lab.page.url))
    lab.open_casa_notebook()
    cell = lab.run("listobs('ngc5921.ms')")
    table = cell.locator("table[data-casa-sortable]", has_text="interval (s)")
    table.scroll_into_view_if_needed()
    keep(lab, artefacts, "listobs")
    headings = [each.split()[0] for each in table.locator("thead th").all_inner_texts()]
    number = headings.index("rows") + 1
    heading = table.locator(f"thead th:nth-child({number})")
    heading.get_by_role("button").or_(heading).first.click()
    rows = [int(each) for each in column(table, number)]
    assert rows == sorted(rows)
    assert len(set(rows)) > 1


def test_inp_shows_what_is_wrong_and_go_runs(lab: Lab, artefacts: Path) -> None:
    cell = lab.run("default tclean\nvis = 'ngc5921.ms'\nspecmode = 'cubes'\ninp")
    expect(cell).to_contain_text("specmode")
    expect(cell).to_contain_text("mfs")
    cell.locator("table").last.scroll_into_view_if_needed()
    keep(lab, artefacts, "inp")
    done = lab.run("default visstat\nvis = 'ngc5921.ms'\ngo")
    expect(done).to_contain_text("Begin Task: visstat")


def test_an_error_is_short_and_says_what_helps(lab: Lab, artefacts: Path) -> None:
    cell = lab.run("listobs('ngc5912.ms')")
    expect(cell).to_contain_text("Did you mean ngc5921.ms?")
    cell.scroll_into_view_if_needed()
    keep(lab, artefacts, "error")
