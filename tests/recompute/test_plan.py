import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from recompute.batch.past import latest
from recompute.errors import RecomputeError
from recompute.model import Verdict
from recompute.plans import Plan, landlock, plan
from tests_recompute_plan import FakeLookup, snapshot

Planned = Callable[..., Plan]

CHAIN = """from casatasks import *
load('a.ms')
flag('a.ms', mode='quack')
image('a.ms', 'img', niter=5)
print(stat('img.image')['max'][0] + 1)
export('img.image', 'img.fits')
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return work


@pytest.fixture
def lookup(here: Path) -> FakeLookup:
    """Knows the chain, which ran here."""
    known = FakeLookup(here)
    known.learn("load", vis="a.ms")
    known.learn("flag", vis="a.ms", mode="quack")
    known.learn("image", vis="a.ms", imagename="img", niter=5)
    known.learn("stat", imagename="img.image")
    known.learn("export", imagename="img.image", fitsimage="img.fits")
    return known


@pytest.fixture
def planned(here: Path, lookup: FakeLookup) -> Planned:
    """Plan a script's text, and see that nothing was changed."""

    def make(text: str, name: str = "p.py") -> Plan:
        path = here / name
        path.write_text(text)
        before = snapshot(here.parent)
        made = plan(path, lookup, patience=20)
        assert snapshot(here.parent) == before
        return made

    return make


def fates(made: Plan) -> list[str]:
    return [each.fate.value for each in made.steps]


def test_a_script_that_ran_is_all_cached(planned: Planned, lookup: FakeLookup) -> None:
    made = planned(CHAIN)
    assert fates(made) == ["cached"] * 5
    assert made.stop is None
    assert (made.seconds, made.saved) == (0.0, 50.0)


def test_a_script_that_never_ran_would_run(planned: Planned, lookup: FakeLookup) -> None:
    lookup.records.clear()
    lookup.last.clear()
    made = planned(CHAIN.replace("print(", "float("))
    assert fates(made) == ["would run", "may run", "may run", "may run"]
    assert made.steps[0].why == "it was never computed"
    assert made.unknown == 4
    assert str(made.stop) == (
        "Line 5 looks into the result of step 4, which is not computed yet: "
        "from here on the plan cannot tell."
    )


def test_a_changed_parameter_is_named_and_what_follows_may_run(planned: Planned) -> None:
    made = planned(CHAIN.replace("quack", "clip"))
    assert fates(made) == ["cached", "would run", "may run", "may run", "may run"]
    assert made.steps[1].why == "mode 'quack' → 'clip'"
    assert made.steps[2].why == "unless what step 2 leaves is as it was"
    assert made.steps[1].seconds == 10.0


def test_a_changed_last_step_leaves_the_others_cached(planned: Planned) -> None:
    made = planned(CHAIN.replace("'img.fits'", "'other.fits'"))
    assert fates(made) == ["cached"] * 4 + ["would run"]
    assert made.steps[4].writes == ("other.fits",)


def test_an_input_that_was_changed_is_named(
    planned: Planned, here: Path, lookup: FakeLookup
) -> None:
    (here / "b.ms").mkdir()
    (here / "b.ms" / "data").write_text("b")
    lookup.learn("flag", vis="b.ms", mode="clip")
    lookup.first.clear()
    (here / "b.ms" / "data").write_text("changed")
    made = planned("flag('b.ms', mode='clip')\n")
    assert [each.why for each in made.steps] == ["b.ms changed"]


def test_steps_are_compared_with_their_last_success(lookup: FakeLookup) -> None:
    old = lookup.last
    flag = replace(old[1], run="s", number=1, seconds=99.0)
    failed = replace(old[2], run="s", number=2, verdict=Verdict.FAILED, cost=0.1)
    assert latest([*old, flag, failed]) == [flag, old[0], *old[2:]]
    assert latest([]) == []


def test_what_is_not_memoised_would_run(planned: Planned) -> None:
    made = planned("chat()\n")
    assert (fates(made), made.steps[0].why) == (["would run"], "it is not memoised: it talks")


