from dataclasses import replace
from datetime import UTC, datetime

import pytest
from casahub_spawner.errors import InvalidOptionsError
from casahub_spawner.offers import Image, Offers, Size
from casahub_spawner.options import (
    Choice,
    NewBranch,
    NewWorkspace,
    OpenWorkspace,
    branch_name,
    parse_options,
)
from hypothesis import given
from hypothesis import strategies as st
from tests_portal import a_workspace
from zfs_provisioner.errors import InvalidNameError, UnknownCheckpointError
from zfs_provisioner.model import (
    CheckpointName,
    Dataset,
    DatasetInfo,
    DatasetName,
    Release,
    ReleaseName,
    WorkspaceId,
)

ID = WorkspaceId("3cf6341b-e92f-4810-9e94-7142cc23e0a2")
OTHER = WorkspaceId("c5c68f7f-210f-4231-bda0-69446e149901")


def dataset(title: str = "NGC 5921", name: str = "ngc5921") -> Dataset:
    releases = tuple(
        Release(
            dataset=DatasetName(name),
            name=ReleaseName(release),
            created=datetime(2026, 1, 1, tzinfo=UTC),
            size=1,
            files=1,
            digest="0" * 64,
        )
        for release in ("2026-02", "2026-01")
    )
    return Dataset(name=DatasetName(name), info=DatasetInfo(title=title), releases=releases)


ARCHIVE = [dataset(), dataset("3C 273", "3c273")]
OFFERS = Offers(
    images=(Image(name="casa", reference="hub/casa:6.7"), Image(name="plain", reference="p")),
    sizes=(Size(name="small", cpus=1, memory=2**30), Size(name="large", cpus=8, memory=2**34)),
)
NOTHING = Offers()
CHECKPOINT = CheckpointName("user-20260102T030405Z-1")


def parsed(options: dict[str, object], archive: list[Dataset] = ARCHIVE) -> Choice:
    return parse_options(options, archive, OFFERS)


@pytest.mark.parametrize(
    "options",
    [{}, {"dataset": "  ", "workspace": "", "branch": " ", "image": "", "rescue": ""}],
)
def test_nothing_asked_is_nothing(options: dict[str, object]) -> None:
    assert parsed(options) == Choice()


def test_a_dataset_alone_means_its_newest_release_under_its_title() -> None:
    assert parsed({"dataset": "ngc5921"}).workspace == NewWorkspace(
        dataset="ngc5921", release="2026-02", name="NGC 5921"
    )


def test_everything_can_be_chosen() -> None:
    options: dict[str, object] = {
        "dataset": "3c273",
        "release": "2026-01",
        "name": " Mine ",
        "workspace": ID.upper(),
        "image": "plain",
        "size": " large",
    }
    assert parsed(options) == Choice(
        workspace=NewWorkspace(dataset="3c273", release="2026-01", name="Mine", workspace=ID),
        image="plain",
        size="large",
    )


@pytest.mark.parametrize("rescue", [True, "true", "on", "Yes", "1"])
def test_a_workspace_is_opened_also_for_rescue(rescue: object) -> None:
    assert parsed({"workspace": ID}) == Choice(workspace=OpenWorkspace(ID))
    assert parsed({"workspace": ID, "rescue": rescue}) == Choice(
        workspace=OpenWorkspace(ID), rescue=True
    )
    assert parsed({"rescue": rescue}) == Choice(rescue=True)


@pytest.mark.parametrize(
    "branch", [{"workspace": ID.upper(), "checkpoint": CHECKPOINT}, f" {ID}@{CHECKPOINT} "]
)
def test_a_branch_may_be_named_or_not(branch: object) -> None:
    expected = NewBranch(origin=ID, checkpoint=CHECKPOINT, name="")
    assert parsed({"branch": branch}).workspace == expected
    assert parsed({"branch": branch, "name": "Other", "workspace": OTHER}).workspace == replace(
        expected, name="Other", workspace=OTHER
    )


def test_a_branch_without_a_name_is_called_as_its_origin_was_then() -> None:
    assert branch_name(a_workspace("NGC 5921"), CHECKPOINT) == "NGC 5921, 2026-01-02 03:04"
    longest = branch_name(a_workspace("x" * 100), CHECKPOINT)
    assert len(longest) == 100
    assert longest.endswith(", 2026-01-02 03:04")


