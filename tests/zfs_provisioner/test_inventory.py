"""What `zfs-provisioner inventory` lists."""

import json
import subprocess
import sys
import uuid
from datetime import timedelta
from pathlib import Path

from tests_service import TOKEN, free_place, import_observation, serving, token_file
from zfs_provisioner.client import ProvisionerClient

INVENTORY = [sys.executable, "-m", "zfs_provisioner", "inventory"]


def listed(*options: str | Path) -> str:
    return subprocess.run([*INVENTORY, *options], check=True, capture_output=True, text=True).stdout


async def test_releases_with_who_holds_them_and_workspaces(tmp_path: Path) -> None:
    at, token = free_place(), token_file(tmp_path)
    options = ["--url", f"http://{at}", "--token-file", str(token)]
    with serving(tmp_path / "root", "--listen", at, "--token-file", token):
        assert "The archive is empty." in listed(*options)
        async with ProvisionerClient(f"http://{at}", token=TOKEN) as client:
            await import_observation(client, tmp_path)
            leased, trashed = str(uuid.uuid4()), str(uuid.uuid4())
            for wid, owner, name in ((leased, "alice", "[red]First"), (trashed, "bob", "Second")):
                await client.create(wid, owner, dataset="obs", release="1", name=name)
            await client.checkpoint(leased, "alice")
            await client.lease(
                leased, "alice", holder="hub:alice/s", session="s", duration=timedelta(hours=1)
            )
            await client.trash(trashed, "bob")
            await client.retire("obs", "1")
        table = listed(*options).splitlines()
        found = json.loads(listed(*options, "--json"))
    assert table[0].split() == ["dataset", "release", "size", "files", "imported", "workspaces"]
    assert table[1].split()[:3] == ["obs", "1", "(retired)"]
    assert table[1].split()[-1] == "2"
    [first, second] = table[4:]
    assert first.startswith("alice  [red]First  leased    obs@1    1")
    assert "hub:alice/s until" in first
    assert "in trash" in second
    assert [(each["workspace"]["id"], each["checkpoints"]) for each in found["workspaces"]] == [
        *((leased, 1), (trashed, 0)),
    ]
    assert [each["workspaces"] for each in found["releases"]] == [2]
