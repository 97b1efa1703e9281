import re
import uuid
from dataclasses import replace

import pytest
from casahub_spawner.form import options_from_form, render_form, render_trouble
from tests_portal import ID, a_dataset, a_workspace, in_trash

OTHER = "5d0c9f44-0d5b-4b62-9d5c-0d5f5ab7c0de"


def checked(form: str) -> list[str]:
    """Return the values of the inputs that are chosen when the page opens."""
    return [
        value[1]
        for tag in re.findall(r"<input[^>]*>", form)
        if re.search(r"\schecked>", tag) and (value := re.search(r'value="([^"]*)"', tag))
    ]


def test_a_newcomer_finds_the_first_dataset_chosen() -> None:
    form = render_form([a_dataset()], [], None)
    assert checked(form) == ["new:ngc5921@2026-01"]
    assert "Continue in a workspace" not in form


def test_the_sessions_own_workspace_is_chosen() -> None:
    workspaces = [a_workspace("One", id=OTHER), a_workspace("Two")]
    assert checked(render_form([a_dataset()], workspaces, ID))[-1:] == [f"open:{ID}"]
    assert checked(render_form([a_dataset()], workspaces, None)) == [f"open:{OTHER}"]


def test_exactly_one_choice_is_made_for_the_user() -> None:
    workspaces = [a_workspace("One", id=OTHER), a_workspace("Two")]
    assert checked(render_form([a_dataset()], workspaces, ID)) == [f"open:{ID}"]
    gone = str(uuid.uuid4())
    assert checked(render_form([a_dataset()], workspaces, gone)) == [f"open:{OTHER}"]
    trashed = [in_trash(a_workspace("One"))]
    assert checked(render_form([a_dataset()], trashed, ID)) == ["new:ngc5921@2026-01"]


def test_trash_is_no_choice() -> None:
    form = render_form([a_dataset()], [in_trash(a_workspace("Thrown"))], None)
    assert "Thrown" not in form


def test_names_are_shown_as_they_are() -> None:
    spec = replace(a_workspace().spec, name="<script>alert(1)</script>")
    form = render_form([a_dataset("<i>")], [replace(a_workspace(), spec=spec)], None)
    assert "&lt;script&gt;alert" in form
    assert "<script>" not in form
    assert "<i>" not in form
    assert "&lt;b&gt;" in render_trouble("<b>")


def test_an_empty_archive_says_who_can_help() -> None:
    assert "casahub archive add" in render_form([], [], None)


def test_every_form_brings_a_new_id() -> None:
    drawn = {
        match[1]
        for _ in range(2)
        if (match := re.search(r'name="fresh" value="([^"]+)"', render_form([], [], None)))
    }
    assert len({uuid.UUID(each) for each in drawn}) == 2


@pytest.mark.parametrize(
    ("fields", "options"),
    [
        ({"choice": [f"open:{ID}"], "fresh": [OTHER], "name": ["x"]}, {"workspace": ID}),
        (
            {"choice": ["new:ngc5921@2026-01"], "fresh": [OTHER], "name": ["Mine"]},
            {"dataset": "ngc5921", "release": "2026-01", "name": "Mine", "workspace": OTHER},
        ),
        (
            {"choice": ["new:ngc5921@2026-01"], "fresh": [OTHER], "name": [""]},
            {"dataset": "ngc5921", "release": "2026-01", "workspace": OTHER},
        ),
        ({"dataset": ["ngc5921"]}, {"dataset": "ngc5921"}),
        ({"choice": ["else"], "name": []}, {}),
        ({}, {}),
    ],
)
def test_fields_become_options(fields: dict[str, list[str]], options: dict[str, str]) -> None:
    assert options_from_form(fields) == options
