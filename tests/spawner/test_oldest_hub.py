"""The spawners under the oldest JupyterHub that they say they run under."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests_gate import Gate
from tests_hub import HubSite, running_hub, until
from tests_oldest_hub import VERSION, MissingError, ensure_oldest_hub
from tests_sessions import Session, processes_of_sessions

CONFIG = Path(__file__).with_name("hub_config.py")


class OldSession(Session):
    """A named server by the REST API of that time."""

    def start(self, **options: object) -> httpx.Response:
        """Ask for the session."""
        return self._http.post(self._path, json=options or None)

    def model(self) -> dict[str, Any]:
        """Return the server as the hub describes it with its user."""
        servers: dict[str, dict[str, Any]] = self._http.get(
            f"/hub/api/users/{self.user}", params={"include_stopped_servers": True}
        ).json()["servers"]
        return servers.get(self.name, {})


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubSite]:
    try:
        oldest = ensure_oldest_hub()
    except MissingError as error:
        pytest.skip(str(error))
    state = tmp_path_factory.mktemp("oldest")
    with (
        pytest.MonkeyPatch.context() as patch,
        Gate(state / "gate.sock", state / "run" / "provisioner.sock").listening(),
    ):
        patch.setenv("PYTHONPATH", str(oldest), prepend=os.pathsep)
        with running_hub(state, CONFIG) as running:
            yield running
            until("no process is left", lambda: not processes_of_sessions(running))


def test_it_is_that_version(site: HubSite) -> None:
    assert httpx.get(f"{site.url}/hub/api").json() == {"version": VERSION}


def test_a_session_starts_works_and_stops(site: HubSite) -> None:
    session = OldSession(site, "ada", "old")
    made = session.started(dataset="ngc5921")
    session.write("notes.txt", "from the past")
    session.stop()
    assert session.workspace(made.id).lease is None
    assert len(session.checkpoints(made)) == 1


def test_a_refusal_is_a_sentence(site: HubSite) -> None:
    refusal = OldSession(site, "ada", "refused").refusal(dataset="m87")
    assert refusal == (400, "There is no dataset 'm87'. The archive has: ngc5921.")


def test_a_server_that_ends_says_its_last_words(site: HubSite) -> None:
    session = OldSession(site, "ada", "ends")
    session.start(dataset="ngc5921")
    session.await_stopped()
    message = session.progress()[-1]["message"]
    assert "ended with status 3 before it answered. Its last words: “The sky / is" in message
