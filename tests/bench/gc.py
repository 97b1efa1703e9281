"""Collecting workspaces from trash on OpenZFS against a loop of `zfs destroy`.

In one boot of the lab, on one pool, workspaces of one release are made and put into trash; half of
them have one changed file and a final checkpoint. One half of all is collected as the provisioner
does it, by one round of the collection: a survey, a plan, a closer look at each, destruction with
all its checks, the journal. The other is destroyed by the command, one snapshot or filesystem after
the other by its exact name, as a careful script would that looks at nothing.

Half of what the command destroys goes before the round and half after it, so that both find the
same pool on average: the less is left in it, the faster the command is. The ratio is that of the
whole round; what its parts take is printed beside it. In the lab a process takes several times
longer to start and to ask the kernel than on a real machine.
"""

import json
import os
import subprocess
import sys
import tempfile
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from tests_collector import DAY, HOUR, CollectedSite
from tests_provisioner import Clock, silent
from tests_report import Gate, seconds, write
from zfs_provisioner.gc.collector import UNLIMITED
from zfs_provisioner.gc.plans import Outcome
from zfs_provisioner.gc.policy import Policy
from zfs_provisioner.model import (
    CheckpointKind,
    DatasetName,
    Owner,
    ReleaseName,
    WorkspaceId,
    WorkspaceSpec,
)
from zfs_provisioner.naming import format_checkpoint, workspace_directory
from zfs_provisioner.residents import Resident
from zfs_provisioner.storage.opening import best_mutations
from zfs_provisioner.storage.zfs import ZfsStorage
from zfs_provisioner.storage.zfs_pool import Pool

LAB: Final = Path(__file__).parents[1] / "lab" / "openzfs"
POOL: Final = "/dev/shm/pool"
ROOT: Final = "lab/casahub"
WORKSPACES: Final = int(os.environ.get("WORKSPACES", "1000"))  # for each of the two
USERS: Final = 50
CALLERS: Final = 16  # that make them
GATE: Final = 20
# Between what goes to trash first, which the round finds due, and the rest.
LATER: Final = timedelta(days=28)


def main() -> None:
    """Run the benchmark in the lab and report."""
    print("bench gc: some minutes in the OpenZFS lab", flush=True)
    with tempfile.TemporaryDirectory() as out:
        command = [str(LAB), "run", sys.executable, __file__, out]
        subprocess.run(command, check=True, env={**os.environ, "OUT": out, "MEMORY": "4G"})
        rows = json.loads((Path(out) / "rows.json").read_text())
    (row,) = rows
    alone = Gate("ratio of destroying alone", row["zfs destroy (s)"] / row["destroy (s)"], least=1)
    write("gc", rows, row["zfs destroy (s)"] / row["round (s)"], GATE, [alone])


def measure(out: Path) -> None:
    """Run in the guest: measure on a pool in its memory."""
    run("truncate", "-s", "2G", POOL)
    run("zpool", "create", "-O", "mountpoint=legacy", ROOT.partition("/")[0], POOL)
    run("zfs", "create", ROOT)
    storage, clock = ZfsStorage(Pool(ROOT), Path("/run/mounts"), best_mutations()), Clock()
    with tempfile.TemporaryDirectory() as source:
        for name in ("table.dat", "table.f1"):
            (Path(source) / name).write_bytes(os.urandom(100_000))
        site = CollectedSite(storage, clock, Path(source), Policy())
    made = seconds(partial(discard_all, storage, clock.now))
    print(f"{2 * WORKSPACES} workspaces made and put into trash: {made:.0f} s", flush=True)
    late = [each for each in storage.survey().residents if each.workspace.trashed != clock.now]
    early = seconds(partial(destroy_by_command, late[: WORKSPACES // 2]))
    print(f"{WORKSPACES // 2} by the command: {early:.1f} s", flush=True)
    row = collected(site)
    print(f"{WORKSPACES} by a round: {row}", flush=True)
    row["zfs destroy (s)"] = early + seconds(partial(destroy_by_command, late[WORKSPACES // 2 :]))
    if storage.survey().residents:
        raise RuntimeError("not all was destroyed")
    rounded = {name: round(value, 3) for name, value in row.items()}
    (out / "rows.json").write_text(json.dumps([rounded]))


def collected(site: CollectedSite) -> dict[str, float]:
    """Let one round collect what is due, and return the seconds that it and its parts take."""
    site.clock.advance(LATER.total_seconds() + 4 * DAY)
    site.collector.resume()  # otherwise all is left alone until people had time to notice
    site.collector.round()  # what is due must be seen so twice
    site.clock.advance(HOUR)
    spent: dict[str, float] = defaultdict(float)

    def timed(name: str) -> None:
        verb: Callable[..., object] = getattr(site.storage, name)

        def wrapped(*arguments: object) -> object:
            results: list[object] = []
            spent[f"{name} (s)"] += seconds(lambda: results.append(verb(*arguments)))
            return results[0]

        setattr(site.storage, name, wrapped)

    for each in ("survey", "look_closer", "destroy"):
        timed(each)
    outcomes: list[Outcome] = []
    whole = seconds(lambda: outcomes.extend(site.collector.round(budget=UNLIMITED)))
    refused = [each for each in outcomes if not each.done]
    if refused or len(outcomes) != WORKSPACES:
        raise RuntimeError(f"{len(outcomes)} tried, refused: {refused[:3]}")
    return {"workspaces": WORKSPACES, "round (s)": whole, **spent}


def destroy_by_command(residents: Sequence[Resident]) -> None:
    """Destroy as a script would that names what it destroys."""
    for each in residents:
        name = f"{ROOT}/trash/{workspace_directory(each.workspace.id)}-{each.identity}"
        for checkpoint in each.checkpoints:
            run("zfs", "destroy", f"{name}@{checkpoint.name}")
        run("zfs", "destroy", name)


def discard_all(storage: ZfsStorage, now: datetime) -> None:
    """Make workspaces and put them into trash; half of them later."""
    with ThreadPoolExecutor(CALLERS) as pool:
        for _ in pool.map(partial(discard, storage, now), range(2 * WORKSPACES)):
            pass


def discard(storage: ZfsStorage, now: datetime, number: int) -> None:
    """Make a workspace and put it into trash, every second one changed and kept."""
    spec = WorkspaceSpec(
        owner=Owner(f"user{number % USERS}"),
        dataset=DatasetName("obs"),
        release=ReleaseName("1"),
        name="bench",
    )
    made = storage.create(WorkspaceId(str(uuid.uuid4())), spec, now, silent)
    if number % 2:
        storage.ensure_open(made)
        (Path(made.path) / "table.dat").write_bytes(os.urandom(100_000))
        storage.take_checkpoint(made, format_checkpoint(CheckpointKind.FINAL, now, 1))
    storage.update(replace(made, trashed=now if number % 4 < 2 else now + LATER))
    storage.move_to_trash(made)


def run(*command: str) -> None:
    """Run a command that must succeed."""
    subprocess.run(command, check=True)


if __name__ == "__main__":
    if sys.argv[1:]:
        measure(Path(sys.argv[1]))
    else:
        main()
