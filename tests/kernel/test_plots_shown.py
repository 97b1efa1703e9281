"""Plots in a real kernel: what a cell keeps, and the messages between widget and kernel."""

import base64
import shutil
from typing import Any

import pytest
from kernel.casa_notebook import TIMEOUT, Cell, Notebook
from kernel.conftest import StartNotebook

from kernel import plots_demo

PNG = b"\x89PNG"


@pytest.fixture(scope="module")
def notebook(start_notebook: StartNotebook) -> Notebook:
    made = start_notebook()
    shutil.copy(plots_demo.SOURCE, made.cwd)
    assert made.run("import plots_demo as demo").error is None
    return made


class Widget:
    """The front end's side of a widget, by its messages."""

    def __init__(self, notebook: Notebook, cell: Cell) -> None:
        opens = [m["content"] for m in cell.messages if m["msg_type"] == "comm_open"]
        (opened,) = [each for each in opens if "_esm" in each["data"]["state"]]
        self.notebook = notebook
        self.comm = opened["comm_id"]
        self.state = opened["data"]["state"]
        self._count = 0

    def send(self, ask: str, **content: Any) -> str:
        self._count += 1
        number = f"test-{self._count}"
        data = {"method": "custom", "content": {"id": number, "ask": ask, **content}}
        client = self.notebook.client
        message = client.session.msg("comm_msg", {"comm_id": self.comm, "data": data})
        client.shell_channel.send(message)
        return number

    def answer(self, number: str) -> dict[str, Any]:
        return self.answers(number)[number]

    def answers(self, *numbers: str) -> dict[str, dict[str, Any]]:
        """Await the answers to questions."""
        found: dict[str, dict[str, Any]] = {}
        while set(numbers) - set(found):
            message = self.notebook.client.get_iopub_msg(timeout=TIMEOUT)
            if message["msg_type"] != "comm_msg" or message["content"]["comm_id"] != self.comm:
                continue
            content = message["content"]["data"].get("content", {})
            if content.get("answer") in numbers:
                found[content["answer"]] = {**content, "buffers": message["buffers"]}
        return found

    def ask(self, ask: str, **content: Any) -> dict[str, Any]:
        return self.answer(self.send(ask, **content))


LOOKING = {"page": 0, "width": 400, "height": 300, "ratio": 1, "theme": "light", "regions": {}}
OUTLINE = {"page": 0, "frame": "points", "shape": "rectangle", "points": [[0.95, 1], [2.05, 900]]}


@pytest.fixture
def widget(notebook: Notebook) -> Widget:
    cell = notebook.run("shown = demo.show(get_ipython(), demo.pages())", cell="a-cell")
    assert cell.error is None
    return Widget(notebook, cell)


def test_a_cell_keeps_a_picture_with_its_words(notebook: Notebook) -> None:
    cell = notebook.run("shown = demo.show(get_ipython(), demo.pages())", cell="kept")
    displays = [m["content"] for m in cell.messages if m["msg_type"] == "display_data"]
    caption, picture = displays
    words = "111 points rise from 1 to 1000 Jy."
    assert base64.b64decode(picture["data"]["image/png"]).startswith(PNG)
    assert picture["metadata"]["image/png"] == {"alt": words, "width": 800, "height": 600}
    assert picture["data"]["text/plain"] == words
    assert words in caption["data"]["text/html"]
    assert "drawn by the test" in caption["data"]["text/plain"]
    assert "Nothing is averaged." in caption["data"]["text/html"]
    # What a later reader of the saved notebook could not show.
    assert not [d for d in displays if "application/vnd.jupyter.widget-view+json" in d["data"]]


def test_a_run_without_a_front_end_has_pictures_only(notebook: Notebook) -> None:
    cell = notebook.run("shown = demo.show(get_ipython(), demo.pages(15))")
    assert not [m for m in cell.messages if m["msg_type"] == "comm_open"]
    assert len([each for each in cell.displays if "image/png" in each]) == 12
    assert "12 of 15 pages are shown" in cell.stream("stdout")


def test_plots_static_and_its_size_hold(notebook: Notebook) -> None:
    notebook.run("%plots static size 5x4 dpi 60")
    cell = notebook.run("shown = demo.show(get_ipython(), demo.pages())", cell="static")
    assert not [m for m in cell.messages if m["msg_type"] == "comm_open"]
    assert "plots: auto, 8 x 6 inches, 100 dpi" in notebook.run(
        "print(shown.views[0].drawn[0].size.pixels)\n%plots auto size 8x6 dpi 100"
    ).stream("stdout")
    assert notebook.run("shown.views[0].drawn[0].size.pixels").result == "(300, 240)"


def test_a_wrong_setting_says_what_there_is(notebook: Notebook) -> None:
    for line, words in (("sizes 3", "none of auto"), ("size 0x3", "1 to 40 inches")):
        error = notebook.run(f"%plots {line}").error
        assert error is not None
        assert words in error["evalue"]


def test_hello_gives_the_picture_that_is_there(widget: Widget) -> None:
    answer = widget.ask("hello")
    assert answer["pages"] == 1
    assert answer["task"] == "demo"
    assert (answer["width"], answer["height"]) == (800, 600)
    assert answer["forms"] == ["png", "pdf", "svg"]
    assert answer["first"]["can"] == ["locate", "measure", "flag"]
    assert bytes(answer["buffers"][0]).startswith(PNG)


