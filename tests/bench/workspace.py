"""Making a workspace on the `directory` storage against `cp -a` of the same release.

The release has 2,000 files of random bytes, 1 GiB in all; btrfs and XFS are loop mounts of images
on this machine's own filesystem. Each figure is the median of five; the ratio is the smaller one.
"""

import os
import random
import subprocess
import sys
import tempfile
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tests_filesystems import mounted
from tests_report import median, seconds, write
from zfs_provisioner.archive import Archive
from zfs_provisioner.custody import Custody
from zfs_provisioner.model import DatasetInfo, Progress
from zfs_provisioner.storage.directory import DirectoryStorage
from zfs_provisioner.workspaces import Workspaces

FILES, BYTES, ROUNDS, GATE = 2000, 1 << 30, 5, 20.0
IMAGE: Final = "20G"  # sparse; room for the copies that `cp -a` makes


def silent(_progress: Progress) -> None:
    """Report to nobody."""


def make_source(place: Path) -> Path:
    """Write the release's files."""
    source = place / "source"
    source.mkdir()
    chunk = random.Random(1).randbytes(BYTES // FILES)
    for number in range(FILES):
        directory = source / f"table{number // 100}.ms"
        directory.mkdir(exist_ok=True)
        (directory / f"table.f{number}").write_bytes(number.to_bytes(8) + chunk[8:])
    return source


def measure(kind: str, place: Path, source: Path) -> dict[str, object]:
    """Return one row of the table."""
    storage = DirectoryStorage(place)
    clock = lambda: datetime.now(UTC)  # noqa: E731
    archive = Archive(storage, clock)
    workspaces = Workspaces(Custody(storage, clock), archive)
    archive.import_release("bench", "1", DatasetInfo(title="bench"), source, silent)
    release = next(place.glob("archive/bench/1/tree"))

    def ours() -> None:
        workspaces.ensure_created(
            str(uuid.uuid4()),
            owner="bench",
            dataset="bench",
            release="1",
            name="bench",
            report=silent,
        )

    def peer() -> None:
        target = place / f"copy-{uuid.uuid4()}"
        subprocess.run(["cp", "-a", "--reflink=never", release, target], check=True)
        subprocess.run(["sync", "-f", target], check=True)

    both = [(seconds(ours), seconds(peer)) for _round in range(ROUNDS)]
    our_median = median([pair[0] for pair in both])
    peer_median = median([pair[1] for pair in both])
    return {
        "filesystem": kind,
        "method": storage.capabilities().clone_method,
        "workspace (s)": round(our_median, 4),
        "cp -a and sync (s)": round(peer_median, 3),
        "ratio": round(peer_median / our_median, 1),
    }


def main() -> None:
    """Run the benchmark; it needs root to mount."""
    if os.geteuid():
        sys.exit("bench workspace: mounting btrfs and XFS images needs root.")
    rows = []
    with tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        source = make_source(place)
        for kind in ("btrfs", "xfs"):
            with mounted(kind, IMAGE, place) as mount:
                rows.append(measure(kind, mount, source))
    write("workspace", rows, min(float(str(row["ratio"])) for row in rows), GATE)


if __name__ == "__main__":
    main()
