"""Sessions on a real Slurm of one node, on good days and bad ones.

Run by `test_on_slurm`. After each test no job and no lease is left.
"""

import asyncio
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from casahub_spawner.found import FoundSession
from casahub_spawner.slurm_queue import mark_of, sessions
from tests_hub import HubSite, running_hub, until
from tests_processes import Process
from tests_sessions import Session
from tests_troubles import leases, trouble
from zfs_provisioner.model import CheckpointKind

CONFIG = Path(__file__).with_name("hub_config_slurm.py")
LAB = Path(os.environ["SLURM_LAB"])
SECRETS = ("JUPYTERHUB_API_TOKEN", "JPY_API_TOKEN")


@pytest.fixture(scope="module")
def skeleton(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image that holds nothing but places to show this machine's programs at."""
    image = tmp_path_factory.mktemp("skeleton")
    for name in ("usr", "etc", "tmp", "var/tmp", "proc", "sys", "dev", "home", "root", "run"):
        (image / name).mkdir(parents=True)
    for name in ("bin", "sbin", "lib", "lib64"):
        (image / name).symlink_to(f"usr/{name}")
    for name in ("passwd", "group", "hosts", "resolv.conf"):
        (image / "etc" / name).touch()
    return image


@pytest.fixture(scope="module")
def site(skeleton: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubSite]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("CASAHUB_TEST_SKELETON", str(skeleton))
        with running_hub(tmp_path_factory.mktemp("site"), CONFIG) as running:
            yield running


@pytest.fixture(autouse=True)
def nothing_is_left(site: HubSite) -> Iterator[None]:
    yield
    assert (jobs(), leases(site)) == ([], [])


def slurm(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def jobs() -> list[str]:
    return slurm("squeue", "--noheader", "--format=%i").split()


def failure(session: Session) -> str:
    """Return what the page of a start says that has failed."""
    answer = session.start(dataset="ngc5921")
    if answer.is_error:
        return str(answer.json()["message"])
    session.await_stopped()
    return str(session.progress()[-1]["message"])


@contextmanager
def full_node() -> Iterator[None]:
    """Let another job use all processors in the block."""
    job = slurm("sbatch", "--parsable", "--output=/dev/null", "-c4", "--wrap=exec sleep 600")
    until("the node is full", lambda: "RUNNING" in slurm("squeue", "-h", "-j", job, "-o%T"))
    try:
        yield
    finally:
        slurm("scancel", job)


def test_a_file_of_the_session_is_found_by_the_next_one(site: HubSite) -> None:
    session = Session(site, "vera", "rotation")
    workspace = session.started(dataset="ngc5921", name="Rotation")
    session.write("notes.txt", "flat, all the way out")
    assert Path(workspace.path, "notes.txt").read_text() == "flat, all the way out"
    session.stop()
    [kept] = session.checkpoints(workspace)
    assert kept.kind is CheckpointKind.AUTO
    assert session.started().id == workspace.id
    assert session.file("notes.txt") == "flat, all the way out"
    session.stop()


def test_the_job_is_as_large_as_the_session_and_shows_no_secret(site: HubSite) -> None:
    session = Session(site, "vera", "size")
    session.started(dataset="ngc5921")
    [job] = jobs()
    assert slurm("squeue", "-h", "-j", job, "-o%C %m %k").startswith("1 1G site=tests&owner=vera")
    script = slurm("scontrol", "write", "batch_script", job, "-")
    processes = list(psutil.process_iter(["cmdline", "environ"]))
    secrets = {
        value
        for each in processes
        for name, value in (each.info["environ"] or {}).items()
        if name.removeprefix("APPTAINERENV_") in SECRETS
    }
    assert secrets
    shown = script + "".join(" ".join(each.info["cmdline"] or ()) for each in processes)
    assert not [secret for secret in secrets if secret in shown]
    session.stop()


def test_a_session_that_has_to_wait_says_what_for(site: HubSite) -> None:
    session = Session(site, "vera", "patience")
    reason = "other jobs use the processors or the memory that it needs (Resources)"
    with full_node():
        session.start(dataset="ngc5921")
        session.await_pending()
        with session._http.stream("GET", f"{session._path}/progress") as told:
            assert any(f"Waiting in Slurm's queue: {reason}" in line for line in told.iter_lines())
    until("it is ready", lambda: session.model()["ready"])
    session.stop()


def test_a_start_that_is_cancelled_in_the_queue_leaves_no_job(site: HubSite) -> None:
    session = Session(site, "vera", "impatience")
    with full_node():
        session.start(dataset="ngc5921")
        until("the job waits", lambda: "PENDING" in slurm("squeue", "-h", "-o%T"))
        session.stop()
    until("the other job ended", lambda: not jobs())


def test_what_slurm_does_not_take_is_refused_in_its_words(site: HubSite) -> None:
    session = Session(site, "vera", "greed")
    trouble(session, "too large")
    said = failure(session)
    assert "Slurm did not take the session: Memory specification can not be satisfied" in said


@pytest.mark.parametrize(
    ("kind", "words"),
    [("words", "There is no licence for the sky"), ("no image", "/nowhere/notebook.sif")],
)
def test_a_server_that_ends_at_once_says_why(site: HubSite, kind: str, words: str) -> None:
    session = Session(site, "vera", kind.replace(" ", "-"))
    trouble(session, kind)
    said = failure(session)
    assert "because Slurm says of its job that it failed (FAILED, NonZeroExitCode)" in said
    assert words in said


@contextmanager
def without_controller() -> Iterator[None]:
    """End Slurm's controller for the block; the lab ends the one that comes after it."""
    controller = psutil.Process(int((LAB / "slurmctld.pid").read_text()))
    controller.terminate()
    controller.wait(20)
    try:
        yield
    finally:
        Process(["slurmctld", "-D"]).start("Running as primary controller")


def test_a_session_outlives_slurms_controller(site: HubSite) -> None:
    session = Session(site, "vera", "outage")
    session.started(dataset="ngc5921")
    [job] = jobs()
    silence = "Unable to contact slurm controller"
    with without_controller():
        until("it was asked for", lambda: any(silence in each for each in site.hub.said))
        assert session.model()["ready"]
        session.write("outage.txt", "written meanwhile")
        newcomer = Session(site, "vera", "newcomer")
        assert "Slurm does not answer. Running sessions and your data are safe" in failure(newcomer)
    until("the controller knows the job", lambda: jobs() == [job])
    assert session.file("outage.txt") == "written meanwhile"
    session.stop()


def test_a_job_that_somebody_cancels_is_noticed(site: HubSite) -> None:
    session = Session(site, "vera", "cancelled")
    workspace = session.started(dataset="ngc5921")
    session.write("late.txt", "before the cancellation")
    slurm("scancel", *jobs())
    session.await_stopped()
    assert [each.kind for each in session.checkpoints(workspace)] == [CheckpointKind.AUTO]


def test_nobody_sets_attributes_of_a_spawner_over_http(site: HubSite) -> None:
    session = Session(site, "vera", "handler")
    answer = session._http.post("/hub/api/batchspawner", json={"port": 1})
    assert answer.status_code == 404


def test_a_job_that_the_hub_forgot_is_found_and_makes_room(site: HubSite) -> None:
    session = Session(site, "vera", "forgotten")
    lost = FoundSession("tests", "vera", "forgotten", "a-workspace", "")
    submit = ("sbatch", "--parsable", "--output=/dev/null", f"--comment={mark_of(lost)}")
    number = slurm(*submit, "--wrap=exec sleep 600")
    assert asyncio.run(sessions("tests")) == [replace(lost, engine_id=number)]
    session.started(dataset="ngc5921")
    [other] = jobs()
    assert other != number
    session.stop()


def test_a_new_hub_takes_the_sessions_of_the_old_one(site: HubSite) -> None:
    session = Session(site, "vera", "restart")
    session.started(dataset="ngc5921")
    [job] = jobs()
    site.hub.stop(signal.SIGKILL)
    site.restart_hub()
    until("the session is found again", lambda: session.model().get("ready"))
    assert jobs() == [job]
    session.stop()
