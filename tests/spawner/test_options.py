import uuid
from datetime import UTC, datetime

import pytest
from casahub_spawner.options import (
    InvalidOptionsError,
    NewWorkspace,
    OpenWorkspace,
    parse_options,
)
from zfs_provisioner.errors import InvalidNameError
from zfs_provisioner.model import Dataset, DatasetInfo, DatasetName, Release, ReleaseName

ID = str(uuid.uuid4())


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


def test_nothing_asked_is_nothing() -> None:
    assert parse_options({}, ARCHIVE) is None
    assert parse_options({"dataset": "  ", "workspace": ""}, ARCHIVE) is None


def test_a_dataset_alone_means_its_newest_release_under_its_title() -> None:
    assert parse_options({"dataset": "ngc5921"}, ARCHIVE) == NewWorkspace(
        dataset="ngc5921", release="2026-02", name="NGC 5921"
    )


def test_everything_can_be_chosen() -> None:
    options = {"dataset": "3c273", "release": "2026-01", "name": " Mine ", "workspace": ID.upper()}
    assert parse_options(options, ARCHIVE) == NewWorkspace(
        dataset="3c273",
        release="2026-01",
        name="Mine",
        workspace=ID,  # type: ignore[arg-type]  # an id is a string that was checked
    )


def test_a_workspace_alone_is_opened() -> None:
    assert parse_options({"workspace": ID}, ARCHIVE) == OpenWorkspace(ID)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("title", "name"), [("x" * 300, "x" * 100), ("Two\nlines", "Twolines"), (" \t", "ngc5921")]
)
def test_no_title_of_the_archive_stands_in_the_way(title: str, name: str) -> None:
    asked = parse_options({"dataset": "ngc5921"}, [dataset(title)])
    assert isinstance(asked, NewWorkspace)
    assert asked.name == name


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"dataset": "m87"}, r"no dataset 'm87'. The archive has: ngc5921, 3c273\."),
        ({"dataset": "3c273", "release": "1"}, r"no release '1'. It has: 2026-02, 2026-01\."),
        ({"image": "casa"}, r"'image': .*Options are workspace, dataset, release, name, each a s"),
        ({"dataset": ["ngc5921"]}, r"'dataset': .*valid string.*each a string"),
        ({"dataset": None}, r"'dataset': .*valid string"),
        ({"name": "Mine"}, r"go with 'dataset'"),
        ({"workspace": ID, "release": "2026-01"}, r"go with 'dataset'"),
    ],
)
def test_what_cannot_be_is_said_with_what_can(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(InvalidOptionsError, match=sentence):
        parse_options(options, ARCHIVE)


def test_an_empty_archive_is_said() -> None:
    with pytest.raises(InvalidOptionsError, match="The archive has: none yet"):
        parse_options({"dataset": "ngc5921"}, [])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"workspace": "../../etc"}, "'../../etc' is not a workspace id: ids are UUIDs"),
        ({"workspace": "0" * 400}, "…' is not a workspace id"),
        ({"dataset": "ngc5921", "name": "x" * 101}, "cannot name a workspace: use 1 to 100"),
        ({"dataset": "ngc5921", "name": "a\x1b[31mb"}, "cannot name a workspace"),
    ],
)
def test_names_follow_the_provisioners_rules(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(InvalidNameError, match=sentence):
        parse_options(options, ARCHIVE)
