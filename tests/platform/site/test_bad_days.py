"""A site that is interrupted, killed or cramped; the next start works, on the same port."""

import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest
from tests_command import Command
from tests_hub import hub_secret, sign_in, until
from tests_processes import Process, processes_of
from tests_provisioner import Mount
from tests_site import USER_PASSWORD, MakeSite, RunningSite


def named(site: RunningSite, what: str) -> psutil.Process:
    """Return the one process of the site whose command line has this."""
    [pid] = [pid for pid, line in processes_of(site.state).items() if what in line]
    return psutil.Process(pid)


def all_gone(site: RunningSite) -> None:
    until(f"all of {site.leftovers()} is gone", lambda: not site.leftovers(), 60)


@pytest.fixture
def up(make_site: MakeSite) -> RunningSite:
    site = make_site()
    site.start()
    return site


@pytest.fixture
def session(up: RunningSite, tmp_path: Path) -> Path:
    """The workspace of a running session, changed since its beginning."""
    (tmp_path / "observation").mkdir()
    (tmp_path / "observation" / "table.dat").write_bytes(b"visibilities")
    Command(up.state)("archive", "add", "obs@1", str(tmp_path / "observation"))
    start_session(up, dataset="obs")
    [workspace] = Command(up.state).json("workspace", "list")
    place = Path(workspace["path"])
    (place / "notes.txt").write_text("flag antenna 7")
    return place


def start_session(site: RunningSite, **options: str) -> httpx.Client:
    """Start a session of Ada's and wait until it answers; return her browser."""
    browser = sign_in(site.url, "ada", USER_PASSWORD)
    browser.get("/hub/home")
    path = "/hub/api/users/ada/servers/first"
    secret = {"X-XSRFToken": hub_secret(browser), "Referer": f"{site.url}/hub/home"}
    browser.post(path, headers=secret, json=options).raise_for_status()
    until("the session is up", lambda: browser.get(path, headers=secret).json()["ready"])
    return browser


@pytest.fixture
def stranger() -> Iterator[psutil.Popen]:
    """A program that has nothing to do with the site."""
    with psutil.Popen(["sleep", "600"]) as program:
        yield program
        program.kill()


def kept(site: RunningSite) -> list[str]:
    """Return the kinds of the one workspace's checkpoints; it is not in use."""
    [workspace] = Command(site.state).json("workspace", "list")
    assert workspace["lease"] is None
    made = Command(site.state).json("workspace", "checkpoints", workspace["id"])
    return [each["kind"] for each in made]


def test_a_killed_site_takes_its_processes_along_and_starts_again(
    up: RunningSite, session: Path, stranger: psutil.Popen
) -> None:
    """JupyterHub would end the process whose number is in the proxy's file, whoever has it now."""
    up.process.kill()
    up.wait()
    all_gone(up)
    (up.state / "hub" / "proxy.pid").write_text(str(stranger.pid))
    up.start()
    assert stranger.poll() is None
    assert kept(up) == ["auto"]
    assert httpx.get(f"{up.url}/services/portal/health").is_success
    up.stop(signal.SIGTERM)


def test_a_lost_hub_database_costs_nobody_a_workspace(up: RunningSite, session: Path) -> None:
    up.process.kill()
    up.wait()
    all_gone(up)
    (up.state / "hub" / "jupyterhub.sqlite").unlink()
    up.start()
    assert kept(up) == ["auto"]
    [workspace] = Command(up.state).json("workspace", "list")
    browser = start_session(up, workspace=workspace["id"])
    assert (session / "notes.txt").read_text() == "flag antenna 7"
    assert "obs" in browser.get("/services/portal/").text
    up.stop()


def test_without_the_hub_there_is_no_site(up: RunningSite, session: Path) -> None:
    """Proxy, portal and session have process groups of their own, and outlive it."""
    named(up, "-m jupyterhub").kill()
    assert up.wait() == 1
    assert "casahub: The hub ended by itself (status -9); see" in "\n".join(up.said)
    assert up.leftovers() == []
    assert kept(up) == ["auto"]


def test_what_a_crash_left_on_the_ports_is_ended(up: RunningSite, session: Path) -> None:
    """The machine killed both, as it does when memory runs out; the session goes on."""
    hub, proxy = named(up, "-m jupyterhub"), named(up, "configurable-http-proxy")
    server = named(up, "jupyterhub-singleuser")
    up.process.send_signal(signal.SIGSTOP)
    hub.kill()
    up.process.kill()
    up.wait()
    assert proxy.is_running()
    up.start()
    assert not proxy.is_running()
    assert server.is_running()
    up.stop()
    assert kept(up) == ["auto"]


@pytest.mark.parametrize(
    ("number", "moment"),
    [
        (signal.SIGINT, "making a MeasurementSet"),
        (signal.SIGTERM, "making a MeasurementSet"),
        (signal.SIGKILL, "making a MeasurementSet"),
        (signal.SIGINT, "starting hub, proxy and portal"),
        (signal.SIGTERM, "starting hub, proxy and portal"),
    ],
)
def test_an_interrupted_start_leaves_nothing_running(
    make_site: MakeSite, number: signal.Signals, moment: str
) -> None:
    samples = "true" if "MeasurementSet" in moment else "false"
    site = make_site(CASAHUB_SAMPLES=samples)
    site.start(moment)
    status = Process.stop(site, number)
    all_gone(site)
    assert Command(site.state).json("archive", "list") == []
    if number is not signal.SIGKILL:
        assert status == 130
        assert site.said[-1] == (
            "casahub: interrupted; nothing is half-made, the next run continues."
        )
        assert not (site.state / "staging").exists()


def test_a_path_too_long_for_a_socket_is_a_site_like_any_other(
    make_site: MakeSite, tmp_path: Path
) -> None:
    site = make_site(tmp_path / "a long path" / ("x" * 100))
    site.start()
    assert Command(site.state).json("workspace", "list") == []
    sentence = Command(site.state, **site.environment).fails("up")
    assert sentence == (
        f"casahub runs already on {site.state}: pid {site.process.pid}, {site.url}. Use that one, "
        "stop it with Ctrl-C, or start another with CASAHUB_STATE= and PORT=."
    )
    assert httpx.get(f"{site.url}/hub/health").is_success
    site.stop()


def test_room_is_made_on_a_full_disk(make_site: MakeSite, mount: Mount) -> None:
    """Both samples take about 80 MB as long as they are made."""
    disk = mount("tmpfs", "40M")
    site = make_site(disk / "state", CASAHUB_SAMPLES="true")
    sentence = Command(site.state, **site.environment).run("up")
    assert sentence.returncode == 1
    assert "Traceback" not in sentence.stderr
    assert sentence.stderr.startswith("casahub: ")
    assert "Start again to retry" in sentence.stderr or "The storage is full" in sentence.stderr
    all_gone(site)
    subprocess.run(["mount", "-o", "remount,size=600M", disk], check=True)
    site.start()
    assert len(Command(site.state).json("archive", "list")) == 2
    assert not (site.state / "staging").exists()
    site.stop()
