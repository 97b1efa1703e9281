"""Plots in JupyterLab, as an astronomer sees them and acts on them; screenshots are looked at."""

import math
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.kernelspec import KernelSpecManager
from playwright.sync_api import Browser, Locator, Page, expect
from tests_browser import SECONDS, Lab, browser
from tests_jupyterlab import jupyterlab, opened

from kernel import plots_demo

# A film that began at plane 499 has got somewhere.
PLAYED = re.compile(r"^plane (50[2-9]|5[1-9]\d|[6-9]\d\d)$")

__all__ = ["browser"]
pytestmark = pytest.mark.system


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
    ngc5921: Path,
    artefacts: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Lab]:
    desk = tmp_path_factory.mktemp("desk")
    shutil.copy(plots_demo.SOURCE, desk)
    shutil.copytree(ngc5921 / "ngc5921.ms", desk / "ngc5921.ms")
    specs = Path(kernel_specs.kernel_dirs[0]).parent
    environment = {**kernel_env, "JUPYTER_PATH": str(specs)}
    with (
        jupyterlab(desk, environment) as address,
        opened(browser, address, artefacts) as lab,
    ):
        lab.open_casa_notebook()
        lab.save_as("plots.ipynb")
        yield lab


class Plot:
    """A living plot in a cell."""

    def __init__(self, cell: Locator) -> None:
        self.cell = cell
        self.page: Page = cell.page
        self.root = cell.locator(".casa-plot")
        self.canvas = self.root.locator(".casa-canvas")
        self.settled()
        self.canvas.scroll_into_view_if_needed()

    def settled(self) -> None:
        """Wait until what is wanted is drawn."""
        expect(self.root).to_have_attribute("aria-busy", "false")

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return where on the page data coordinates of the demo are, at home."""
        box = self.canvas.bounding_box()
        assert box is not None
        across = 0.12 + (x / 10) * 0.84
        up = 0.12 + (math.log10(y) / 3) * 0.78
        return box["x"] + across * box["width"], box["y"] + (1 - up) * box["height"]

    def part(self, across: float, up: float) -> tuple[float, float]:
        """Return where on the page a part of the picture's width and height is."""
        box = self.canvas.bounding_box()
        assert box is not None
        return box["x"] + across * box["width"], box["y"] + (1 - up) * box["height"]

    def drag(self, one: tuple[float, float], other: tuple[float, float]) -> None:
        self.drag_parts(self.at(*one), self.at(*other))

    def drag_parts(self, one: tuple[float, float], other: tuple[float, float]) -> None:
        """Drag between two places on the page."""
        self.page.mouse.move(*one)
        self.page.mouse.down()
        self.page.mouse.move(*other, steps=4)
        self.page.mouse.up()

    def read_out(self, x: float, y: float) -> str:
        self.page.mouse.move(*self.at(x, y))
        return self.root.locator(".casa-readout").inner_text()

    def pixels(self) -> str:
        text: str = self.canvas.evaluate("each => each.toDataURL()")
        return text


def keep(lab: Lab, artefacts: Path, name: str) -> None:
    lab.page.screenshot(path=artefacts / f"plots-{name}.png")


def choose_menu(lab: Lab, menu: str, *items: str) -> None:
    lab.page.get_by_role("menuitem", name=menu, exact=True).click()
    for item in items:
        label = lab.page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{re.escape(item)}$"))
        label.click()


def numbers(text: str) -> list[float]:
    return [float(each) for each in re.findall(r"(?<![\w.])-?\d+\.?\d*(?:e-?\d+)?", text)]


@pytest.fixture(scope="module")
def plot(lab: Lab) -> Plot:
    lab.run("import plots_demo as demo")
    return Plot(lab.run("shown = demo.show(get_ipython(), demo.pages())"))


@pytest.fixture
def home(plot: Plot) -> Iterator[Plot]:
    yield plot
    plot.canvas.press("Escape")
    plot.canvas.press("z")
    plot.canvas.press("h")
    plot.settled()


def value(lab: Lab, code: str) -> str:
    return lab.run(code).locator(".jp-OutputArea-executeResult pre").inner_text()


