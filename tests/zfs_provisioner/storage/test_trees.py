import subprocess
from pathlib import Path

from zfs_provisioner.storage import trees


def test_the_digest_is_what_sha256sum_says(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    (root / "a").mkdir(parents=True)
    for name in ("a/b", "a.txt", "Z", "a/ü", "a-b"):
        (root / name).write_text(f"content of {name}")
    find = subprocess.run(
        ["find", ".", "-type", "f", "-printf", r"%P\0"],
        cwd=root,
        check=True,
        capture_output=True,
    )
    names = sorted(find.stdout.rstrip(b"\0").split(b"\0"))
    lines = subprocess.run(["sha256sum", *names], cwd=root, check=True, capture_output=True)
    whole = subprocess.run(["sha256sum"], input=lines.stdout, check=True, capture_output=True)
    assert trees.digest(root) == whole.stdout.split()[0].decode()


def test_a_name_that_is_no_text_is_digested_too(tmp_path: Path) -> None:
    root = tmp_path / "tree"
    root.mkdir()
    empty = trees.digest(root)
    (Path(str(root)) / "\udcff").write_text("latin-1 name")
    assert trees.digest(root) != empty
