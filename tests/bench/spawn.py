"""Starting a session: from the request to a server that the hub redirects to.

The peer is the bare start of the same server: the same program with the same variables, as a plain
process, by `docker run` or by `apptainer exec`, from its start to its first answer at `/api`. Ours
and the bare one take turns in the same run, one at a time and ten at once. On Docker there is a
third one: dockerspawner as it comes, with a plain volume. The storage's share is the time until the
page says that the workspace is ready: choosing, cloning and leasing.
"""

import json
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Final, TypeVar

import httpx
import psutil
from casahub_spawner.accounts import Account
from casahub_spawner.apptainer_command import as_account, engine_environment
from tests_apptainer import of_session
from tests_docker import client, container_of
from tests_hub import LEAN_ARGUMENTS, HubSite, running_hub
from tests_lab import ENGINES
from tests_processes import four_free_ports
from tests_report import Gate, median, write
from tests_sessions import Session

SPAWNER: Final = Path(__file__).parents[1] / "spawner"
CONFIGS: Final = {
    "local": SPAWNER / "hub_config_whole.py",
    "docker": SPAWNER / "engines" / "hub_config_docker.py",
    "apptainer": SPAWNER / "engines" / "hub_config_apptainer.py",
}
UPSTREAM: Final = SPAWNER / "engines" / "hub_config_dockerspawner.py"
AT_ONCE: Final = (1, 10)
ROUNDS: Final = {1: 5, 10: 2}
# Whom sessions' files belong to: the image's own user, and one that this machine knows by name.
ACCOUNTS: Final = {"docker": "1000:1000", "apptainer": "33:33"}
_ASK: Final = 0.02  # seconds between two questions to a bare server, which tells nobody
_PATIENCE: Final = 300  # seconds for ten servers on a busy machine
_READY: Final = re.compile(r"is ready \(([\d.]+) s")
_numbers = count()

Result = TypeVar("Result")
Server = tuple[str, Callable[[], bool]]  # its URL, and whether it still runs


@dataclass(frozen=True, slots=True)
class Started:
    """One start of ours, in seconds."""

    whole: float
    storage: float


def main() -> None:
    """Measure in the lab of engines, and report."""
    print("bench spawn: about ten minutes in the lab of engines", flush=True)
    with tempfile.TemporaryDirectory() as out:
        command = [str(ENGINES), "run", sys.executable, "-P", __file__, out]
        subprocess.run(command, check=True)
        rows = json.loads((Path(out) / "rows.json").read_text())
    ratio = min(float(row["bare / ours"]) for row in rows)
    storage = max(float(row["storage (s)"]) for row in rows)
    write("spawn", rows, ratio, 0.87, [Gate("storage, seconds", storage, most=0.3)])


def inside(out: Path) -> None:
    """Measure every engine, and leave the rows of the table."""
    rows = []
    for engine in CONFIGS:
        for row in measured(engine):
            print(row, flush=True)
            rows.append(row)
    (out / "rows.json").write_text(json.dumps(rows))


def measured(engine: str) -> Iterator[dict[str, object]]:
    """Yield the rows of an engine."""
    with ExitStack() as stack:
        site = stack.enter_context(running(engine, CONFIGS[engine]))
        upstream = stack.enter_context(running("docker", UPSTREAM)) if engine == "docker" else None
        model = Session(site, "model", "bench")  # its server stays: bare ones are like it
        model.started(dataset="ngc5921")
        for at_once in AT_ONCE:
            bares, starts, theirs = [], [], []
            for _ in range(ROUNDS[at_once]):
                bares += together(at_once, lambda: bare(engine, model))
                starts += together(at_once, lambda: ours(site))
                if upstream:
                    theirs += together(at_once, lambda: start_of(upstream)[0])
            whole = median([each.whole for each in starts])
            yield {
                "engine": engine,
                "at once": at_once,
                "bare (s)": round(median(bares), 2),
                "ours (s)": round(whole, 2),
                "bare / ours": round(median(bares) / whole, 2),
                "dockerspawner (s)": round(median(theirs), 2) if theirs else "",
                "storage (s)": round(median([each.storage for each in starts]), 3),
            }
        model.stop()


@contextmanager
def running(engine: str, config: Path) -> Iterator[HubSite]:
    """Run a site in the block, whose directory another account can reach into."""
    account = ["--session-account", ACCOUNTS[engine]] if engine in ACCOUNTS else []
    with tempfile.TemporaryDirectory(prefix="casahub-spawn-") as state:
        Path(state).chmod(0o755)
        with running_hub(Path(state), config, options=account) as site:
            yield site


def together(at_once: int, work: Callable[[], Result]) -> list[Result]:
    """Do the work so many times at once, and return what came of it."""
    with ThreadPoolExecutor(max_workers=at_once) as pool:
        return [each.result() for each in [pool.submit(work) for _ in range(at_once)]]


def ours(site: HubSite) -> Started:
    """Start a session of somebody new on a new workspace, and end it when it was measured."""
    whole, messages = start_of(site, dataset="ngc5921")
    told = [found for each in messages if (found := _READY.search(each))]
    return Started(whole, float(told[0][1]))


