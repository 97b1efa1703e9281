import re
import uuid
from dataclasses import replace
from typing import Any

import pytest
from casahub_spawner.form import FormFacts, options_from_form, render_form, render_trouble
from casahub_spawner.offers import Image, Offers, Size
from tests_portal import ID, NOW, a_dataset, a_workspace, in_trash
from zfs_provisioner.model import (
    Allowance,
    Checkpoint,
    CheckpointKind,
    CheckpointName,
    Dataset,
    Workspace,
)

OTHER = "5d0c9f44-0d5b-4b62-9d5c-0d5f5ab7c0de"


def a_form(
    datasets: list[Dataset], workspaces: list[Workspace], current: str | None, **facts: Any
) -> str:
    return render_form(
        FormFacts(datasets=datasets, workspaces=workspaces, current=current, **facts)
    )


def checked(form: str) -> list[str]:
    """Return the values of the inputs that are chosen when the page opens."""
    return [
        value[1]
        for tag in re.findall(r"<input[^>]*>", form)
        if re.search(r"\schecked>", tag) and (value := re.search(r'value="([^"]*)"', tag))
    ]


def test_a_newcomer_finds_the_first_dataset_chosen() -> None:
    form = a_form([a_dataset()], [], None)
    assert checked(form) == ["new:ngc5921@2026-01"]
    assert "Continue in a workspace" not in form


def test_the_sessions_own_workspace_is_chosen() -> None:
    workspaces = [a_workspace("One", id=OTHER), a_workspace("Two")]
    assert checked(a_form([a_dataset()], workspaces, ID))[-1:] == [f"open:{ID}"]
    assert checked(a_form([a_dataset()], workspaces, None)) == [f"open:{OTHER}"]


def test_exactly_one_choice_is_made_for_the_user() -> None:
    workspaces = [a_workspace("One", id=OTHER), a_workspace("Two")]
    assert checked(a_form([a_dataset()], workspaces, ID)) == [f"open:{ID}"]
    gone = str(uuid.uuid4())
    assert checked(a_form([a_dataset()], workspaces, gone)) == [f"open:{OTHER}"]
    trashed = [in_trash(a_workspace("One"))]
    assert checked(a_form([a_dataset()], trashed, ID)) == ["new:ngc5921@2026-01"]


def test_trash_is_no_choice() -> None:
    form = a_form([a_dataset()], [in_trash(a_workspace("Thrown"))], None)
    assert "Thrown" not in form


def test_names_are_shown_as_they_are() -> None:
    spec = replace(a_workspace().spec, name="<script>alert(1)</script>")
    form = a_form([a_dataset("<i>")], [replace(a_workspace(), spec=spec)], None)
    assert "&lt;script&gt;alert" in form
    assert "<script>" not in form
    assert "<i>" not in form
    assert "&lt;b&gt;" in render_trouble("<b>")


def test_an_empty_archive_says_who_can_help() -> None:
    assert "casahub archive add" in a_form([], [], None)


def test_every_form_brings_a_new_id() -> None:
    drawn = {
        match[1]
        for _ in range(2)
        if (match := re.search(r'name="fresh" value="([^"]+)"', a_form([], [], None)))
    }
    assert len({uuid.UUID(each) for each in drawn}) == 2


ONE = Image(name="casa", title="CASA <6.7>", reference="r")
TWO = Image(name="plain", title="Plain Python", reference="p")
SIZES = (Size(name="small", cpus=1, memory=2**30), Size(name="large", cpus=8, memory=2**34))


def test_a_choice_of_one_is_not_asked_for() -> None:
    form = a_form([a_dataset()], [], None, offers=Offers(images=(ONE,), sizes=SIZES[:1]))
    assert "<select" not in form


@pytest.mark.parametrize(("had", "chosen"), [({}, []), ({"size": "large"}, ["large"])])
def test_images_and_sizes_are_chosen_as_they_were(had: dict[str, str], chosen: list[str]) -> None:
    """Without a choice the browser takes the first, which is the site's default."""
    form = a_form([a_dataset()], [], None, offers=Offers(images=(ONE, TWO), sizes=SIZES), had=had)
    assert re.findall(r'<option value="([^"]+)" selected>', form) == chosen
    assert re.findall(r'<option value="([^"]+)"', form) == ["casa", "plain", "small", "large"]
    assert "CASA &lt;6.7&gt;" in form
    assert "8 CPUs, 16 GiB" in form