@pytest.mark.parametrize(
    ("title", "name"), [("x" * 300, "x" * 100), ("Two\nlines", "Twolines"), (" \t", "ngc5921")]
)
def test_no_title_of_the_archive_stands_in_the_way(title: str, name: str) -> None:
    asked = parsed({"dataset": "ngc5921"}, [dataset(title)]).workspace
    assert isinstance(asked, NewWorkspace)
    assert asked.name == name


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"dataset": "m87"}, r"no dataset 'm87'. The archive has: ngc5921, 3c273\."),
        ({"dataset": "3c273", "release": "1"}, r"no release '1'. It has: 2026-02, 2026-01\."),
        ({"image": "hub/casa:6.7"}, r"no image 'hub/casa:6.7'. This site offers: casa, plain\."),
        ({"size": "huge"}, r"no size 'huge'. This site offers: small, large\."),
        ({"cmd": "sh"}, r"'cmd': .*Options are workspace, dataset, release, branch, name, image"),
        ({"dataset": ["ngc5921"]}, r"'dataset': .*valid string.*each other one a string"),
        ({"dataset": None}, r"'dataset': .*valid string"),
        ({"name": "Mine"}, r"go with 'dataset'"),
        ({"workspace": ID, "release": "2026-01"}, r"go with 'dataset'"),
        ({"branch": {"workspace": ID}}, r"'branch.checkpoint': Field required"),
        ({"branch": ID}, r"'branch.checkpoint': .*at least 1 character"),
        ({"branch": {"workspace": ID, "checkpoint": "", "x": 1}}, r"'branch.checkpoint'"),
        ({"branch": f"{ID}@{CHECKPOINT}", "dataset": "3c273"}, "'dataset' and 'branch' exclude"),
        ({"branch": f"{ID}@{CHECKPOINT}", "release": "1"}, "'release' goes with 'dataset', not"),
        ({"dataset": "3c273", "rescue": True}, "'rescue' opens a full workspace that exists"),
        ({"branch": f"{ID}@{CHECKPOINT}", "rescue": True}, "'rescue' opens a full workspace"),
        ({"rescue": "perhaps"}, "'rescue': it is true or false"),
        ({"rescue": 1}, "'rescue': it is true or false"),
    ],
)
def test_what_cannot_be_is_said_with_what_can(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(InvalidOptionsError, match=sentence):
        parsed(options)


def test_an_empty_archive_is_said() -> None:
    with pytest.raises(InvalidOptionsError, match="The archive has: none yet"):
        parsed({"dataset": "ngc5921"}, [])


@pytest.mark.parametrize("option", ["image", "size"])
def test_nothing_can_be_asked_of_a_site_that_offers_nothing(option: str) -> None:
    sentence = f"offers: none: leave the option '{option}' out"
    with pytest.raises(InvalidOptionsError, match=sentence):
        parse_options({option: "casa"}, ARCHIVE, NOTHING)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"workspace": "../../etc"}, "'../../etc' is not a workspace id: ids are UUIDs"),
        ({"workspace": "0" * 400}, "…' is not a workspace id"),
        ({"branch": f"../..@{CHECKPOINT}"}, "is not a workspace id"),
        ({"dataset": "ngc5921", "name": "x" * 101}, "cannot name a workspace: use 1 to 100"),
        ({"dataset": "ngc5921", "name": "a\x1b[31mb"}, "cannot name a workspace"),
        ({"branch": f"{ID}@{CHECKPOINT}", "name": "x" * 101}, "cannot name a workspace"),
    ],
)
def test_names_follow_the_provisioners_rules(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(InvalidNameError, match=sentence):
        parsed(options)


def test_a_checkpoints_name_follows_the_provisioners_rules() -> None:
    with pytest.raises(UnknownCheckpointError, match="is not a checkpoint"):
        parsed({"branch": f"{ID}@../x"})


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
likely = st.sampled_from(
    ["", " ", ID, "ngc5921", "2026-01", "casa", "small", CHECKPOINT, f"{ID}@{CHECKPOINT}", "on"]
)
KEYS = ("workspace", "dataset", "release", "branch", "name", "image", "size", "rescue")


@given(st.dictionaries(st.sampled_from(KEYS) | st.text(), likely | anything))
def test_whatever_is_sent_is_refused_or_can_be_done(options: dict[str, object]) -> None:
    """The REST API lets anything through; what comes out is only what the site has."""
    try:
        choice = parsed(options)
    except (InvalidOptionsError, InvalidNameError, UnknownCheckpointError):
        return
    assert set(options) <= set(KEYS)
    assert choice.image in {"", *(each.name for each in OFFERS.images)}
    assert choice.size in {"", *(each.name for each in OFFERS.sizes)}
    assert choice == parsed(as_options(choice))


def as_options(choice: Choice) -> dict[str, object]:
    """Return options that mean a choice, as a caller of the REST API would write them."""
    options: dict[str, object] = {"image": choice.image, "size": choice.size}
    match choice.workspace:
        case OpenWorkspace(workspace):
            options |= {"workspace": workspace}
        case NewWorkspace(dataset, release, name, workspace):
            options |= {"dataset": dataset, "release": release, "name": name}
            options |= {"workspace": workspace or ""}
        case NewBranch(origin, checkpoint, name, workspace):
            options |= {"branch": {"workspace": origin, "checkpoint": checkpoint}, "name": name}
            options |= {"workspace": workspace or ""}
    return options | {"rescue": choice.rescue}
