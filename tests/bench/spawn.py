"""Starting a session: from the request to a server that the hub redirects to.

The peer is the bare start of the same server: a process of this machine with the same program and
the same variables, from its start to its first answer at `/api`. Ours and the bare one take turns
in the same run, one at a time and ten at once. The storage's share of it is the time until the page
says that the workspace is ready: choosing, cloning and leasing.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Final, TypeVar

import httpx
from tests_hub import HubSite, running_hub
from tests_processes import four_free_ports, plain_environment
from tests_report import Gate, median, write
from tests_sessions import Session

CONFIG: Final = Path(__file__).parents[1] / "spawner" / "hub_config_whole.py"
SERVER: Final = Path(sys.executable).with_name("jupyterhub-singleuser")
AT_ONCE: Final = (1, 10)
ROUNDS: Final = {1: 7, 10: 2}
_ASK: Final = 0.02  # seconds between two questions to a bare server, which tells nobody
_PATIENCE: Final = 300  # seconds for ten servers on a busy machine
_READY: Final = re.compile(r"is ready \(([\d.]+) s\)")
_numbers = count()

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Started:
    """One start of ours, in seconds."""

    whole: float
    storage: float


def main() -> None:
    """Measure and report."""
    with (
        tempfile.TemporaryDirectory(prefix="casahub-spawn-") as state,
        running_hub(Path(state), CONFIG) as site,
    ):
        ours(site)  # the first one reads everything from the disk
        rows = [measured(site, at_once) for at_once in AT_ONCE]
    storage = max(float(str(row["storage (s)"])) for row in rows)
    ratio = min(float(str(row["bare / ours"])) for row in rows)
    write("spawn", rows, ratio, 0.87, [Gate("storage, seconds", storage, most=0.3)])


def measured(site: HubSite, at_once: int) -> dict[str, object]:
    """Return the row of the table for so many starts at once."""
    bare_times: list[float] = []
    starts: list[Started] = []
    for _ in range(ROUNDS[at_once]):
        bare_times += together(at_once, partial(bare, site))
        starts += together(at_once, partial(ours, site))
    whole = median([each.whole for each in starts])
    return {
        "engine": "local",
        "at once": at_once,
        "bare (s)": round(median(bare_times), 2),
        "ours (s)": round(whole, 2),
        "bare / ours": round(median(bare_times) / whole, 2),
        "storage (s)": round(median([each.storage for each in starts]), 3),
    }


def together(at_once: int, work: Callable[[], Result]) -> list[Result]:
    """Do the work so many times at once, and return what came of it."""
    with ThreadPoolExecutor(max_workers=at_once) as pool:
        return [each.result() for each in [pool.submit(work) for _ in range(at_once)]]


def ours(site: HubSite) -> Started:
    """Start a session of somebody new on a new workspace, and end it when it was measured."""
    session = Session(site, f"user{next(_numbers)}", "bench")
    began = time.perf_counter()
    session.start(dataset="ngc5921")
    events = session.progress()
    whole = time.perf_counter() - began
    if not events or not events[-1].get("ready"):
        raise RuntimeError(f"a session did not start: {events}")
    told = [found for each in events if (found := _READY.search(each["message"]))]
    session.stop()
    return Started(whole, float(told[0][1]))


def bare(site: HubSite) -> float:
    """Start the same server as a plain process, and end it when it has answered."""
    user = f"bare{next(_numbers)}"
    session = Session(site, user, "bench")
    token = session._http.post(f"/hub/api/users/{user}/tokens").raise_for_status().json()["token"]
    with tempfile.TemporaryDirectory() as home:
        port = four_free_ports()
        variables = {
            "HOME": home,
            "JUPYTERHUB_API_TOKEN": token,
            "JUPYTERHUB_API_URL": f"{site.url}/hub/api",
            "JUPYTERHUB_BASE_URL": "/",
            "JUPYTERHUB_CLIENT_ID": f"jupyterhub-user-{user}",
            "JUPYTERHUB_SERVICE_PREFIX": f"/user/{user}/",
            "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{port}/user/{user}/",
            "JUPYTERHUB_USER": user,
        }
        root = ["--allow-root"] if os.geteuid() == 0 else []
        began = time.perf_counter()
        with subprocess.Popen(
            [SERVER, f"--ServerApp.root_dir={home}", *root],
            env=plain_environment() | variables,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as server:
            try:
                await_answer(f"http://127.0.0.1:{port}/user/{user}/api", server)
                return time.perf_counter() - began
            finally:
                server.terminate()


def await_answer(url: str, server: subprocess.Popen[bytes]) -> None:
    """Return when the server answers."""
    deadline = time.perf_counter() + _PATIENCE
    while time.perf_counter() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"the bare server ended with status {server.returncode}")
        try:
            if "version" in json.loads(httpx.get(url, timeout=_PATIENCE).content):
                return
        except httpx.ConnectError:
            time.sleep(_ASK)
    raise RuntimeError(f"no answer in {_PATIENCE} s from {url}")


if __name__ == "__main__":
    main()