def test_a_region_is_drawn_and_kept(widget: Widget, notebook: Notebook) -> None:
    regions = {"points": [2.0, 3.0, 2.0, 20.0]}
    number = widget.send("draw", **{**LOOKING, "regions": regions})
    answer = widget.answer(number)
    (frame,) = answer["frames"]
    assert frame["shown"] == [2.0, 3.0, 2.0, 20.0]
    assert (frame["xScale"], frame["yScale"]) == ("linear", "log")
    while True:
        message = notebook.client.get_iopub_msg(timeout=TIMEOUT)
        if message["msg_type"] == "update_display_data":
            break
    kept = base64.b64decode(message["content"]["data"]["image/png"])
    assert kept.startswith(PNG)
    looking = "[(each.size.pixels, each.regions) for each in shown.views[0].drawn][-1]"
    assert notebook.run(looking).result.startswith("((800, 600), {'points': Region(left=2.0")


def test_what_cannot_be_drawn_is_a_sentence(widget: Widget, notebook: Notebook) -> None:
    far = {**LOOKING, "regions": {"points": [30.0, 40.0, 1.0, 10.0]}}
    assert widget.ask("draw", **far)["error"] == "Nothing is out there: press h for home."
    assert "no page 8" in widget.ask("draw", **{**LOOKING, "page": 7})["error"]
    assert "which is no number" in widget.ask("draw", **{**LOOKING, "ratio": "x"})["error"]
    assert "does not know 'dance'" in widget.ask("dance")["error"]
    assert notebook.run("1 + 1").result == "2"


def test_only_the_newest_drawing_is_made(notebook: Notebook) -> None:
    cell = notebook.run(
        "shown = demo.show(get_ipython(), demo.pages(seconds=0.3))", cell="coalesced"
    )
    widget = Widget(notebook, cell)
    numbers = [
        widget.send("draw", **{**LOOKING, "regions": {"points": [0.0, 1.0 + i, 1.0, 10.0]}})
        for i in range(12)
    ]
    answers = widget.answers(*numbers)
    drawn = [number for number in numbers if not answers[number].get("dropped")]
    assert drawn[-1] == numbers[-1]
    assert len(drawn) <= 3
    assert answers[numbers[-1]]["frames"][0]["shown"] == [0.0, 12.0, 1.0, 10.0]


def test_a_place_names_what_is_there(widget: Widget) -> None:
    answer = widget.ask("locate", page=0, frame="points", region=[0.95, 1.25, 1, 10], limit=2)
    assert answer["total"] == 3
    assert answer["columns"] == ["row", "frequency", "amplitude"]
    assert answer["rows"] == [["11", "1.0", "1.995"], ["12", "1.1", "2.125"]]


def test_an_outline_is_measured(widget: Widget) -> None:
    answer = widget.ask("measure", **{**LOOKING, **OUTLINE})
    x = [i / 11 for i in range(111)]
    chosen = [10 ** (0.3 * each) for each in x if 0.95 <= each <= 2.05]
    assert answer["rows"][0] == ["points", str(len(chosen))]
    assert float(answer["rows"][1][1]) == pytest.approx(sum(chosen) / len(chosen), abs=5e-4)
    assert bytes(answer["buffers"][0]).startswith(PNG)


def test_flags_are_previewed_applied_and_taken_back(widget: Widget, notebook: Notebook) -> None:
    asked = {**OUTLINE, "extension": {}, "flag": True}
    preview = widget.ask("preview", **asked)
    assert preview["sentence"] == f"{preview['changed']} of 111 visibilities would be flagged."
    assert notebook.run("int(shown.views[0].flagged.sum())").result == "0"
    everything = widget.ask("preview", **{**asked, "extension": {"channels": True}})
    assert everything["changed"] == 111
    assert widget.ask("apply", **asked)["sentence"].endswith("were flagged.")
    assert notebook.run("int(shown.views[0].flagged.sum())").result == str(preview["changed"])
    assert widget.ask("undo")["error"]  # a question without its page
    assert widget.ask("undo", page=0)["sentence"] == "The flags are as before."
    assert notebook.run("int(shown.views[0].flagged.sum())").result == "0"


def test_files_are_made_in_each_format(widget: Widget) -> None:
    for form, begin in (("png", PNG), ("pdf", b"%PDF"), ("svg", b"<?xml")):
        answer = widget.ask("save", page=0, regions={}, theme="light", form=form)
        assert bytes(answer["buffers"][0]).startswith(begin)
        assert answer["name"] == f"demo-demo.{form}"
    assert (
        "is none of" in widget.ask("save", page=0, regions={}, theme="light", form="exe")["error"]
    )


def test_a_cell_that_runs_again_lets_go_of_its_widget(widget: Widget, notebook: Notebook) -> None:
    cell = notebook.run("shown = demo.show(get_ipython(), demo.pages())", cell="a-cell")
    closed = [m["content"]["comm_id"] for m in cell.messages if m["msg_type"] == "comm_close"]
    assert widget.comm in closed


def test_a_thousand_pages_are_made_one_by_one(notebook: Notebook) -> None:
    cell = notebook.run("shown = demo.show(get_ipython(), demo.pages(1000))", cell="thousand")
    widget = Widget(notebook, cell)
    assert widget.ask("hello")["pages"] == 1000
    assert widget.ask("draw", **{**LOOKING, "page": 777})["title"] == "plane 777"
    assert notebook.run("sorted(shown.views.made)").result == "[0, 777]"


def test_scripts_get_the_plots_of_the_notebook(notebook: Notebook) -> None:
    code = (
        "import casaplotms, casaviewer\n(casaplotms.plotms is plotms, casaviewer.imview is imview)"
    )
    assert notebook.run(code).result == "(True, True)"


def test_an_error_of_a_plot_is_short(notebook: Notebook) -> None:
    error = notebook.run("imview('nothing.image')").error
    assert error is not None
    assert "nothing.image" in error["evalue"]
    assert not [line for line in error["traceback"] if "casa_plots/" in line]
