"""Sessions as marked processes: found whoever started them, ended with all that they started."""

import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator

import psutil
import pytest
from casahub_spawner.found import FoundSession
from casahub_spawner.marks import end, marked, marks, sessions

# Starts a child that ignores what asks it to end, says so, and goes on or ends as it is told.
PARENT = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", '''
import signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
signal.pause()
'''], start_new_session=True)
if sys.argv[1] == "stays":
    child.wait()
"""

Start = Callable[[FoundSession, str], int]


def session(site: str, name: str = "first", start: str = "") -> FoundSession:
    return FoundSession(
        site=site,
        owner="ada",
        session=name,
        workspace=str(uuid.UUID(int=1)),
        engine_id=start or uuid.uuid4().hex,
    )


@pytest.fixture
def site() -> str:
    return f"/sites/{uuid.uuid4()}"


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a marked program whose child is deaf; return the program's number."""
    started: list[subprocess.Popen[bytes]] = []

    def start(session: FoundSession, what: str) -> int:
        started.append(
            subprocess.Popen(
                [sys.executable, "-c", PARENT, what], env=marks(session), stdout=subprocess.PIPE
            )
        )
        output = started[-1].stdout
        assert output
        assert output.readline() == b"deaf\n"
        return started[-1].pid

    yield start
    for each in started:
        each.wait(10)
        assert each.stdout
        each.stdout.close()


def test_marks_say_whose_a_process_is() -> None:
    made = session("here")
    assert marked(marks(made) | {"PATH": "/bin"}) == made
    assert marked({name: text for name, text in marks(made).items() if "START" not in name}) is None


async def test_one_start_is_one_session_however_many_processes_it_has(
    site: str, start: Start
) -> None:
    mine, other, elsewhere = session(site), session(site, "other"), session(f"{site}/2")
    for each in mine, other, elsewhere:
        start(each, "stays")
    assert {*await sessions(site)} == {mine, other}
    await end(mine)
    assert await sessions(site) == [other]
    assert await sessions(elsewhere.site) == [elsewhere]
    await end(other)
    await end(elsewhere)
    await end(mine)  # gone already
    assert await sessions(site) == []


async def test_what_outlives_its_server_is_still_the_session(site: str, start: Start) -> None:
    mine = session(site)
    server = psutil.Process(start(mine, "ends"))
    server.wait(10)
    assert await sessions(site) == [mine]
    await end(mine)
    assert await sessions(site) == []
