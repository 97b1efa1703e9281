"""Sessions in real Apptainer containers, on good days and bad ones.

Run by `test_on_engines`. The hub is root, and sessions run as another account, to which the
workspaces belong; one test runs some of the others with a hub that is not root. After each test
nothing of its sessions is left.
"""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import psutil
import pytest
from casahub_spawner.apptainer import end, sessions
from casahub_spawner.found import FoundSession
from tests_apptainer import command_lines, groups, left_behind, marked, of_session
from tests_hub import HubSite, running_hub, until
from tests_sessions import Session
from tests_troubles import leases, trouble

CONFIG = Path(__file__).with_name("hub_config_apptainer.py")
IS_ROOT = os.geteuid() == 0
OTHER = pwd.getpwnam("www-data")  # Debian has it everywhere, and no file of it
ACCOUNT = OTHER if IS_ROOT else pwd.getpwuid(os.geteuid())
# What an ordinary account's hub has to do in another way than root's.
ORDINARY = ("a_file_of_the_session", "own_home", "says_so", "finds_its_sessions", "are_found")


@pytest.fixture(scope="module")
def state() -> Iterator[Path]:
    """The site's directory, which another account can reach into, unlike pytest's own."""
    state = Path(tempfile.mkdtemp(prefix="casahub-apptainer-"))
    state.chmod(0o755)
    yield state
    shutil.rmtree(state)


@pytest.fixture(scope="module")
def site(state: Path) -> Iterator[HubSite]:
    account = ["--session-account", f"{ACCOUNT.pw_uid}:{ACCOUNT.pw_gid}"] if IS_ROOT else []
    with running_hub(state, CONFIG, options=account) as running:
        yield running


@pytest.fixture(autouse=True)
def nothing_is_left(site: HubSite, state: Path) -> Iterator[None]:
    yield
    left = [left_behind(state), leases(site)]
    for each in found_in(state):  # else it would be found after each of the other tests, too
        asyncio.run(end(each))
    assert left == [[], []]


def test_a_file_of_the_session_is_in_the_workspace(site: HubSite) -> None:
    session = Session(site, "vera", "rotation")
    workspace = session.started(dataset="ngc5921", name="Rotation")
    session.write("notes.txt", "flat, all the way out")
    on_host = Path(workspace.path, "notes.txt")
    assert on_host.read_text() == "flat, all the way out"
    assert (on_host.stat().st_uid, on_host.stat().st_gid) == (ACCOUNT.pw_uid, ACCOUNT.pw_gid)
    session.stop()
    assert session.started().id == workspace.id
    assert session.file("notes.txt") == "flat, all the way out"
    session.stop()


def test_a_session_has_its_own_home_and_no_other_file_of_the_machine(
    site: HubSite, state: Path
) -> None:
    session, other = Session(site, "vera", "alone"), Session(site, "ada", "other")
    workspace, theirs = session.started(dataset="ngc5921"), other.started(dataset="ngc5921")
    other.write("secret.txt", "of another")
    root = Path("/proc", str(server_of(state, session).pid), "root")
    assert Path(root, "home/casahub/work/ngc5921.ms/table.dat").exists()
    Path(root, "tmp/seen").write_text("on the disk of the session's home")
    assert next(state.glob(f"homes/vera/{workspace.id}/.scratch/tmp/seen")).exists()
    for hidden in (theirs.path, state, Path(__file__)):
        assert not Path(root, str(hidden).lstrip("/")).exists()
    inside = {
        process.username()
        for process in psutil.process_iter(["pid"])
        if pid_namespace(process.pid) == pid_namespace(server_of(state, session).pid)
    }
    assert inside == {ACCOUNT.pw_name}
    session.stop()
    other.stop()


def test_what_is_secret_is_on_no_command_line(site: HubSite, state: Path) -> None:
    session = Session(site, "vera", "secret")
    with watching(command_lines) as seen:
        session.started(dataset="ngc5921")
    server = server_of(state, session)
    token = server.environ()["JUPYTERHUB_API_TOKEN"]
    assert any("jupyterhub.singleuser" in line for line in seen)
    assert not [line for line in seen if token in line]
    environment = Path("/proc", str(server.pid), "environ").stat()
    assert (environment.st_uid, environment.st_mode & 0o777) == (ACCOUNT.pw_uid, 0o400)
    assert token not in next(state.glob("homes/vera/*.log")).read_text()
    session.stop()


@pytest.mark.parametrize("user", ["Ünïcode 天文", "a" * 255, "$(touch x)", "x,y:z"])
def test_any_name_has_a_session(site: HubSite, state: Path, user: str) -> None:
    session = Session(site, user, "any")
    session.started(dataset="ngc5921")
    assert server_of(state, session).environ()["JUPYTERHUB_USER"] == user
    session.stop()


def test_a_session_is_kept_to_its_size(site: HubSite, state: Path) -> None:
    session = Session(site, "vera", "sized")
    trouble(session, "sized")
    session.started(dataset="ngc5921")
    pid = server_of(state, session).pid
    held = [each for each in groups() if str(pid) in (each / "cgroup.procs").read_text().split()]
    assert {limits(each) for each in held} - {""} == {str(2**30), "50000"}
    session.stop()