def test_the_widget_stands_for_the_picture(lab: Lab, plot: Plot, artefacts: Path) -> None:
    expect(plot.cell.locator(".casa-static")).to_be_hidden()
    expect(plot.cell.locator(".jp-RenderedImage")).to_be_hidden()
    expect(plot.canvas).to_have_accessible_name("demo. 111 points rise from 1 to 1000 Jy.")
    keep(lab, artefacts, "light")


def test_the_pointer_reads_coordinates(plot: Plot) -> None:
    for x, y in ((2.5, 4.0), (7.0, 300.0)):
        found = numbers(plot.read_out(x, y))
        # A pixel is 0.015 along x, and 1 % along y.
        assert found[0] == pytest.approx(x, abs=0.02)
        assert found[1] == pytest.approx(y, rel=0.02)


def test_zoom_draws_a_region_and_back_returns(lab: Lab, home: Plot) -> None:
    before = home.pixels()
    home.drag((2.0, 100.0), (4.0, 4.0))
    home.settled()
    assert home.pixels() != before
    expect(home.button("Back")).to_be_enabled()
    region = value(
        lab, "[each.regions['points'] for each in shown.views[0].drawn if each.regions][-1]"
    )
    left, right, bottom, top = numbers(region)
    assert [left, right] == pytest.approx([2.0, 4.0], abs=0.03)
    assert [bottom, top] == pytest.approx([4.0, 100.0], rel=0.03)
    home.canvas.scroll_into_view_if_needed()
    home.button("Back").click()
    home.settled()
    expect(home.button("Back")).to_be_disabled()
    home.button("Forward").click()
    home.settled()
    expect(home.button("Home")).to_be_enabled()


def test_the_keyboard_does_all_of_it(home: Plot) -> None:
    home.canvas.focus()
    home.canvas.press("+")
    home.settled()
    assert numbers(home.read_out(1.0, 2.0))[0] == pytest.approx(3.0, abs=0.02)
    home.canvas.press("ArrowRight")
    home.settled()
    assert numbers(home.read_out(1.0, 2.0))[0] == pytest.approx(3.5, abs=0.02)
    home.canvas.press("h")
    home.settled()
    home.canvas.press("Shift+ArrowRight")
    expect(home.root.locator(".casa-status")).to_contain_text("Frequency 5.")
    home.canvas.press("?")
    expect(home.root.get_by_role("region", name="Help")).to_be_focused()
    home.canvas.press("Escape")
    expect(home.root.get_by_role("region", name="Help")).to_have_count(0)


def test_the_wheel_zooms_a_plot_that_was_chosen(home: Plot) -> None:
    home.canvas.focus()
    home.page.mouse.move(*home.at(5.0, 30.0))
    home.page.mouse.wheel(0, -300)
    expect(home.button("Home")).to_be_enabled()
    home.settled()
    assert numbers(home.read_out(5.0, 30.0))[0] == pytest.approx(5.0, abs=0.02)
    assert numbers(home.read_out(1.0, 30.0))[0] > 1.5


def test_a_place_is_located(lab: Lab, home: Plot, artefacts: Path) -> None:
    home.page.mouse.move(*home.at(3.0, 10**0.9))
    found = home.root.locator(".casa-found")
    expect(found).to_contain_text("1 point here")
    expect(found.locator("tbody td")).to_have_text(["33", "3.0", "7.943"])
    keep(lab, artefacts, "locate")


def test_an_outline_is_measured_and_flagged(lab: Lab, home: Plot, artefacts: Path) -> None:
    home.button("Rectangle").click()
    home.drag((1.95, 2.0), (3.05, 20.0))
    panel = home.root.get_by_role("region", name="Outline")
    expect(panel.get_by_role("table", name="Measured")).to_contain_text("points12")
    panel.get_by_role("button", name="Flag", exact=True).click()
    expect(panel).to_contain_text("12 of 111 visibilities would be flagged.")
    panel.get_by_label("channels").check()
    expect(panel).to_contain_text("111 of 111 visibilities would be flagged.")
    panel.get_by_label("channels").uncheck()
    expect(panel).to_contain_text("12 of 111 visibilities would be flagged.")
    panel.scroll_into_view_if_needed()
    keep(lab, artefacts, "flag")
    before = home.pixels()
    panel.get_by_role("button", name="Apply: flag").click()
    expect(panel).to_contain_text("12 visibilities were flagged.")
    home.settled()
    assert home.pixels() != before
    expect(home.canvas).to_have_accessible_name(re.compile("99 points"))
    panel.get_by_role("button", name="Undo").click()
    expect(panel).to_contain_text("The flags are as before.")
    expect(home.canvas).to_have_accessible_name(re.compile("111 points"))