def test_a_result_that_is_handed_on_does_not_end_the_plan(planned: Planned) -> None:
    text = (
        "import numpy as np\nload('n.ms')\nimage('n.ms', 'new')\n"
        "s = stat('new.image')\nrms = np.float64(3) * s['max'][0]\nprint(s, f'{rms:.3f}')\n"
        "image('a.ms', 'second', niter=f'{rms}Jy')\nimage('a.ms', 'third', niter=rms)\n"
    )
    made = planned(text)
    assert made.stop is None
    assert [each.why for each in made.steps[3:]] == ["niter comes from step 3"] * 2


@pytest.mark.parametrize(
    "look",
    [
        "if s['max'][0] > 3: pass",
        "for each in s: pass",
        "float(s['max'])",
        "len(s)",
        "'max' in s",
        "s == 1",
        "[1, 2][s]",
        "sorted(s)",
        "import numpy; numpy.array(s)",
        "s['max'] = 3",
        "dict(**s)",
    ],
)
def test_looking_into_an_unknown_result_ends_the_plan(planned: Planned, look: str) -> None:
    made = planned(f"load('n.ms')\nimage('n.ms', 'new')\ns = stat('new.image')\n{look}\nchat()\n")
    assert made.stop is not None
    assert "looks into the result of step 3" in made.stop.reason
    assert len(made.steps) == 3
    assert made.stop.where.line == 4


def test_a_file_that_is_named_by_an_unknown_result_ends_the_plan(planned: Planned) -> None:
    made = planned("load('n.ms')\ns = image('n.ms', 'new')\nload(f'{s}.ms')\n")
    assert made.stop is not None
    assert "names a file (vis) by the result" in made.stop.reason


@pytest.mark.parametrize(
    "removal",
    [
        "import os; os.system('rm -rf a.ms')",
        "import os; os.system('rm -rf a.*; rm -rf none.*')",
        "import shutil; shutil.rmtree('a.ms')",
        "import os\nif os.path.exists('a.ms'): os.system('rm -rf a.ms')",
        "import subprocess; subprocess.run(['rm', '-r', 'a.ms'], check=True)",
        "import subprocess; subprocess.run('rm -rf a.m?', shell=True)",
        "from casatasks import rmtables; rmtables('a.*')",
        "import shutil, glob\nfor each in glob.glob('a.*'): shutil.rmtree(each)",
        (
            "import shutil; from pathlib import Path\n"
            "for each in Path().glob('a.*'): shutil.rmtree(each)"
        ),
        "import os; os.rename('a.ms', 'b.ms')",
        "import shutil; shutil.move('a.ms', 'b.ms')",
    ],
)
def test_removals_are_understood(planned: Planned, removal: str) -> None:
    made = planned(f"load('a.ms')\n{removal}\nload('a.ms')\n")
    assert made.stop is None
    assert fates(made) == ["cached", "cached"]


def test_without_the_removal_the_step_is_another(planned: Planned) -> None:
    assert fates(planned("load('a.ms')\nload('a.ms')\n")) == ["cached", "would run"]


def test_a_copy_is_in_the_state_of_the_original(planned: Planned) -> None:
    text = (
        "import shutil\nload('a.ms')\nshutil.copytree('a.ms', 'kept.ms')\n"
        "flag('a.ms', mode='quack')\nshutil.rmtree('a.ms')\nshutil.move('kept.ms', 'a.ms')\n"
        "flag('a.ms', mode='quack')\n"
    )
    made = planned(text)
    assert (made.stop, fates(made)) == (None, ["cached"] * 3)


def test_files_are_as_they_would_be_by_then(planned: Planned, here: Path) -> None:
    text = """import glob, os
from pathlib import Path
assert not os.path.exists('a.ms') and 'a.ms' not in os.listdir()
load('a.ms')
assert os.path.isdir('a.ms') and not os.path.isfile('a.ms')
assert glob.glob('*.ms') == ['a.ms'] and Path('a.ms').exists()
os.makedirs('out/deep', exist_ok=True)
os.makedirs('out/deep', exist_ok=True)
assert Path('out').is_dir() and os.listdir('out') == ['deep']
image('a.ms', 'img', niter=9) if os.path.exists('img.image') else None
flag('a.ms', mode='quack')
image('a.ms', 'img', niter=5)
assert sorted(glob.glob('img.*')) == ['img.image', 'img.psf']
export('img.image', 'img.fits')
assert os.path.isfile('img.fits')
os.remove('img.fits')
assert not os.path.lexists('img.fits')
try:
    open('img.fits')
except FileNotFoundError:
    chat()
"""
    made = planned(text)
    assert made.stop is None, made.stop
    assert fates(made) == ["cached"] * 4 + ["would run"]


