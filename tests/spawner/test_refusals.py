"""What cannot be started is refused in one sentence with a remedy, and nothing is made."""

import uuid

import pytest
from tests_hub import HubSite
from tests_sessions import Session

NOBODYS = "6b0d8c2e-7c36-4a3c-93b5-0f3f8c1d2e4f"


@pytest.fixture
def session(site: HubSite) -> Session:
    return Session(site, "rosa", "refused")


@pytest.mark.parametrize(
    ("options", "status", "sentence"),
    [
        (
            {},
            400,
            (
                "Nothing was chosen: send the option 'dataset', 'branch' or 'workspace', or use "
                "the form."
            ),
        ),
        ({"dataset": "m87"}, 400, "There is no dataset 'm87'. The archive has: ngc5921."),
        (
            {"dataset": "ngc5921", "release": "1999-01"},
            400,
            "Dataset 'ngc5921' has no release '1999-01'. It has: 2026-02, 2026-01.",
        ),
        (
            {"dataset": "ngc5921", "image": "casa"},
            400,
            "There is no image 'casa'. This site offers: none: leave the option 'image' out.",
        ),
        (
            {"dataset": "ngc5921", "cmd": ["sh"]},
            400,
            (
                "Option 'cmd': Extra inputs are not permitted. Options are workspace, dataset, "
                "release, branch, name, image, size, rescue: 'branch' is an object of 'workspace' "
                "and 'checkpoint', 'rescue' true or false, and each other one a string."
            ),
        ),
        (
            {"branch": f"{NOBODYS}@user-20260102T030405Z-1"},
            404,
            (
                f"rosa has no workspace {NOBODYS}: the home page and `casahub workspace list` show "
                "the ids."
            ),
        ),
        (
            {"workspace": "../../etc"},
            400,
            "'../../etc' is not a workspace id: ids are UUIDs, as `workspace list` shows.",
        ),
        (
            {"dataset": "ngc5921", "workspace": "1"},
            400,
            "'1' is not a workspace id: ids are UUIDs, as `workspace list` shows.",
        ),
        (
            {"workspace": NOBODYS},
            404,
            (
                f"rosa has no workspace {NOBODYS}: the home page and `casahub workspace list` show "
                "the ids."
            ),
        ),
    ],
)
def test_what_cannot_be(
    session: Session, options: dict[str, object], status: int, sentence: str
) -> None:
    assert session.refusal(**options) == (status, sentence)
    assert session.workspaces() == []


def test_somebody_elses_workspace_is_not_there(site: HubSite, session: Session) -> None:
    theirs = site.ask(
        lambda client: client.create(
            str(uuid.uuid4()), "mallory", dataset="ngc5921", release="2026-01", name="Private"
        )
    )
    status, sentence = session.refusal(workspace=theirs.id)
    assert (status, sentence.partition(":")[0]) == (404, f"rosa has no workspace {theirs.id}")
    status, sentence = session.refusal(dataset="ngc5921", workspace=theirs.id)
    assert status == 409
    assert "use a new UUID" in sentence
    assert "Private" not in sentence
    assert session.workspaces() == []


def test_an_id_means_one_request(site: HubSite, session: Session) -> None:
    mine = site.ask(
        lambda client: client.create(
            str(uuid.uuid4()), "rosa", dataset="ngc5921", release="2026-01", name="Mine"
        )
    )
    status, sentence = session.refusal(dataset="ngc5921", name="Other", workspace=mine.id)
    assert status == 409
    assert "is that of the workspace 'Mine' on ngc5921@2026-01: use a new UUID" in sentence
    site.ask(lambda client: client.trash(mine.id, "rosa"))
    status, sentence = session.refusal(workspace=mine.id)
    assert status == 409
    assert "'Mine'" in sentence
    assert sentence.endswith("in trash: undelete it first. The home page has a button for it.")
