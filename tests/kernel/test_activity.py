"""What a session says of itself, on a real Jupyter server with real kernels and terminals."""

import json
import secrets
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
from casa_kernel.activity.processes import Processes
from jupyter_client.session import Session as Messages
from tests_processes import Process, four_free_ports, plain_environment
from tornado.httpclient import HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

LOOK = 1  # seconds
SHARE = 0.1  # of a core; more than an idle kernel's noise in one second on a busy machine
COMPUTING = "while True: pass"
NOTICE = {"idle": 3600, "kept": None, "page": "/services/portal/"}


class Server:
    """A notebook server below a hub that nobody needs here."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url, {"Authorization": f"token {token}"}
        self.http = httpx.Client(base_url=url, headers=self._token, timeout=90)

    def said(self) -> dict[str, Any]:
        answer: dict[str, Any] = self.http.get("/api/casahub/activity").raise_for_status().json()
        return answer

    def active(self) -> datetime:
        return datetime.fromisoformat(self.said()["active"])

    def until(self, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return what it says as soon as that is so."""
        deadline = time.monotonic() + 60
        while not true(said := self.said()):
            assert time.monotonic() < deadline, said
            time.sleep(0.2)
        return said

    @asynccontextmanager
    async def connected(self, path: str) -> AsyncIterator[WebSocketClientConnection]:
        url = f"{self._url}/{path}".replace("http", "ws", 1)
        socket = await websocket_connect(HTTPRequest(url, headers=self._token))
        try:
            yield socket
        finally:
            socket.close()


@contextmanager
def running(place: Path, environment: Mapping[str, str]) -> Iterator[Server]:
    token, port = secrets.token_hex(16), four_free_ports()
    process = Process(
        [
            *(sys.executable, "-m", "jupyter_server", "--no-browser", "--allow-root"),
            *("--ip=127.0.0.1", f"--port={port}", f"--ServerApp.root_dir={place}"),
            f"--IdentityProvider.token={token}",
            "--ServerApp.jpserver_extensions=casa_kernel.activity=True",
            # They are not looked at here, and take long to load.
            *(
                f"--ServerApp.jpserver_extensions={each}=False"
                for each in ("jupyterlab", "jupyter_lsp")
            ),
            *(f"--Watch.every={LOOK}", f"--Watch.share={SHARE}"),
        ],
        plain_environment() | dict(environment),
    )
    try:
        process.start("is running at")
        yield Server(f"http://127.0.0.1:{port}", token)
    finally:
        process.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    place = tmp_path_factory.mktemp("server")
    with running(place, {"JUPYTERHUB_ACTIVITY_URL": "http://127.0.0.1:9/"}) as found:
        yield found


@pytest.fixture
def kernel(server: Server) -> Iterator[str]:
    kind = {"type": "notebook", "kernel": {"name": "python3"}}
    body = {"path": "reduction.ipynb", "name": "", **kind}
    made = server.http.post("/api/sessions", json=body).raise_for_status().json()
    yield made["kernel"]["id"]
    server.http.delete(f"/api/sessions/{made['id']}").raise_for_status()


async def ask(socket: WebSocketClientConnection, kind: str, content: dict[str, Any]) -> str:
    """Send a message to a kernel; return its number."""
    message = Messages().msg(kind, content) | {"channel": "shell", "buffers": []}
    await socket.write_message(json.dumps(message, default=str))
    return str(message["header"]["msg_id"])


async def answered(socket: WebSocketClientConnection, number: str) -> None:
    """Wait until the kernel is done with a message."""
    while message := await socket.read_message():
        heard = json.loads(message)
        ours = heard["parent_header"].get("msg_id") == number
        if ours and heard["content"].get("execution_state") == "idle":
            return


def running_code(code: str) -> dict[str, Any]:
    return {"code": code, "silent": False, "store_history": True, "allow_stdin": False}


async def test_an_open_page_is_no_activity(server: Server, kernel: str) -> None:
    async with server.connected(f"api/kernels/{kernel}/channels") as socket:
        # The kernel's own start is over when it answers, and the next looks saw that.
        await answered(socket, await ask(socket, "kernel_info_request", {}))
        before = server.until(lambda said: not said["busy"])["active"]
        for _ in range(5):
            for path in ("kernels", "sessions", "terminals", "contents", "status"):
                server.http.get(f"/api/{path}").raise_for_status()
            await answered(socket, await ask(socket, "kernel_info_request", {}))
        assert server.said()["active"] == before
        # What JupyterHub would tell the hub is the same.
        assert server.http.get("/api/status").json()["last_activity"][:19] == before[:19]


