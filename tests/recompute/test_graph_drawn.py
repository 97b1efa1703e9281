"""The graph is drawn once and whole, in any way, whatever the files are called."""

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from prov.model import ProvActivity, ProvDocument, ProvEntity, ProvGeneration
from recompute.errors import PlaceError
from recompute.graphs import GraphView, graph_of, svg
from recompute.graphs.exports import SCHEMA
from recompute.graphs.looks import HUES, LOOKS, STALE
from recompute.model import ABSENT, Step
from tests_recompute_steps import Desk, steps_of, unmemoised, vla, vla_twice

SVG = "{http://www.w3.org/2000/svg}"
TAGS = {"style", "div", "span", "img", "details", "summary", "b"}


class Page(HTMLParser):
    """What a browser would make of HTML: tags, attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag != "img":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def view(steps: list[Step]) -> GraphView:
    return GraphView(graph_of(steps))


@given(steps_of())
def test_the_svg_is_xml_and_draws_every_step_once(steps: list[Step]) -> None:
    graph = graph_of(steps)
    root = ET.fromstring(svg(graph))
    rows = [each for each in root.iter(f"{SVG}g") if each.get("class") == "row"]
    assert len(rows) == len(graph.nodes)
    for row in rows:
        assert len([each for each in row.iter() if each.get("class") == "step"]) == 1
        assert len(row.findall(f"{SVG}title")) == 1
    assert {each.tag.removeprefix(SVG) for each in root.iter()} <= {
        "svg", "style", "g", "title", "rect", "path", "circle", "text", "tspan",
    }  # fmt: skip


@given(steps_of())
def test_the_page_has_a_row_per_step_and_no_tag_of_a_name(steps: list[Step]) -> None:
    graph = graph_of(steps)
    page = Page(GraphView(graph)._repr_html_())
    assert page.tags.count("details") == page.tags.count("summary") == len(graph.nodes)
    assert set(page.tags) <= TAGS
    assert page.open == []
    assert {name for name, _ in page.attributes} <= {
        "style", "class", "title", "alt", "src", "width", "height",
    }  # fmt: skip


@given(steps_of())
def test_every_way_out_takes_every_name(steps: list[Step]) -> None:
    shown = view(steps)
    nodes = len(shown.graph.nodes)
    assert len(repr(shown).splitlines()) == nodes + 1
    exported = json.loads(shown.to_json())
    assert exported["schema"] == SCHEMA
    assert len(exported["nodes"]) == nodes
    strings = re.sub(r'"(\\.|[^"\\])*"', "", shown.to_dot())
    assert not re.search(r"[^\x00-\x7f]|[<'&]", strings)
    for text in (repr(shown), shown.to_svg(), shown.to_html(), shown.to_dot(), shown.to_prov()):
        text.encode()


@given(steps_of())
def test_provenance_can_be_read_again_and_is_sound(steps: list[Step]) -> None:
    shown = view(steps)
    document: Any = ProvDocument.deserialize(content=shown.to_prov(["Ann <a@b>"]), format="json")
    activities = document.get_records(ProvActivity)
    assert len({each.identifier for each in activities}) == len(set(_marks(shown)))
    entities = {each.identifier for each in document.get_records(ProvEntity)}
    generated = [_argument(each, 0) for each in document.get_records(ProvGeneration)]
    assert len(generated) == len(set(generated))
    assert set(generated) <= entities


def _marks(shown: GraphView) -> list[tuple[str, int]]:
    return [(each.run, each.number) for each in shown.graph.steps]


def _argument(record: Any, n: int) -> Any:
    return record.args[n]


def test_provenance_says_what_was_made_of_what() -> None:
    told = json.loads(view(vla_twice()).to_prov(["Ann"]))
    labels = {key: each.get("prov:label") for key, each in told["entity"].items()}
    made = {
        (
            str(labels[each["prov:generatedEntity"]]).split()[0],
            str(labels[each["prov:usedEntity"]]).split()[0],
        )
        for each in told["wasDerivedFrom"].values()
    }
    assert {("G0", "data.ms"), ("B0", "G0"), ("target.ms", "data.ms"), ("data.ms", "B0")} <= made
    assert len(told["activity"]) == 13
    agents = {str(each["prov:label"]) for each in told["agent"].values()}
    assert agents == {"casatasks 6.7.0.31", "casadata 2025.9.22", "Ann"}
    assert len(told["wasInformedBy"]) >= 12


def test_a_state_that_is_brought_back_is_not_generated_again() -> None:
    desk = Desk()
    desk.put("x.ms", 1)
    raw = desk.found("x.ms")
    desk.do("flagdata", update={"vis": "x.ms"})
    step = desk.do("flagmanager", update={"vis": "x.ms"}, mode="restore")
    change = step.changes[0]
    restored = type(change)(
        name="vis", path=change.path, use=change.use, before=change.before, after=raw, size=1
    )
    desk.steps[-1] = type(step)(**{**_fields(step), "changes": (restored,)})
    told = json.loads(view(desk.steps).to_prov())
    assert len(told["wasGeneratedBy"]) == 1


def _fields(step: Step) -> dict[str, Any]:
    return {name: getattr(step, name) for name in Step.__slots__}


def test_plain_text_reads_like_a_log_of_git() -> None:
    lines = repr(view(vla_twice(applycal_interp=["nearest", "nearest"]))).splitlines()
    assert lines[0] == "13 steps: 7 cached, 6 computed · took 53 s · saved 12 s · stored 6.8 MB"
    assert lines[1].startswith("|-o      listobs [1]  data.ms → listobs.txt")
    assert lines[7].startswith("|-'-+-o  fluxscale [7]  data.ms, G1 → F1")
    assert lines[8].startswith("*---'-'  applycal [8]  F1, B0 → data.ms")


def test_what_became_of_a_step_shows_in_shape_and_word() -> None:
    desk = Desk()
    vla(desk)
    desk.again("r2", {})
    vla(desk)
    desk.steps[-1] = unmemoised(desk.steps[-1], "it shows a window")
    desk.do("gaincal", read={"vis": "data.ms"}, write={"caltable": "G9"}, fails=True)
    drawn = svg(graph_of(desk.steps))
    assert "14 steps: 12 cached, 1 not memoised, 1 failed" in drawn
    assert "RuntimeError: no solutions" in drawn
    assert "it shows a window" in drawn


def test_an_opened_row_has_everything_of_its_step() -> None:
    page = view(vla_twice())._repr_html_()
    for told in ("solint", "&#x27;60s&#x27;", "/home/ann/3c391/B0", "40 kB", "6.7.0.31", "4.7 MB"):
        assert told in page
    assert ABSENT not in page


def test_nothing_recorded_is_drawn_as_nothing() -> None:
    shown = view([])
    assert repr(shown) == "0 steps · took 0.00 s · stored 0 B"
    ET.fromstring(shown.to_svg())
    assert "<details" not in shown._repr_html_()


def test_two_hundred_steps_fit() -> None:
    desk = Desk()
    desk.put("data.ms", 1)
    for n in range(15):
        vla(desk, gaincal_solint=f"{n}s")
    shown = view(desk.steps)
    assert 'width="900"' in shown.to_svg()
    assert len(shown._repr_html_()) < 2_000_000


Way = Callable[[GraphView], str]


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("g.svg", GraphView.to_svg),
        ("g.html", GraphView.to_html),
        ("g.dot", GraphView.to_dot),
        ("g.json", GraphView.to_json),
        ("g.prov.json", GraphView.to_prov),
        ("g.txt", repr),
    ],
)
def test_a_file_is_written_by_its_suffix(tmp_path: Path, name: str, way: Way) -> None:
    shown = view(vla_twice())
    assert shown.save(tmp_path / name).read_text() == way(shown)


@pytest.mark.parametrize("name", ["g.png", "g", "missing/g.svg"])
def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(PlaceError, match=re.escape(name.rpartition("/")[2])):
        view([]).save(tmp_path / name)


def luminance(colour: str) -> float:
    """Return a colour's relative luminance (WCAG 2.2)."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colour", [*HUES, STALE.colour, *(each.colour for each in LOOKS.values())])
def test_every_colour_can_be_seen_on_light_and_dark_pages(colour: str) -> None:
    light, dark = 1.05, luminance("#111111") + 0.05
    assert light / (luminance(colour) + 0.05) >= 3
    assert (luminance(colour) + 0.05) / dark >= 3


def test_what_became_of_steps_differs_in_shape() -> None:
    assert len({each.shape for each in (*LOOKS.values(), STALE)}) == len(LOOKS) + 1
