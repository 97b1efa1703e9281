"""A session's workspace, from the first start to the trash and back."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from tests_gate import Gate
from tests_hub import HubSite
from tests_sessions import Session
from zfs_provisioner.model import CheckpointKind, Workspace, WorkspaceState


@pytest.fixture(scope="module")
def session(site: HubSite) -> Session:
    return Session(site, "ada", "first")


@pytest.fixture(scope="module")
def told(session: Session, gate: Gate) -> list[list[dict[str, Any]]]:
    """What two followers hear of the first start, which names the dataset only.

    One of them is there before the workspace is asked for, as a quick browser is.
    """
    heard = Event()
    with ThreadPoolExecutor() as pool:
        with gate.holding("GET /v1/datasets") as caught:
            starting = pool.submit(session.started, dataset="ngc5921")
            assert caught.wait(20)
            early = pool.submit(session.progress, heard)
            assert heard.wait(20)
        late = pool.submit(session.progress)
        starting.result()
        return [early.result(60), late.result(60)]


@pytest.fixture(scope="module")
def made(session: Session, told: list[list[dict[str, Any]]]) -> Workspace:
    return session.workspace()


def test_a_dataset_is_all_that_a_start_needs(session: Session, made: Workspace) -> None:
    assert (made.spec.dataset, made.spec.release) == ("ngc5921", "2026-02")
    assert (made.spec.owner, made.spec.name) == ("ada", "NGC 5921, <H I> line")
    assert made.session == "first"
    assert made.lease
    assert made.lease.holder == "hub:ada/first"


def test_the_session_works_in_the_workspace(session: Session, made: Workspace) -> None:
    session.write("notes.txt", "flag antenna 7")
    assert Path(made.path, "notes.txt").read_text() == "flag antenna 7"
    assert Path(made.path, "ngc5921.ms", "table.dat").exists()


def test_a_workspace_is_open_in_one_session_at_a_time(site: HubSite, made: Workspace) -> None:
    status, sentence = Session(site, "ada", "second").refusal(workspace=made.id)
    assert status == 409
    assert "is open in the session 'first': stop that session first." in sentence


def test_the_end_of_a_session_keeps_what_changed(session: Session, made: Workspace) -> None:
    session.stop()
    [kept] = session.checkpoints(made)
    assert kept.kind is CheckpointKind.AUTO
    assert session.workspace().lease is None


def test_the_next_start_continues_in_the_same_workspace(session: Session, made: Workspace) -> None:
    assert session.started().id == made.id
    assert session.file("notes.txt") == "flag antenna 7"
    session.stop()


def test_nothing_changed_is_nothing_to_keep(session: Session, made: Workspace) -> None:
    assert len(session.checkpoints(made)) == 1


def test_a_deleted_session_leaves_its_workspace_in_trash(session: Session, made: Workspace) -> None:
    session.delete()
    assert session.workspace(made.id).state is WorkspaceState.TRASHED


def test_the_same_name_begins_anew(session: Session, made: Workspace) -> None:
    new = session.started(dataset="ngc5921")
    assert new.id != made.id
    assert session.file("notes.txt") is None
    session.delete()


def test_what_comes_back_from_trash_is_complete(
    site: HubSite, session: Session, made: Workspace
) -> None:
    site.ask(lambda client: client.undelete(made.id, "ada"))
    assert session.started(workspace=made.id).id == made.id
    assert session.file("notes.txt") == "flag antenna 7"
    session.stop()


def test_a_start_tells_its_stages(told: list[list[dict[str, Any]]]) -> None:
    first, second = told
    assert first == second
    messages = [event["message"] for event in first if "message" in event]
    stages = [re.sub(r" \([\d.]+ s(, usually [\d.]+ s)?\)$", "", each) for each in messages]
    assert list(dict.fromkeys(stages)) == [
        "Server requested",
        "Preparing a workspace of ngc5921@2026-02",
        "Preparing your copy of the data: 0 of 0 MB",
        "Workspace “NGC 5921, <H I> line” is ready",
        "Starting the notebook server",
        "Waiting for the notebook server to answer",
        "Server ready at /user/ada/first/",
    ]
    percents = [event["progress"] for event in first]
    assert percents == sorted(percents)
