"""The tutorial of recompute in JupyterLab: all cells, one choice changed, all cells again."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from casa_kernel import tutorials
from jupyter_client.kernelspec import KernelSpecManager
from playwright.sync_api import Browser, expect
from tests_browser import SECONDS, Lab, browser
from tests_jupyterlab import jupyterlab, opened

__all__ = ["browser"]
pytestmark = pytest.mark.system
TUTORIAL = "recompute"


@pytest.fixture(scope="module")
def artefacts() -> Path:
    place = Path(__file__).parents[2] / "artefacts" / "screenshots"
    place.mkdir(parents=True, exist_ok=True)
    return place


@pytest.fixture(scope="module")
def lab(
    browser: Browser,
    kernel_env: dict[str, str],
    kernel_specs: KernelSpecManager,
    artefacts: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Lab]:
    directory = tmp_path_factory.mktemp("desk")
    tutorials.copy(TUTORIAL, directory)
    specs = Path(kernel_specs.kernel_dirs[0]).parent
    environment = {
        **kernel_env,
        "JUPYTER_PATH": str(specs),
        "RECOMPUTE_STORE": str(tmp_path_factory.mktemp("store")),
    }
    with (
        jupyterlab(directory, environment) as address,
        opened(browser, address, artefacts) as lab,
    ):
        yield lab


def run_all(lab: Lab) -> None:
    lab.page.get_by_role("menuitem", name="Run", exact=True).click()
    lab.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    lab.page.get_by_text("CASA | Busy").wait_for(timeout=30 * SECONDS)
    lab.page.get_by_text("CASA | Idle").wait_for(timeout=200 * SECONDS)
    expect(lab.page.locator("[data-mime-type='application/vnd.jupyter.error']")).to_have_count(0)


def test_one_changed_choice_computes_what_depends_on_it(lab: Lab, artefacts: Path) -> None:
    cells = lab.open_notebook(f"{TUTORIAL}.ipynb")
    run_all(lab)
    graph = cells.locator(".jp-OutputArea-output", has=lab.page.locator("summary")).last
    expect(graph).to_contain_text("tclean")
    choices = cells.filter(has_text="robust = 0.5").locator(".cm-content").first
    choices.click()
    lab.page.keyboard.press("Control+a")
    lab.page.keyboard.insert_text('solint = "inf"\nrobust = -1.0')
    run_all(lab)
    expect(cells.filter(has_text="importfitsidi").first).to_contain_text(
        re.compile(r"✓ importfitsidi cached · saved [\d.]+ s")
    )
    expect(cells.filter(has_text="robust=robust").first).not_to_contain_text("tclean cached")
    expect(cells.last).to_contain_text("robust")
    step = graph.locator("summary", has_text="tclean").last
    step.scroll_into_view_if_needed()
    lab.page.screenshot(path=artefacts / "recompute-graph.png")
    step.click()
    lab.page.screenshot(path=artefacts / "recompute-step.png")
