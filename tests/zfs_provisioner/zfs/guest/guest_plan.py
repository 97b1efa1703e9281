"""A pool with everything on it: the plan as a person reads it, the run, and what is left."""

import asyncio
import os
import re
import subprocess
import sys
import uuid
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests_guest import Open, ZfsStranger, zfs
from tests_processes import provisioner
from tests_provisioner import Clock, Site, silent
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.journal import Verb
from zfs_provisioner.storage.libzfs_core import LibZfsCore

# Times as they are, but for the two looks: a test does not wait for ten minutes.
POLICY = """
[safety]
every = "1 minute"
apart = "1 minute"
"""
OWNER = "alice"
NAMES = ("live", "leased", "idle", "plain", "busy", "trashed", "origin", "branch", "foreign")


class Pool:
    """Workspaces by what is to be seen of them, made long ago."""

    def __init__(self, site: Site, clock: Clock) -> None:
        self.site, self.clock = site, clock
        self.ids = {name: str(uuid.uuid4()) for name in NAMES}

    def make(self, name: str, days: float, text: str = "") -> None:
        """Make a workspace that was last used so many days ago."""
        self.clock.now = datetime.now(UTC) - timedelta(days=days)
        wid = self.ids[name]
        self.site.workspaces.ensure_created(
            wid, owner=OWNER, dataset="obs", release="1", name=name, report=silent
        )
        if text:
            self.lease(name, 1)
            path = Path(self.site.workspaces.get(wid, OWNER).path)
            (path / "notes.txt").write_text(text)
            (path / "flags").write_bytes(os.urandom(300_000))
            self.site.workspaces.ensure_released(wid, owner=OWNER, holder="h")

    def lease(self, name: str, hours: float) -> None:
        """Open a workspace for so long."""
        self.site.workspaces.ensure_leased(
            self.ids[name], owner=OWNER, holder="h", session=name, duration=timedelta(hours=hours)
        )

    def trash(self, name: str) -> None:
        """Put a workspace into trash."""
        self.site.workspaces.ensure_trashed(self.ids[name], OWNER)

    def fill(self, stranger: ZfsStranger, root: str) -> None:
        """Make one of each kind."""
        self.make("live", 1, "today's work")
        self.make("idle", 120, "work of long ago")
        self.make("plain", 60)
        self.make("foreign", 130, "old")
        stranger.acts[0](self.site.workspaces.get(self.ids["foreign"], OWNER))
        self.make("busy", 140, "older")
        stranger.acts[4](self.site.workspaces.get(self.ids["busy"], OWNER))
        self.make("origin", 100, "first")
        first = self.site.checkpoints.of(self.ids["origin"], OWNER)[0].name
        self.site.workspaces.ensure_branched(
            self.ids["branch"],
            owner=OWNER,
            origin=self.ids["origin"],
            checkpoint=first,
            name="branch",
            report=silent,
        )
        self.trash("origin")
        self.trash("branch")
        self.make("trashed", 50, "thrown away")
        self.trash("trashed")
        self.make("leased", 0)
        self.lease("leased", 24)
        zfs("clone", f"{root}/archive/obs@1", f"{root}/ws/{OWNER}/{'b' * 26}")
        stranger.leave_beside()


def command(socket: Path, *arguments: str, status: int = 0) -> str:
    answer = subprocess.run(
        [sys.executable, "-m", "zfs_provisioner", *arguments, "--socket", str(socket)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == status, answer.stdout + answer.stderr
    return answer.stdout


async def destroyed(socket: Path, number: int) -> list[str]:
    """Wait until so many workspaces were destroyed; return their ids in that order."""
    async with ProvisionerClient(socket) as client, aclosing(client.events(OWNER)) as events:
        gone: list[str] = []
        async for each in events:
            if each.event.verb is Verb.DESTROYED:
                gone.append(each.event.subject)
            if len(gone) == number:
                break
        return gone


@pytest.mark.parametrize("change", [LibZfsCore], indirect=True)
def test_a_pool_with_everything_on_it_and_its_plan(
    open_storage: Open, filesystem: str, source: Path, clock: Clock, tmp_path: Path
) -> None:
    stranger = ZfsStranger(filesystem, tmp_path / "elsewhere")
    pool = Pool(Site(open_storage(), clock, source), clock)
    pool.fill(stranger, filesystem)
    policy, socket = tmp_path / "policy.toml", tmp_path / "socket"
    policy.write_text(POLICY)
    served = provisioner(
        socket, *("--zfs", filesystem, "--state", str(tmp_path), "--policy", str(policy))
    )
    served.start("serving ")
    try:
        quiet = command(socket, "gc")
        assert "STOPPED" in quiet
        assert "so that people can notice" in quiet
        command(socket, "gc", "--resume")
        planned = command(socket, "gc")
        assert groups(planned) == {
            "Goes to trash now (2)": {"idle", "plain"},
            "Comes (3)": {"trashed", "origin", "branch"},
            "Left alone (2)": {"foreign", "busy"},
            "Not ours (2)": set(),
        }
        for sign in (
            r"foreign +[0-9a-f]{8}  @hourly is a snapshot of it that is not ours",
            r"busy +[0-9a-f]{8}  process \d+ \(sleep\) has it mounted at \S+, in the mount name",
            r"b{26} is a half-made workspace: asking for it again completes it",
            r"trash/backup is no workspace and no checkpoint: it is left alone",
        ):
            assert re.search(sign, planned), sign
        assert "because:    not used since" in command(socket, "gc", "--explain", pool.ids["idle"])
        done = command(socket, "gc", "--execute")
        assert groups(done) == {"Went to trash (2)": {"idle", "plain"}}
        gone = asyncio.run(asyncio.wait_for(destroyed(socket, 3), 240))
        assert sorted(gone) == sorted(pool.ids[each] for each in ("trashed", "origin", "branch"))
        assert gone.index(pool.ids["branch"]) < gone.index(pool.ids["origin"])
        after = command(socket, "gc")
        assert groups(after)["Not ours (2)"] == set()
        texts = {"quiet": quiet, "planned": planned, "done": done, "after": after}
        (Path(os.environ["OUT"]) / "plan.txt").write_text(
            "\n".join(f"== {name}\n\n{text}" for name, text in texts.items())
        )
    finally:
        served.stop()
        stranger.stop()


def groups(printed: str) -> dict[str, set[str]]:
    """Return the headings of a printed plan, and the workspaces that each has."""
    found: dict[str, set[str]] = {}
    for block in printed.split("\n\n"):
        heading, *lines = block.splitlines()
        if re.search(r"\(\d+\)$", heading):
            found[heading] = {name for name in NAMES if any(f" {name} " in one for one in lines)}
    return found