def test_what_goes_wrong_is_a_sentence(lab: Lab, home: Plot) -> None:
    home.canvas.focus()
    alert = home.root.get_by_role("alert")
    for _ in range(30):
        home.canvas.press("ArrowRight")
    expect(alert).to_contain_text("Nothing is out there")
    home.canvas.press("h")
    home.settled()
    expect(alert).to_be_hidden()


def test_a_picture_is_saved_by_the_browser(home: Plot) -> None:
    home.button("Save").click()
    with home.page.expect_download() as downloaded:
        home.root.get_by_role("menuitem", name="SVG").click()
    assert downloaded.value.suggested_filename == "demo-demo.svg"
    assert "<svg" in downloaded.value.path().read_text()


def test_a_plot_answers_while_a_cell_runs(lab: Lab, home: Plot) -> None:
    lab.run("import threading\nfree = threading.Event()")
    cells = lab._cells()
    busy = cells.nth(cells.count() - 1)
    busy.locator(".cm-content").click()
    lab.page.keyboard.insert_text("free.wait(50)")
    busy.locator(".cm-content").press("Shift+Enter")
    expect(busy.locator(".jp-InputPrompt")).to_have_text("[*]:")
    home.canvas.scroll_into_view_if_needed()
    home.canvas.focus()
    home.canvas.press("+")
    home.settled()
    assert numbers(home.read_out(1.0, 2.0))[0] == pytest.approx(3.0, abs=0.02)
    expect(busy.locator(".jp-InputPrompt")).to_have_text("[*]:")
    choose_menu(lab, "Kernel", "Interrupt Kernel")
    lab.page.get_by_text("CASA | Idle").wait_for()
    lab._count += 1


def test_the_pointer_reads_times_in_their_scale(lab: Lab, plot: Plot) -> None:
    timed = Plot(lab.run("_ = demo.show(get_ipython(), demo.pages(time_scale='TAI'))"))
    said = timed.read_out(2.5, 4.0)
    assert re.match(r"Time 1858-11-17 00:00:02\.[45]\d* TAI · Amplitude ", said)


def test_pages_are_turned_and_played(lab: Lab, artefacts: Path) -> None:
    film = Plot(lab.run("film = demo.show(get_ipython(), demo.pages(1000))"))
    title = film.root.locator(".casa-title")
    film.button("Next page").click()
    expect(title).to_have_text("plane 1")
    film.canvas.press("PageDown")
    expect(title).to_have_text("plane 2")
    film.button("Last page").click()
    expect(title).to_have_text("plane 999")
    film.root.get_by_label("Page number").fill("500")
    film.root.get_by_label("Page number").press("Enter")
    expect(title).to_have_text("plane 499")
    film.settled()
    keep(lab, artefacts, "pages")
    film.button("Play all pages").click()
    expect(title).to_have_text(PLAYED)  # a page is seen for a moment only
    film.button("Pause").click()
    film.settled()
    seen = int(numbers(title.inner_text())[0]) - 499
    made: Any = value(lab, "len(film.views.made)")
    assert int(made) < seen + 10  # besides these, those turned to by hand, and the next of each