def test_whether_an_image_is_there_that_would_be_made_ends_the_plan(planned: Planned) -> None:
    made = planned("import os\nimage('a.ms', 'new')\nos.path.exists('new.image')\n")
    assert made.stop is not None
    assert "depends on step 1" in made.stop.reason


HOSTILE = {
    "from pathlib import Path; Path('new.txt').touch()": "changes a file's times",
    "import os; os.open('new.txt', os.O_CREAT | os.O_WRONLY)": "writes new.txt",
    "import os; os.system('echo hello > new.txt')": "runs a shell command",
    "import os; os.system('python x.py')": "runs a shell command",
    "import os; os.system('rm -rf $HOME')": "runs a shell command",
    "import os; os.popen('touch new.txt')": "runs a program",
    "import subprocess; subprocess.Popen(['touch', 'new.txt'])": "runs a program",
    "import subprocess; subprocess.check_output(['touch', 'new.txt'])": "runs a program",
    "import os; os.posix_spawn('/bin/touch', ['touch', 'new.txt'], {})": "runs a program",
    "import os; os.execv('/bin/touch', ['touch', 'new.txt'])": "runs a program",
    "import os; os.fork()": "starts a process",
    "import os; os.symlink('a.ms', 'b.ms')": "links a file",
    "import os; os.link('img.fits', 'b.fits')": "links a file",
    "import os; os.chmod('a.ms', 0)": "changes a file's permissions",
    "import os; os.utime('a.ms')": "changes a file's times",
    "import os; os.truncate('a.ms/data', 0)": "changes a file",
    "import posix; posix.unlink('a.ms/data')": "removes a file",
    "import posix; posix.mkdir('new')": "makes a directory",
    "import posix; posix.rename('a.ms', 'b.ms')": "renames a file",
    "import posix; posix.system('touch new.txt')": "runs a shell command",
    "import socket; socket.create_connection(('localhost', 9))": "uses the network",
    "import sqlite3; sqlite3.connect('new.db')": "opens a database",
    "import ctypes; ctypes.CDLL('libc.so.6')": "loads a library",
    "tb.open('a.ms', nomodify=False)": "uses CASA's tool table.open",
    "from casatools import table\nt = table(); t.open('a.ms')": "uses casatools.table.open",
    "from casacore.tables import table\ntable('a.ms')": "uses casacore.tables.table",
    "import casatasks; casatasks.private.x()": "uses casatasks.private.x",
    "input('?')": "asks its user",
    "1 / 0": "raises ZeroDivisionError",
    "import os; os.abort()": "crashed",
    "import recompute\n@recompute.step\ndef f(): pass\nf()": "calls f, a step of its own",
    "unknown_task()": "raises NameError",
    "flag('a.ms', wrong=1)": "calls flag with what it does not take",
    "load(vis=object())": "calls load with a parameter that is not foreseen",
}


@pytest.mark.parametrize("deed", HOSTILE)
def test_a_hostile_script_changes_nothing_and_ends_the_plan(
    planned: Planned, lookup: FakeLookup, deed: str
) -> None:
    lookup.first.clear()
    made = planned(f"chat()\n{deed}\nchat()\n")
    assert made.stop is not None
    assert HOSTILE[deed] in made.stop.reason
    assert len(made.steps) == 1
    last = deed.count("\n") + 2
    assert made.stop.where.line in {0, last} or "step of its own" in made.stop.reason


@pytest.mark.parametrize(
    "deed",
    [
        "try:\n    WRITE\nexcept BaseException:\n    pass",
        "try:\n    WRITE\nfinally:\n    chat()",
        "import atexit\natexit.register(os.system, 'touch new.txt')\nWRITE",
        "import threading\nt = threading.Thread(target=lambda: WRITE)\nt.start()\nt.join()",
    ],
)
def test_a_script_cannot_go_on_behind_the_end_of_its_plan(planned: Planned, deed: str) -> None:
    write = "os.open('new.txt', os.O_CREAT | os.O_RDWR)"
    made = planned(f"import os\nchat()\n{deed.replace('WRITE', write)}\nchat()\n")
    assert made.stop is not None
    assert "writes new.txt" in made.stop.reason
    assert len(made.steps) == 1


