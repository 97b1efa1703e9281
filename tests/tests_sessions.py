"""Sessions, started and stopped by the hub's REST API as a script would."""

import contextlib
import json
from threading import Event
from typing import Any

import httpx
import psutil
from tests_hub import TOKEN, HubSite, until
from tests_processes import SLOWNESS
from zfs_provisioner.model import Checkpoint, Workspace


def processes_of_sessions(site: HubSite) -> set[int]:
    """Return the processes that live in homes of the site's sessions."""
    homes, found = f"{site.settings.homes}/", set()
    for each in psutil.process_iter():
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):
            if each.environ().get("HOME", "").startswith(homes):
                found.add(each.pid)
    return found


class Session:
    """One named server of a user, by the hub's REST API."""

    def __init__(self, site: HubSite, user: str, name: str) -> None:
        self.site, self.user, self.name = site, user, name
        self._http = httpx.Client(
            base_url=site.url, headers={"Authorization": f"token {TOKEN}"}, timeout=60 * SLOWNESS
        )
        self._path = f"/hub/api/users/{user}/servers/{name}"
        self._http.post(f"/hub/api/users/{user}")

    def start(self, **options: object) -> httpx.Response:
        """Ask for the session; with no options the hub takes those of last time."""
        return self._http.post(self._path, json={"user_options": options or None})

    def started(self, **options: object) -> Workspace:
        """Start the session, wait until it answers, return its workspace."""
        answer = self.start(**options)
        assert answer.is_success, answer.text
        last = self.progress()[-1]
        assert last.get("ready"), last["message"]
        return self.workspace()

    def refusal(self, **options: object) -> tuple[int, str]:
        """Return status and sentence of a start that is refused."""
        answer = self.start(**options)
        assert answer.is_error, answer.status_code
        return answer.status_code, answer.json()["message"]

    def model(self) -> dict[str, Any]:
        """Return the server as the hub describes it; empty when it knows none."""
        answer = self._http.get(self._path)
        found: dict[str, Any] = answer.json() if answer.is_success else {}
        return found

    @property
    def pid(self) -> int:
        return int(self.model()["state"]["pid"])

    def await_pending(self) -> None:
        """Wait until the hub is starting it."""
        until(f"{self.name} is starting", lambda: self.model().get("pending") == "spawn")

    def progress(self, heard: Event | None = None) -> list[dict[str, Any]]:
        """Return the events of the progress stream, until its end; tell when one was heard."""
        events = []
        with self._http.stream("GET", f"{self._path}/progress") as answer:
            for line in answer.iter_lines():
                if line.startswith("data:"):
                    events.append(json.loads(line.removeprefix("data:")))
                    if heard:
                        heard.set()
        return events

    def end(self, remove: bool = False) -> httpx.Response:
        """Ask the hub to stop it, and to remove it then."""
        return self._http.request("DELETE", self._path, json={"remove": remove})

    def stop(self) -> None:
        """Stop it and wait until the hub is done with it."""
        assert self.end().is_success
        self.await_stopped()

    def await_stopped(self) -> None:
        """Wait until the hub is done with it."""

        def done() -> bool:
            model = self.model()
            return not model["ready"] and not model["pending"]

        until(f"{self.name} stopped", done)

    def delete(self) -> None:
        """Stop it and remove it, which puts its workspace into trash."""
        assert self.end(remove=True).is_success
        until(f"{self.name} is gone", lambda: not self.model())

    def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Ask the session's own server; return its answer, empty when it has none."""
        answer = self._http.request(method, f"/user/{self.user}/{self.name}/{path}", json=body)
        content = answer.raise_for_status().content
        return json.loads(content) if content else {}

    def file(self, name: str) -> str | None:
        """Return a text file as the session serves it, None when there is none."""
        answer = self._http.get(f"/user/{self.user}/{self.name}/api/contents/{name}")
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        text: str = answer.raise_for_status().json()["content"]
        return text

    def write(self, name: str, text: str) -> None:
        """Write a text file through the session."""
        body = {"type": "file", "format": "text", "content": text}
        path = f"/user/{self.user}/{self.name}/api/contents/{name}"
        self._http.put(path, json=body).raise_for_status()

    def workspaces(self) -> list[Workspace]:
        """Return all workspaces of the user."""
        return self.site.ask(lambda client: client.workspaces(self.user))

    def workspace(self, wanted: str = "") -> Workspace:
        """Return the workspace that the hub keeps for this session, or another one of the user."""
        wanted = wanted or self.model()["state"]["workspace"]
        [found] = [each for each in self.workspaces() if each.id == wanted]
        return found

    def checkpoints(self, workspace: Workspace) -> list[Checkpoint]:
        """Return the workspace's checkpoints."""
        return self.site.ask(lambda client: client.checkpoints(workspace.id, self.user))