def test_visibilities_are_named_zoomed_flagged_and_back(lab: Lab, artefacts: Path) -> None:
    real = Plot(lab.run('plotms("ngc5921.ms", xaxis="uvdist", yaxis="amp", coloraxis="field")'))
    real.page.mouse.move(*real.part(0.3, 0.115))
    found = real.root.locator(".casa-found")
    expect(found).to_contain_text("points here")
    expect(found.locator("thead")).to_contain_text("Baseline")
    keep(lab, artefacts, "visibilities")

    whole = real.pixels()
    real.drag_parts(real.part(0.2, 0.3), real.part(0.5, 0.11))
    real.settled()
    assert real.pixels() != whole
    real.canvas.press("h")
    real.settled()
    assert real.pixels() == whole

    count = "flagdata('ngc5921.ms', mode='summary')['flagged']"
    before = float(value(lab, count))
    real.canvas.scroll_into_view_if_needed()
    real.button("Rectangle").click()
    real.drag_parts(real.part(0.3, 0.11), real.part(0.6, 0.15))
    panel = real.root.get_by_role("region", name="Outline")
    panel.get_by_role("button", name="Flag", exact=True).click()
    expect(panel).to_contain_text("would be flagged.")
    panel.get_by_role("button", name="Apply: flag").click()
    expect(panel).to_contain_text(re.compile(r"[\d,]+ visibilities flagged"))
    said = panel.inner_text()
    changed = re.search(r"([\d,]+) visibilities flagged", said)
    assert changed is not None
    real.settled()
    assert real.pixels() != whole
    after = float(value(lab, count))
    assert after - before == int(changed[1].replace(",", "")) > 0
    panel.scroll_into_view_if_needed()
    keep(lab, artefacts, "flagged")
    panel.get_by_role("button", name="Undo").click()
    expect(panel).to_contain_text("all is as it was before")
    real.settled()
    assert real.pixels() == whole
    assert float(value(lab, count)) == before


def test_an_image_is_measured(lab: Lab, artefacts: Path) -> None:
    lab.run(
        "ia = image()\n"
        "ia.fromshape('even.image', [64, 64, 1, 8], overwrite=True)\n"
        "ia.set(2.5)\n"
        "ia.setbrightnessunit('Jy/pixel')\n"
        "ia.close()"
    )
    shown = Plot(lab.run('imview("even.image")'))
    shown.button("Next page").click()
    shown.settled()
    shown.button("Rectangle").click()
    shown.drag_parts(shown.part(0.4, 0.4), shown.part(0.6, 0.6))
    panel = shown.root.get_by_role("region", name="Outline")
    measured = panel.get_by_role("table", name="Measured")
    expect(measured).to_contain_text("mean")
    assert "2.5" in measured.inner_text()
    panel.scroll_into_view_if_needed()
    keep(lab, artefacts, "image")


def test_dark_is_drawn_dark(lab: Lab, plot: Plot, artefacts: Path) -> None:
    plot.canvas.scroll_into_view_if_needed()

    def choose(theme: str) -> None:
        choose_menu(lab, "Settings", "Theme", theme)

    corner = "each => [...each.getContext('2d').getImageData(3, 3, 1, 1).data].slice(0, 3)"
    assert plot.canvas.evaluate(corner) == [255, 255, 255]
    choose("JupyterLab Dark")
    expect(lab.page.locator("body")).to_have_attribute("data-jp-theme-light", "false")
    plot.settled()
    lab.page.wait_for_function(
        "() => document.querySelector('.casa-canvas').getContext('2d')"
        ".getImageData(3, 3, 1, 1).data[0] === 17"
    )
    keep(lab, artefacts, "dark")
    choose("JupyterLab Light")
    expect(lab.page.locator("body")).to_have_attribute("data-jp-theme-light", "true")
    plot.settled()


def test_a_notebook_that_is_opened_again_shows_the_picture(lab: Lab, artefacts: Path) -> None:
    choose_menu(lab, "Kernel", "Restart Kernel…")
    lab.page.locator(".jp-Dialog").get_by_role("button", name="Confirm Kernel Restart").click()
    expect(lab.page.locator(".casa-alert").first).to_contain_text("The kernel was stopped")
    lab.page.get_by_text("CASA | Idle").wait_for(timeout=60 * SECONDS)
    lab.save()
    lab.open_notebook("plots.ipynb")
    picture = lab.page.locator(".jp-RenderedImage img").first
    expect(picture).to_be_visible()
    expect(lab.page.locator(".casa-static").first).to_contain_text("drawn by the test")
    expect(lab.page.locator(".casa-plot")).to_have_count(0)
    expect(lab.page.get_by_text("Error displaying widget")).to_have_count(0)
    picture.scroll_into_view_if_needed()
    keep(lab, artefacts, "again")
