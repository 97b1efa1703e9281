"""Collecting workspaces from trash on OpenZFS against a loop of `zfs destroy`.

In one boot of the lab, on one pool, workspaces of one release are made and put into trash; half of
them have one changed file and a final checkpoint. One half of all is collected as the provisioner
does it: a survey, a closer look, and destruction. The other is destroyed by the command, one
snapshot or filesystem after the other by its exact name, as a careful script would.

Both find the same pool, and take turns in rounds, because what is left in the pool and what else
the machine does changes with time. The ratio is that of destroying alone, with all its checks; the
script looks at nothing, and what looking costs is printed beside it. In the lab a process takes
several times longer to start and to ask the kernel than on a real machine.
"""

import json
import os
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from tests_report import Gate, seconds, write
from zfs_provisioner.model import (
    CheckpointKind,
    DatasetInfo,
    DatasetName,
    NewRelease,
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
ROUNDS: Final = 5
USERS: Final = 50
GATE: Final = 20
NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)


def main() -> None:
    """Run the benchmark in the lab and report."""
    print("bench gc: some minutes in the OpenZFS lab", flush=True)
    with tempfile.TemporaryDirectory() as out:
        command = [str(LAB), "run", sys.executable, __file__, out]
        subprocess.run(command, check=True, env={**os.environ, "OUT": out, "MEMORY": "4G"})
        rows = json.loads((Path(out) / "rows.json").read_text())
    destroy = sum(row["destroy (s)"] for row in rows)
    looks = sum(row["survey (s)"] + row["look closer (s)"] for row in rows)
    theirs = sum(row["zfs destroy (s)"] for row in rows)
    also = [Gate("ratio with the survey and the closer look", theirs / (destroy + looks), least=1)]
    write("gc", rows, theirs / destroy, GATE, also)


def measure(out: Path) -> None:
    """Run in the guest: measure on a pool in its memory."""
    run("truncate", "-s", "2G", POOL)
    run("zpool", "create", "-O", "mountpoint=legacy", ROOT.partition("/")[0], POOL)
    run("zfs", "create", ROOT)
    storage = ZfsStorage(Pool(ROOT), Path("/run/mounts"), best_mutations())
    import_release(storage)
    for number in range(2 * WORKSPACES):
        discard(storage, number)
    storage.survey()
    rows = []
    for number in range(ROUNDS):
        ours, theirs = halves(storage.survey().residents, WORKSPACES // ROUNDS)
        row = round_of(storage, ours, theirs)
        print(f"round {number + 1}: {row}", flush=True)
        rows.append(row)
    if storage.survey().residents:
        raise RuntimeError("not all was collected")
    (out / "rows.json").write_text(json.dumps(rows))


def round_of(
    storage: ZfsStorage, ours: Sequence[Resident], theirs: Sequence[Resident]
) -> dict[str, float]:
    """Collect some as the provisioner does and as many by the command."""
    found: list[Resident] = []
    survey = seconds(lambda: found.extend(storage.survey().residents))
    closer: list[Resident] = []
    look = seconds(lambda: closer.extend(storage.look_closer(ours)))
    refusals: list[object] = []
    destroy = seconds(lambda: refusals.extend(storage.destroy(closer)))
    if refusals or len(closer) != len(ours):
        raise RuntimeError(f"refused: {refusals[:3]}")
    commands = seconds(partial(destroy_by_command, theirs))
    return {
        "workspaces": len(ours),
        "in the pool": len(found),
        "survey (s)": round(survey, 3),
        "look closer (s)": round(look, 3),
        "destroy (s)": round(destroy, 3),
        "zfs destroy (s)": round(commands, 3),
    }


def halves(
    residents: Sequence[Resident], number: int
) -> tuple[Sequence[Resident], Sequence[Resident]]:
    """Return as many for the one as for the other, with as many checkpoints."""
    changed = [each for each in residents if each.checkpoints]
    plain = [each for each in residents if not each.checkpoints]
    half = number // 2
    return (
        [*changed[:half], *plain[:half]],
        [*changed[half : 2 * half], *plain[half : 2 * half]],
    )


def destroy_by_command(residents: Sequence[Resident]) -> None:
    """Destroy as a script would that names what it destroys."""
    for each in residents:
        name = f"{ROOT}/trash/{workspace_directory(each.workspace.id)}-{each.identity}"
        for checkpoint in each.checkpoints:
            run("zfs", "destroy", f"{name}@{checkpoint.name}")
        run("zfs", "destroy", name)


def import_release(storage: ZfsStorage) -> None:
    """Import a release of two small files."""
    with tempfile.TemporaryDirectory() as source:
        for name in ("table.dat", "table.f1"):
            (Path(source) / name).write_bytes(os.urandom(100_000))
        wanted = NewRelease(
            dataset=DatasetName("obs"),
            name=ReleaseName("1"),
            info=DatasetInfo(title="bench"),
            created=NOW,
        )
        storage.import_release(wanted, Path(source), lambda _progress: None)


def discard(storage: ZfsStorage, number: int) -> None:
    """Make a workspace and put it into trash, every second one changed and kept."""
    spec = WorkspaceSpec(
        owner=Owner(f"user{number % USERS}"),
        dataset=DatasetName("obs"),
        release=ReleaseName("1"),
        name="bench",
    )
    made = storage.create(WorkspaceId(str(uuid.uuid4())), spec, NOW, lambda _progress: None)
    if number % 2:
        storage.ensure_open(made)
        (Path(made.path) / "table.dat").write_bytes(os.urandom(100_000))
        storage.take_checkpoint(made, format_checkpoint(CheckpointKind.FINAL, NOW, 1))
    storage.update(replace(made, trashed=NOW))
    storage.move_to_trash(made)


def run(*command: str) -> None:
    """Run a command that must succeed."""
    subprocess.run(command, check=True)


if __name__ == "__main__":
    if sys.argv[1:]:
        measure(Path(sys.argv[1]))
    else:
        main()