def test_what_a_script_writes_is_there_for_it_and_not_on_disk(planned: Planned) -> None:
    text = """import json, os
from pathlib import Path
import numpy as np
with open('new.txt', 'w') as file:
    file.write('one ')
open('new.txt', 'a').write('two')
assert open('new.txt').read() == Path('new.txt').read_text() == 'one two'
assert os.path.getsize('new.txt') == 7 and 'new.txt' in os.listdir()
Path('p.py').write_text('changed')
np.save('numbers.npy', np.arange(3))
assert np.load('numbers.npy').sum() == 3
os.rename('new.txt', 'other.txt')
assert not Path('new.txt').exists() and open('other.txt').read() == 'one two'
os.remove('other.txt')
try:
    open('none/new.txt', 'w')
except FileNotFoundError:
    chat()
"""
    made = planned(text)
    assert (made.stop, fates(made)) == (None, ["would run"])


def test_a_task_finds_what_the_script_wrote(
    planned: Planned, here: Path, lookup: FakeLookup
) -> None:
    (here / "mask.d").mkdir()
    (here / "mask.d" / "pixels").write_text("12345")
    lookup.learn("stat", imagename="mask.d")
    lookup.first.clear()
    write = "open('mask.d/pixels', 'w').write('{}')\nstat('mask.d')\n"
    changed = planned(write.format("1"))
    assert fates(changed) == ["may run"]
    assert changed.steps[0].why == "it reads within files that the run has changed by then"


@pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")
def test_libraries_in_c_are_kept_from_the_disk_as_well(planned: Planned) -> None:
    text = (
        "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        "libc.creat(b'new.txt', 0o644)\nlibc.rename(b'a.ms', b'b.ms')\n"
        "libc.system(b'touch new.txt')\nlibc.mkfifo(b'pipe', 0o600)\nchat()\n"
    )
    made = planned(text)
    assert (made.stop, fates(made)) == (None, ["would run"])


def test_importing_what_keeps_a_cache_does_not_end_the_plan(planned: Planned, here: Path) -> None:
    text = "import matplotlib.pyplot as plt\nimport tempfile\nt = tempfile.mkdtemp()\nchat()\n"
    assert planned(text).stop is None


def test_a_script_that_computes_for_ever_is_left(here: Path, lookup: FakeLookup) -> None:
    path = here / "p.py"
    path.write_text("chat()\nwhile True: pass\n")
    made = plan(path, lookup, patience=1)
    assert made.stop is not None
    assert made.stop.reason == "computes by itself for 1 s"


def test_a_script_that_ends_itself_is_planned_to_its_end(planned: Planned) -> None:
    assert planned("import sys\nchat()\nsys.exit(3)\n").stop is None


def test_a_damaged_notebook_is_refused(here: Path, lookup: FakeLookup) -> None:
    path = here / "n.ipynb"
    path.write_text("{")
    with pytest.raises(RecomputeError, match="cannot be read as a notebook"):
        plan(path, lookup)


def test_its_arguments_reach_the_script(here: Path, lookup: FakeLookup) -> None:
    path = here / "p.py"
    path.write_text("import sys\nif sys.argv[1:] == ['--fast']: chat()\n")
    assert len(plan(path, lookup, arguments=["--fast"]).steps) == 1


def test_a_notebook_is_planned_cell_by_cell(planned: Planned) -> None:
    cells = ["load('a.ms')", "!rm -rf a.ms", "%time load('a.ms')", "!touch new.txt"]
    made = [{"cell_type": "code", "id": str(n), "source": c} for n, c in enumerate(cells)]
    result = planned(json.dumps({"cells": made, "nbformat": 4}), "n.ipynb")
    assert fates(result) == ["cached", "cached"]
    assert str(result.stop).startswith("Cell 4, line 1 runs a shell command (touch new.txt)")


def test_a_plan_is_shown_in_a_notebook_with_names_escaped(planned: Planned) -> None:
    shown = planned("flag('a<b>.ms', mode='<script>')\n")._repr_html_()
    assert "<script>" not in shown
    assert "<table>" in shown