def start_of(site: HubSite, **options: object) -> tuple[float, list[str]]:
    """Return the seconds that a start took, and what its page said; the session ended again."""
    session = Session(site, f"user{next(_numbers)}", "bench")
    began = time.perf_counter()
    session.start(**options)
    events = session.progress()
    whole = time.perf_counter() - began
    if not events or not events[-1].get("ready"):
        raise RuntimeError(f"a session did not start: {events}")
    session.stop()
    return whole, [each.get("message", "") for each in events]


def bare(engine: str, model: Session) -> float:
    """Return the seconds until a server like that of the session answers, without any hub."""
    begin = {"local": bare_process, "docker": bare_container, "apptainer": bare_apptainer}[engine]
    began = time.perf_counter()
    with begin(model) as (url, runs):
        await_answer(f"{url}/user/model/bench/api", runs)
        return time.perf_counter() - began


@contextmanager
def bare_process(model: Session) -> Iterator[Server]:
    """Run the program of the session's server with its variables, at a port and home of its own."""
    like, port = psutil.Process(model.pid), four_free_ports()
    with tempfile.TemporaryDirectory() as home:
        command = [each for each in like.cmdline() if not each.startswith("--ServerApp.root_dir=")]
        own = {"HOME": home, "JUPYTERHUB_SERVICE_URL": f"http://127.0.0.1:{port}/user/model/bench/"}
        with process([*command, f"--ServerApp.root_dir={home}"], like.environ() | own) as runs:
            yield f"http://127.0.0.1:{port}", runs


@contextmanager
def bare_apptainer(model: Session) -> Iterator[Server]:
    """Run `apptainer exec` with the session's image and variables, as the same account."""
    server, port = server_of(model), four_free_ports()
    person = pwd.getpwuid(server.uids().real)
    account = Account(person.pw_name, person.pw_uid, person.pw_gid)
    home = tempfile.mkdtemp()
    os.chown(home, account.uid, account.gid)
    inside = "/home/casahub"
    command = [
        *("apptainer", "exec", "--containall", "--home", f"{home}:{inside}", "--pwd", inside),
        *(os.environ["CASAHUB_TEST_SIF"], "python3", "-m", "jupyterhub.singleuser"),
        *LEAN_ARGUMENTS,
    ]
    url = f"http://127.0.0.1:{port}/user/model/bench/"
    inner = {key: each for key, each in server.environ().items() if key.startswith("JUPYTERHUB_")}
    inner |= {"JUPYTERHUB_SERVICE_URL": url, "JUPYTERHUB_ROOT_DIR": inside}
    own = {"HOME": home, **engine_environment("apptainer", inner)}
    try:
        with process(as_account(account, command), dict(os.environ) | own) as runs:
            yield f"http://127.0.0.1:{port}", runs
    finally:
        shutil.rmtree(home)


def server_of(model: Session) -> psutil.Process:
    """Return the session's server, which is inside of what Apptainer started."""
    found = of_session(model.site.settings.state, model.user, model.name)
    return next(each for each in found if "jupyterhub.singleuser" in each.cmdline())


@contextmanager
def process(command: list[str], environment: dict[str, str]) -> Iterator[Callable[[], bool]]:
    """Run it in the block, and yield whether it still does."""
    nowhere = subprocess.DEVNULL
    with subprocess.Popen(command, env=environment, cwd="/", stdout=nowhere, stderr=nowhere) as run:
        try:
            yield lambda: run.poll() is None
        finally:
            run.terminate()


@contextmanager
def bare_container(model: Session) -> Iterator[Server]:
    """Do what `docker run` does with the session's image, variables and limits."""
    like = container_of(model.user, model.name).attrs
    variables = dict(each.split("=", 1) for each in like["Config"]["Env"])
    container = client().containers.run(
        like["Config"]["Image"],
        like["Config"]["Cmd"],
        environment=variables | {"JUPYTERHUB_ROOT_DIR": variables["HOME"]},
        mem_limit=like["HostConfig"]["Memory"],
        cpu_quota=like["HostConfig"]["CpuQuota"],
        detach=True,
    )
    try:
        container.reload()
        address = container.attrs["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]
        yield (
            f"http://{address}:8888",
            lambda: bool(container.reload() or container.status == "running"),
        )
    finally:
        container.remove(force=True)


def is_running(container: Any) -> bool:
    """Return whether Docker says so."""
    container.reload()
    return bool(container.status == "running")


def await_answer(url: str, runs: Callable[[], bool]) -> None:
    """Return when the server answers."""
    deadline = time.perf_counter() + _PATIENCE
    with httpx.Client(timeout=_PATIENCE) as client:
        while time.perf_counter() < deadline:
            try:
                if "version" in json.loads(client.get(url).content):
                    return
            except httpx.TransportError:
                if not runs():
                    raise RuntimeError(f"the server at {url} ended before it answered") from None
                time.sleep(_ASK)
    raise RuntimeError(f"no answer in {_PATIENCE} s from {url}")


if __name__ == "__main__":
    inside(Path(sys.argv[1])) if sys.argv[1:] else main()