def test_checkpoints_can_be_branched_from_the_newest_first() -> None:
    names = [CheckpointName(f"user-20260102T03040{each}Z-1") for each in (5, 6)]
    kept = [Checkpoint(name=each, kind=CheckpointKind.USER, created=NOW) for each in names]
    assert 'value="branch"' not in a_form([a_dataset()], [a_workspace()], ID)
    form = a_form([a_dataset()], [a_workspace()], ID, checkpoints={ID: kept})
    assert re.findall(r'<option value="([^"]+)"', form) == [f"{ID}@{names[1]}", f"{ID}@{names[0]}"]
    assert "NGC 5921: 2026-08-02 14:03:05 UTC, made by you" in form
    assert checked(form) == [f"open:{ID}"]


def test_what_is_used_is_said_before_it_is_too_late() -> None:
    workspaces = [a_workspace()]
    form = a_form([a_dataset()], workspaces, ID, allowance=Allowance(used=10**9, limit=10**10))
    assert "1 GB of your 10 GB are used by changes and checkpoints" in form
    assert "There is no room" not in form
    assert "200 MB more while the session runs" in form
    full = a_form([a_dataset()], workspaces, ID, allowance=Allowance(used=10**10, limit=10**10))
    assert "There is no room for a new workspace" in full


@pytest.mark.parametrize("allowance", [None, Allowance(used=5, limit=None)])
def test_without_a_quota_there_is_nothing_to_say(allowance: Allowance | None) -> None:
    form = a_form([a_dataset()], [a_workspace()], ID, allowance=allowance)
    assert "escue" not in form
    assert "used" not in form


def test_every_control_has_a_label() -> None:
    form = a_form(
        [a_dataset()],
        [a_workspace()],
        ID,
        offers=Offers(images=(ONE, TWO), sizes=SIZES),
        allowance=Allowance(used=1, limit=10),
        checkpoints={
            ID: [Checkpoint(name=CheckpointName("x"), kind=CheckpointKind.AUTO, created=NOW)]
        },
    )
    labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', form))
    controls = [
        tag for tag in re.findall(r"<(?:input|select)[^>]*>", form) if 'type="hidden"' not in tag
    ]
    assert len(controls) == 8
    for tag in controls:
        found = re.search(r'\bid="([^"]+)"', tag)
        assert "aria-label=" in tag or (found and found[1] in labelled), tag


CHOICES = {"image": ["casa"], "size": ["large"]}
CHECKPOINT = "user-20260102T030405Z-1"


@pytest.mark.parametrize(
    ("fields", "options"),
    [
        (
            {"choice": [f"open:{ID}"], "rescue": ["on"], "checkpoint": ["x@y"], **CHOICES},
            {"workspace": ID, "rescue": True, "image": "casa", "size": "large"},
        ),
        (
            {"choice": ["new:ngc5921@1"], "fresh": [OTHER], "rescue": ["on"], **CHOICES},
            {
                "dataset": "ngc5921",
                "release": "1",
                "workspace": OTHER,
                "image": "casa",
                "size": "large",
            },
        ),
        (
            {"choice": ["branch"], "checkpoint": [f"{ID}@{CHECKPOINT}"], "fresh": [OTHER]},
            {"branch": f"{ID}@{CHECKPOINT}", "workspace": OTHER},
        ),
        (
            {"branch": [f"{ID}@{CHECKPOINT}"], "name": ["Other"]},
            {"branch": f"{ID}@{CHECKPOINT}", "name": "Other"},
        ),
        ({"workspace": [ID], "rescue": ["true"]}, {"workspace": ID, "rescue": "true"}),
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
def test_fields_become_options(fields: dict[str, list[str]], options: dict[str, object]) -> None:
    assert options_from_form(fields) == options