def test_a_machine_that_limits_nothing_says_so(site: HubSite) -> None:
    session = Session(site, "vera", "advice")
    trouble(session, "no groups")
    session.start(dataset="ngc5921")
    told = [event.get("message", "") for event in session.progress()]
    assert any("Nothing on this machine enforces the size" in each for each in told)
    assert any("The size of vera:advice is only advice" in line for line in site.hub.said)
    session.stop()


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("no image", "The image '/nowhere/notebook.sif' is not on this machine"),
        ("no container", "image format not recognized"),
        ("no engine", "The program 'no-such-engine' is not on this machine"),
        ("no program", "/there/is/none"),
        ("words", "There is no licence for the sky"),
        ("no memory", "out of memory: choose a larger size"),
    ],
)
def test_a_start_that_fails_says_why(site: HubSite, kind: str, words: str) -> None:
    session = Session(site, "vera", kind.replace(" ", "-"))
    trouble(session, kind)
    session.start(dataset="ngc5921")
    assert words in session.progress()[-1]["message"]
    session.await_stopped()


def test_start_pressed_twice_makes_one_session(site: HubSite, state: Path) -> None:
    session = Session(site, "vera", "twice")
    with ThreadPoolExecutor() as pool:
        pressed = [pool.submit(session.start, dataset="ngc5921") for _ in range(2)]
    assert any(each.result().is_success for each in pressed)
    until("it is ready", lambda: session.model()["ready"])
    assert len(servers(state)) == 1
    session.stop()


def test_a_start_in_flight_can_be_stopped(site: HubSite, state: Path) -> None:
    session = Session(site, "vera", "cancelled")
    trouble(session, "silence")
    session.start(dataset="ngc5921")
    until("it runs", lambda: of_session(state, "vera", "cancelled"))
    session.stop()


def test_a_server_that_is_killed_is_noticed(site: HubSite, state: Path) -> None:
    session = Session(site, "vera", "killed")
    session.started(dataset="ngc5921")
    session.write("last.txt", "kept")
    os.kill(session.pid, signal.SIGKILL)
    session.await_stopped()
    session.started()
    assert session.file("last.txt") == "kept"
    session.stop()


def test_a_hub_finds_its_sessions_again(site: HubSite, state: Path) -> None:
    session = Session(site, "vera", "found")
    session.started(dataset="ngc5921")
    server = server_of(state, session)
    site.hub.stop(signal.SIGKILL)
    assert server.is_running()
    site.restart_hub()
    until("the session is ready", lambda: session.model().get("ready"))
    assert server_of(state, session) == server
    session.write("after.txt", "the hub came back")
    os.kill(server.pid, signal.SIGKILL)  # no child of this hub, and noticed even so
    session.await_stopped()


def test_sessions_of_a_hub_killed_in_the_middle_of_a_start_are_found(
    site: HubSite, state: Path
) -> None:
    session = Session(site, "vera", "interrupted")
    trouble(session, "silence")
    session.start(dataset="ngc5921")
    until("it runs", lambda: of_session(state, "vera", "interrupted"))
    workspace = session.workspace()
    site.hub.stop(signal.SIGKILL)
    [found] = found_in(state)
    assert (found.owner, found.session) == ("vera", "interrupted")
    assert found.workspace == workspace.id
    asyncio.run(end(found))
    assert found_in(state) == []
    site.restart_hub()
    session.await_stopped()
    trouble(session, None)
    session.started(workspace=workspace.id)
    session.stop()


@pytest.mark.skipif(not IS_ROOT, reason="runs in the test of this name")
@pytest.mark.timeout(900)
def test_a_hub_that_is_not_root(tmp_path: Path) -> None:
    who = ["setpriv", f"--reuid={OTHER.pw_uid}", f"--regid={OTHER.pw_gid}", "--init-groups", "--"]
    python = [*who, sys.executable]
    # Twice, because the first one still begins with root's right to look into any place.
    again = "import subprocess, sys; subprocess.run([sys.executable, '-c', ''], check=True)"
    if subprocess.run([*python, "-c", again], check=False, capture_output=True).returncode:
        pytest.skip(f"{sys.executable} is in a place that is closed to {OTHER.pw_name}")
    with tempfile.TemporaryDirectory() as home:
        os.chown(home, OTHER.pw_uid, OTHER.pw_gid)
        answer = subprocess.run(
            [
                *(*python, "-B", "-m", "pytest", __file__, "-q", "-k", " or ".join(ORDINARY)),
                *("-o", "python_files=engine_*.py", "-p", "no:cacheprovider"),
                f"--basetemp={home}/pytest",
            ],
            check=False,
            env=os.environ | {"HOME": home, "TMPDIR": home},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    assert answer.returncode == 0, answer.stdout
    assert f"{len(ORDINARY)} passed" in answer.stdout


def found_in(state: Path) -> list[FoundSession]:
    """Return the site's sessions as the reconciler finds them."""
    return asyncio.run(sessions(str(state)))


def server_of(state: Path, session: Session) -> psutil.Process:
    """Return the first process in a session's container."""
    [server, *_] = of_session(state, session.user, session.name)
    return server


def servers(state: Path) -> list[int]:
    """Return the notebook servers of a site."""
    return [each.pid for each in marked(state) if "JUPYTERHUB_API_TOKEN" in each.environ()]


def pid_namespace(pid: int) -> int:
    try:
        return Path("/proc", str(pid), "ns", "pid").stat().st_ino
    except OSError:
        return 0  # it ended, or is not ours to look at


def limits(group: Path) -> str:
    """Return the limit of a control group of either version; empty for one that we do not know."""
    for name in ("memory.limit_in_bytes", "memory.max", "cpu.cfs_quota_us", "cpu.max"):
        if (group / name).exists():
            return (group / name).read_text().split()[0]
    return ""


@contextmanager
def watching(look: Callable[[], Iterator[str]]) -> Iterator[set[str]]:
    """Collect all that is seen in the block, by looking again and again beside it."""
    seen: set[str] = set()
    over = Event()

    def watch() -> None:
        while not over.wait(0.05):
            seen.update(look())

    with ThreadPoolExecutor() as pool:
        watched = pool.submit(watch)
        try:
            yield seen
        finally:
            over.set()
            watched.result()
