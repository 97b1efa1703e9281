"""The story that a session on every engine tells: reduce with CASA, come back, find it, restore."""

import json
import subprocess
import sys
import uuid
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import websocket
from tests_hub import NGC5921, TOKEN, HubSite
from tests_sessions import Session
from zfs_provisioner.model import CheckpointKind, WorkspaceState

DATASET: Final = "observed"
RELEASE: Final = "2026-03"
_PATIENCE: Final = 240  # seconds for a cell: the first one imports CASA
_FLAG: Final = "flagdata('ngc5921.ms', mode='manual', antenna='5', flagbackup=False); None"
_COUNT: Final = "print(int(flagdata('ngc5921.ms', mode='summary')['antenna']['5']['flagged']))"


class Kernel:
    """A CASA kernel of a session, over the hub's proxy as a browser has it.

    The messages are those of Jupyter's messaging protocol 5.4, as JSON on one websocket.
    """

    def __init__(self, session: Session) -> None:
        self._http = session
        started = session.ask("POST", "api/kernels", {"name": "casa", "path": ""})
        self._id: str = started["id"]
        address = f"{session.site.url}/user/{session.user}/{session.name}"
        self._socket = websocket.create_connection(
            f"{address.replace('http', 'ws', 1)}/api/kernels/{self._id}/channels",
            header=[f"Authorization: token {TOKEN}"],
            timeout=_PATIENCE,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()
        self._http.ask("DELETE", f"api/kernels/{self._id}")

    def run(self, code: str) -> str:
        """Execute a cell and return what it printed; fail with its traceback if it raises."""
        asked = uuid.uuid4().hex
        message = {
            "channel": "shell",
            "header": {
                "msg_id": asked,
                "msg_type": "execute_request",
                "username": "",
                "session": asked,
                "version": "5.4",
            },
            "parent_header": {},
            "metadata": {},
            "content": {"code": code, "silent": False},
        }
        self._socket.send(json.dumps(message))
        printed = ""
        while True:
            answer: dict[str, Any] = json.loads(self._socket.recv())
            if answer["parent_header"].get("msg_id") != asked:
                continue
            content = answer["content"]
            if answer["msg_type"] == "stream" and content["name"] == "stdout":
                printed += content["text"]
            assert answer["msg_type"] != "error", "\n".join(content["traceback"])
            if answer["msg_type"] == "status" and content["execution_state"] == "idle":
                return printed


def import_observation(site: HubSite, place: Path) -> None:
    """Put a real observation into the archive; CASA makes it in half a minute."""
    made = place / "observed"
    command = [sys.executable, "-m", "casa_kernel.samples", "make", "ngc5921", str(made)]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    site.ask(lambda client: client.import_release(DATASET, RELEASE, made, NGC5921))


def reduce_and_come_back(session: Session, **options: object) -> None:
    """Start, flag an antenna, stop, start again, find it, and restore what was before."""
    made = session.started(dataset=DATASET, **options)
    with Kernel(session) as kernel:
        before = int(kernel.run(_COUNT))
        kernel.run(_FLAG)
        flagged = int(kernel.run(_COUNT))
    assert flagged > before
    session.write("notes.txt", "flagged antenna 5")
    session.stop()
    [kept] = session.checkpoints(made)
    assert kept.kind is CheckpointKind.AUTO

    assert session.started().id == made.id
    assert session.file("notes.txt") == "flagged antenna 5"
    session.write("notes.txt", "what did I do here?")
    with Kernel(session) as kernel:
        assert int(kernel.run(_COUNT)) == flagged
        kernel.run("flagdata('ngc5921.ms', mode='unflag', antenna='5', flagbackup=False); None")
        assert int(kernel.run(_COUNT)) < flagged
    session.stop()

    site = session.site
    site.ask(lambda client: client.restore(made.id, session.user, kept.name))
    session.started()
    assert session.file("notes.txt") == "flagged antenna 5"
    with Kernel(session) as kernel:
        assert int(kernel.run(_COUNT)) == flagged
    session.delete()
    assert session.workspace(made.id).state is WorkspaceState.TRASHED
