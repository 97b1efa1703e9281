"""Functions that use CASA, as scripts and as notebooks have it."""

import subprocess
import sys
from pathlib import Path

from casa_kernel.site import find_data

CONFIGURATION = """\
datapath = [{data!r}]
measurespath = {data!r}
measures_auto_update = data_auto_update = False
skipnetworkcheck = nologger = nogui = agg = True
casaconfig_verbose = 0
logfile = "/dev/null"
"""
SCRIPT = """\
import casatools
import casatasks
from casa_kernel.tasks import brief
from casatasks import casalog, flagdata
from recompute.code import fingerprint
from recompute.errors import FingerprintError

tb = casatools.table()
listed = brief(casatasks.listobs)
flagged = brief(casatasks.flagdata)


def tasks(vis):
    casalog.post("flagging")
    return flagdata(vis), casatasks.split(vis)


def wrapped(vis):
    return listed(vis)


def tool_inside(vis):
    table = casatools.table()
    table.open(vis)


def tool_outside(vis):
    tb.open(vis)


first = fingerprint(tasks)
print(sorted(name for name in first.parts if "casa" in name))
casalog.post("something")
print(fingerprint(tasks) == first)
before = fingerprint(wrapped)
listed = flagged
print(fingerprint(wrapped) != before)
print("package casatools" in fingerprint(tool_inside).parts)
try:
    fingerprint(tool_outside)
except FingerprintError as error:
    print(error)
"""


def test_tasks_count_by_their_version_and_a_tool_with_a_state_is_refused(tmp_path: Path) -> None:
    (tmp_path / "site.py").write_text(CONFIGURATION.format(data=str(find_data([]))))
    (tmp_path / "script.py").write_text(SCRIPT)
    done = subprocess.run(
        [sys.executable, "script.py"],
        cwd=tmp_path,
        env={"CASASITECONFIG": str(tmp_path / "site.py"), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    packages, *tasks, refused = done.stdout.splitlines()
    assert "'package casatasks', 'package casatools'" in packages
    assert tasks == ["True", "True", "True"]
    assert refused.startswith("`tb in tool_outside")
