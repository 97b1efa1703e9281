"""An interactive clean in JupyterLab, driven by mouse and keyboard."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from casa_plots.images.opening import open_image
from jupyter_client.kernelspec import KernelSpecManager
from numpy.typing import NDArray
from playwright.sync_api import Browser, Locator, expect
from tests_browser import SECONDS, Lab, browser
from tests_jupyterlab import jupyterlab, opened

__all__ = ["browser"]
pytestmark = pytest.mark.system

SIZE = 100
CALIBRATE = """\
gaincal(vis='ngc5921.ms', caltable='p.g', field='0', spw='0:6~56', calmode='p', refant='15',
        solint='inf')
applycal(vis='ngc5921.ms', field='0', gaintable='p.g', flagbackup=False)"""
CLEAN = f"""\
made = tclean(vis='ngc5921.ms', field='0', spw='0:20~30', imagename='quasar', imsize={SIZE},
              cell='15arcsec', niter=200, cycleniter=30, interactive=True)"""


@pytest.fixture(scope="module")
def artefacts() -> Path:
    place = Path(__file__).parents[2] / "artefacts" / "screenshots"
    place.mkdir(parents=True, exist_ok=True)
    return place


@pytest.fixture(scope="module")
def directory(ngc5921: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("desk")
    shutil.copytree(ngc5921 / "ngc5921.ms", place / "ngc5921.ms")
    return place


@pytest.fixture(scope="module")
def address(
    kernel_env: dict[str, str], kernel_specs: KernelSpecManager, directory: Path
) -> Iterator[str]:
    specs = Path(kernel_specs.kernel_dirs[0]).parent
    with jupyterlab(directory, {**kernel_env, "JUPYTER_PATH": str(specs)}) as address:
        yield address


@pytest.fixture
def lab(browser: Browser, address: str, artefacts: Path) -> Iterator[Lab]:
    with opened(browser, address, artefacts) as lab:
        yield lab


def start(lab: Lab, code: str) -> Locator:
    """Run code in the last cell, and do not wait for it; return the cell."""
    cells = lab.page.locator(".jp-NotebookPanel:visible .jp-CodeCell")
    cell = cells.nth(cells.count() - 1)
    editor = cell.locator(".cm-content")
    editor.click()
    lab.page.keyboard.insert_text(code)
    editor.press("Shift+Enter")
    return cell


def pixels(path: Path) -> NDArray[Any]:
    image = open_image(str(path))
    values: NDArray[Any] = np.nan_to_num(image.read((0,) * 4, image.described.shape))
    return values[:, :, 0, 0]


class Widget:
    """The widget, as a person uses it."""

    def __init__(self, cell: Locator) -> None:
        self.root = cell.locator(".casa-clean")
        self.root.wait_for(timeout=60 * SECONDS)
        self.page = cell.page
        self.canvas = self.root.locator("canvas")
        self.ready()

    def ready(self) -> None:
        expect(self.root).to_have_attribute("data-phase", "waiting")
        expect(self.root.locator(".casa-busy")).to_be_hidden()
        expect(self.root).to_have_attribute("aria-busy", "false")

    def looked_at(self) -> None:
        """Have all of it in the window."""
        self.root.evaluate("root => root.scrollIntoView({block: 'start'})")
        expect(self.root.locator(".casa-mask")).to_be_visible()
        expect(self.root.locator(".casa-busy")).to_be_hidden()
        self.ready()

    def press(self, name: str) -> None:
        self.root.get_by_role("button", name=name, exact=True).click()

    def cycle(self, number: int) -> None:
        self.press("Next cycle")
        expect(self.root.locator(".casa-says")).to_contain_text(re.compile(rf"\b{number} cycles?,"))
        expect(self.root.locator(".casa-curve")).to_have_attribute("data-cycles", str(number))
        self.ready()

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> int:
        """Drag in fractions of the picture; return how many pixels the mask has then."""
        # Also not below the buttons that were pressed last.
        self.canvas.evaluate("canvas => canvas.scrollIntoView({block: 'center'})")
        box = self.canvas.bounding_box()
        assert box is not None
        before = self.root.get_attribute("data-mask")
        places = [
            (box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)
        ]
        self.page.mouse.move(*places[0])
        self.page.mouse.down()
        self.page.mouse.move(*places[1], steps=4)
        self.page.mouse.up()
        expect(self.root).not_to_have_attribute("data-mask", before or "")
        return self.mask

    @property
    def mask(self) -> int:
        return int(self.root.get_attribute("data-mask") or -1)

    def entry(self, name: str) -> Locator:
        return self.root.get_by_label(re.compile(f"^{name}:"))


def in_the_dark(lab: Lab) -> None:
    lab.page.locator(".lm-MenuBar-item", has_text="Settings").click()
    for name in ("Theme", "JupyterLab Dark"):
        label = lab.page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{name}$"))
        label.first.click()
    expect(lab.page.locator("body")).to_have_attribute("data-jp-theme-light", "false")


def test_a_person_cleans_in_the_notebook(  # noqa: PLR0915 - one person, one story
    lab: Lab, directory: Path, artefacts: Path
) -> None:
    lab.open_casa_notebook()
    lab.run(CALIBRATE)
    cell = start(lab, CLEAN)
    widget = Widget(cell)
    expect(cell.locator(".jp-InputPrompt")).to_have_text("[*]:")
    widget.canvas.scroll_into_view_if_needed()
    box = widget.drag((0.44, 0.38), (0.56, 0.54))
    assert box > 50
    widget.cycle(1)
    mask = pixels(directory / "quasar.masks" / "cycle-01.mask")
    assert mask.sum() == box
    columns, rows = np.nonzero(mask)
    assert mask[columns.min() : columns.max() + 1, rows.min() : rows.max() + 1].all()
    residual = np.abs(pixels(directory / "quasar.residual"))
    place = np.unravel_index(pixels(directory / "quasar.model").argmax(), residual.shape)
    assert mask[place] == 1
    # A mask that is taken back does not get into the next cycle.
    assert widget.drag((0.3, 0.2), (0.36, 0.28)) > box
    widget.press("Undo")
    expect(widget.root).to_have_attribute("data-mask", str(box))
    widget.entry("threshold").fill("5 mJy")
    widget.entry("threshold").press("Enter")
    expect(widget.entry("threshold")).to_have_value("5mJy")
    widget.cycle(2)
    np.testing.assert_array_equal(pixels(directory / "quasar.mask"), mask)
    assert not (directory / "quasar.masks" / "cycle-02.mask").exists()
    widget.entry("threshold").fill("soon")
    widget.entry("threshold").press("Enter")
    expect(widget.root.get_by_role("alert")).to_contain_text("is no flux density")
    expect(widget.entry("threshold")).to_have_value("5mJy")
    after = pixels(directory / "quasar.residual")
    widget.cycle(3)
    widget.press("Undo cycle")
    expect(widget.root.locator(".casa-curve")).to_have_attribute("data-cycles", "2")
    widget.ready()
    np.testing.assert_array_equal(pixels(directory / "quasar.residual"), after)
    assert widget.mask == box
    lab.page.add_style_tag(content=".Toastify { display: none }")
    lab.page.set_viewport_size({"width": 1280, "height": 1500})
    widget.looked_at()
    widget.root.screenshot(path=artefacts / "clean-light.png")
    in_the_dark(lab)
    expect(widget.root.locator(".casa-curve")).to_have_attribute("data-theme", "dark")
    widget.looked_at()
    widget.root.screenshot(path=artefacts / "clean-dark.png")
    widget.canvas.focus()
    lab.page.keyboard.press("S")
    expect(cell.locator(".jp-InputPrompt")).to_have_text("[2]:", timeout=60 * SECONDS)
    expect(widget.root).to_have_attribute("data-phase", "done")
    expect(cell).to_contain_text("quasar.masks/clean-01.py")
    keys = "iterdone nmajordone stopDescription"
    told = start(lab, f"[made[each] for each in '{keys}'.split()], round(made['threshold'], 6)")
    done = cell.locator(".casa-says")
    iterations = re.search(r"(\d+) iterations", done.inner_text())
    assert iterations
    expect(told).to_contain_text(f"([{iterations[1]}, 3, 'force stop'], 0.005)")
    assert pixels(directory / "quasar.image").max() > 0.5
    assert "threshold='5mJy'" in (directory / "quasar.masks" / "clean-01.py").read_text()
    assert (directory / "quasar.masks" / "cycle-02.last").exists()
