"""Functions that are defined in a notebook's cells."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = """\
import json, sys
from IPython.core.interactiveshell import InteractiveShell
from recompute.code import fingerprint

shell = InteractiveShell()
digests = []
for cells in json.load(sys.stdin):
    for cell in cells:
        shell.run_cell(cell, store_history=True).raise_error()
    digests.append(fingerprint(shell.user_ns["step"]).digest)
print(json.dumps(digests))
"""
HELPER = "def helper(x):\n    return x + LIMIT"
STEP = "def step(x):\n    return helper(x)"
LIMIT = "LIMIT = 3"


def digests(tmp_path: Path, *notebooks: list[str]) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        input=json.dumps(notebooks),
        env={"HOME": str(tmp_path), "IPYTHONDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_cells_count_by_what_they_do(tmp_path: Path) -> None:
    first, *same = digests(
        tmp_path,
        [LIMIT, HELPER, STEP],
        [STEP],
        [f"\n\n# a remark\n{HELPER}  # another", f"%pip --version\n{STEP}"],
        [HELPER.replace("(x):", "(x: float) -> float:\n    'Docs.'")],
        [f"try:\n    {LIMIT}\nfinally: pass", "x = 1", "y = await __import__('asyncio').sleep(0)"],
    )
    assert set(same) == {first}


def test_each_change_in_another_cell_counts(tmp_path: Path) -> None:
    found = digests(
        tmp_path,
        [LIMIT, HELPER, STEP],
        ["LIMIT = 4"],
        [HELPER.replace("+", "-")],
        [STEP.replace("(x)\n", "(x, y=1)\n").replace("(x):", "(x, y=1):")],
        [LIMIT, HELPER, STEP],
    )
    assert len({*found}) == 4
    assert found[0] == found[4]
