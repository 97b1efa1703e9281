"""A session on a pool: the hub, its proxy, the spawner and the provisioner as processes."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests_hub import HubSite, running_hub
from tests_sessions import Session
from zfs_provisioner.model import CheckpointKind, WorkspaceState

CONFIG = Path(__file__).with_name("hub_config.py")


@pytest.fixture(scope="module")
def site(pool: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubSite]:
    root = f"{pool}/casahub"
    subprocess.run(["zfs", "create", root], check=True)
    with running_hub(tmp_path_factory.mktemp("site"), CONFIG, root) as running:
        yield running


def is_intact(site: HubSite, release: str) -> bool:
    return site.ask(lambda client: client.verify("ngc5921", release)).intact


@pytest.mark.timeout(900)  # a hundred processes' worth of Python, on one slow processor
def test_a_session_starts_keeps_restores_and_stops(site: HubSite) -> None:
    session = Session(site, "ada", "first")
    made = session.started(dataset="ngc5921")
    assert Path(made.path).is_mount()
    session.write("notes.txt", "flag antenna 7")
    kept = site.ask(lambda client: client.checkpoint(made.id, "ada"))
    session.write("notes.txt", "flag antenna 8")
    session.stop()
    assert not Path(made.path).exists()
    kinds = [each.kind for each in session.checkpoints(made)]
    assert kinds == [CheckpointKind.USER, CheckpointKind.AUTO]
    site.ask(lambda client: client.restore(made.id, "ada", kept.name))
    again = session.started()
    assert again.id == made.id
    assert session.file("notes.txt") == "flag antenna 7"
    session.delete()
    assert session.workspace(made.id).state is WorkspaceState.TRASHED
    for release in ("2026-01", "2026-02"):
        assert is_intact(site, release)