async def test_a_kernel_that_says_nothing_is_busy(server: Server, kernel: str) -> None:
    async with server.connected(f"api/kernels/{kernel}/channels") as socket:
        await ask(socket, "execute_request", running_code("import time; time.sleep(600)"))
    # Nobody is connected any more.
    said = server.until(lambda said: said["because"] == "reduction.ipynb is running")
    assert said["busy"]
    assert server.active() > datetime.fromisoformat(said["active"])
    server.http.post(f"/api/kernels/{kernel}/interrupt").raise_for_status()
    server.until(lambda said: not said["busy"])


async def test_executing_and_saving_is_activity(server: Server, kernel: str) -> None:
    async with server.connected(f"api/kernels/{kernel}/channels") as socket:
        await answered(socket, await ask(socket, "kernel_info_request", {}))
        before = server.until(lambda said: not said["busy"])["active"]
        await answered(socket, await ask(socket, "execute_request", running_code("1")))
    executed = server.active()
    assert executed > datetime.fromisoformat(before)
    body = {"type": "file", "format": "text", "content": "flag antenna 7"}
    server.http.put("/api/contents/notes.txt", json=body).raise_for_status()
    said = server.until(lambda said: "save" in said["because"])
    assert datetime.fromisoformat(said["active"]) > executed


async def test_typing_is_activity_and_what_a_program_writes_is_not(server: Server) -> None:
    name = server.http.post("/api/terminals").raise_for_status().json()["name"]
    async with server.connected(f"terminals/websocket/{name}") as socket:
        await socket.write_message(json.dumps(["stdin", "while sleep 1; do date; done\n"]))
        server.until(lambda said: "typed" in said["because"] and not said["busy"])
        # The kernel counts what is read from a terminal in steps of 8 s.
        typed, written = server.active(), 0
        while written < 5:
            message = await socket.read_message()
            assert message is not None
            written += "stdout" in str(message)
        assert server.active() - typed < timedelta(seconds=8)
    server.http.delete(f"/api/terminals/{name}").raise_for_status()


async def test_a_program_that_computes_is_activity(server: Server, kernel: str) -> None:
    code = f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {COMPUTING!r}])"
    async with server.connected(f"api/kernels/{kernel}/channels") as socket:
        await answered(socket, await ask(socket, "execute_request", running_code(code)))
        said = server.until(lambda said: said["because"].endswith("is computing"))
        assert said["busy"]
        await ask(socket, "execute_request", running_code("p.kill(); p.wait()"))
        server.until(lambda said: not said["busy"])


def test_the_page_reads_when_it_is_stopped(server: Server) -> None:
    assert "stops" not in server.said()
    said = server.http.put("/api/casahub/activity", json=NOTICE).raise_for_status().json()
    later = datetime.fromisoformat(said["active"]) + timedelta(hours=1)
    assert (datetime.fromisoformat(said["stops"]), said["idle"]) == (later, 3600)
    kept = (later + timedelta(days=3)).isoformat()
    server.http.put("/api/casahub/activity", json=NOTICE | {"kept": kept}).raise_for_status()
    assert server.said()["stops"] == kept


@pytest.mark.parametrize("body", [{}, NOTICE | {"idle": "long"}, NOTICE | {"kept": "soon"}])
def test_a_notice_that_is_none_is_refused(server: Server, body: dict[str, Any]) -> None:
    answer = server.http.put("/api/casahub/activity", json=body)
    assert answer.status_code == 400
    assert "'idle': seconds" in answer.json()["message"]


def test_strangers_are_refused(server: Server) -> None:
    stranger = httpx.Client(base_url=server.http.base_url)
    for answer in (
        stranger.get("/api/casahub/activity"),
        stranger.put("/api/casahub/activity", json=NOTICE),
    ):
        assert answer.status_code == 403


def test_without_a_hub_a_server_stays_as_it_was(tmp_path: Path) -> None:
    with running(tmp_path, {}) as server:
        assert server.http.get("/api/casahub/activity").status_code == 404


def test_a_program_that_outlives_its_parent_is_still_seen() -> None:
    processes = Processes(share=0.05)
    start = f"subprocess.Popen([sys.executable, '-c', {COMPUTING!r}])"
    code = f"import subprocess, sys; {start}; input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE) as parent:
        [child] = until_one(lambda: psutil.Process(parent.pid).children())
        processes.computing(0.0)
        parent.communicate(b"\n")
    try:
        before = child.cpu_times().user
        until_one(lambda: [child] if child.cpu_times().user > before + 0.2 else [])
        found = processes.computing(1.0)
        assert found is not None
        assert found.share >= 0.2
    finally:
        child.kill()
    child.wait()


def until_one(found: Callable[[], list[psutil.Process]]) -> list[psutil.Process]:
    deadline = time.monotonic() + 60
    while not (result := found()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return result
