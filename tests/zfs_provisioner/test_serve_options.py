"""What `serve` refuses before it opens anything."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "Name either --root DIRECTORY or --zfs FILESYSTEM."),
        (["--root", "r", "--zfs", "tank/casahub"], "Name either --root DIRECTORY or --zfs"),
        (["--root", "r", "--guid", "1"], "--state, --guid and --owner-quota go with --zfs."),
        (["--zfs", "tank/casahub"], "--zfs needs --state DIRECTORY"),
        (["--root", "r", "--session-account", "casa"], "--session-account is UID:GID"),
        (["--zfs", "nopool/casahub", "--state", "s"], "The pool nopool is not imported."),
    ],
)
def test_a_root_that_cannot_be_served_is_one_sentence(
    tmp_path: Path, options: list[str], sentence: str
) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "zfs_provisioner", "serve", "--socket", "p.sock", *options],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"zfs-provisioner: {sentence}"), answer.stderr
    assert "Traceback" not in answer.stderr
