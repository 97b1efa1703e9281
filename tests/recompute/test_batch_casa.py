"""`recompute run` and `recompute plan` with real CASA on a simulated VLA observation."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests_recompute_chain import FITS

SCRIPT = """
importfitsidi(fitsidifile=['sim02.fits'], vis='sim02.ms', constobsid=True, scanreindexgap_s=50.0)
flagdata(vis='sim02.ms', mode='quack', quackinterval={quack}, flagbackup=False)
visstat('sim02.ms', axis='amp')
if os.path.isdir('snr.ms'):
    shutil.rmtree('snr.ms')
split(vis='sim02.ms', outputvis='snr.ms', field='SNR', width=4, datacolumn='data')
tclean(vis='snr.ms', imagename='snr', imsize=64, cell='8arcsec', niter={niter})
"""


class Here:
    """A directory with an observation, and the command."""

    def __init__(self, place: Path, observation: Path) -> None:
        self.work = place / "work"
        self.work.mkdir()
        (self.work / FITS).write_bytes(observation.read_bytes())
        self._env = {**os.environ, "RECOMPUTE_STORE": str(place / "store")}

    def write(self, quack: float = 15, niter: int = 50) -> None:
        text = "import os, shutil\nfrom casatasks import *\n"
        (self.work / "p.py").write_text(text + SCRIPT.format(quack=quack, niter=niter))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "recompute", *arguments]
        return subprocess.Popen(
            command,
            cwd=self.work,
            env=self._env,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def run(self) -> list[str]:
        with self.start("run", "--json", "p.py") as process:
            assert process.stdout is not None
            events = [json.loads(each) for each in process.stdout]
        assert process.returncode == 0, events
        return [each["verdict"] for each in events if each["event"] == "ended"]

    def plan(self) -> dict[str, Any]:
        with self.start("plan", "--json", "p.py") as process:
            made: dict[str, Any] = json.loads(process.communicate()[0])
        return made

    def fates(self) -> list[str]:
        return [each["fate"] for each in self.plan()["steps"]]


@pytest.fixture
def here(observation: Path, tmp_path: Path) -> Here:
    made = Here(tmp_path, observation)
    made.write()
    return made


def test_a_plan_says_what_the_run_then_does(here: Here) -> None:
    assert here.run() == ["computed"] * 5
    here.write(niter=60)
    made = here.plan()
    assert [each["fate"] for each in made["steps"]] == ["cached"] * 4 + ["would run"]
    assert made["steps"][4]["why"] == "niter 50 → 60"
    assert made["seconds"] > 0
    assert here.run() == ["cached"] * 4 + ["computed"]
    # An image that is made anew is not a restart of the one that the last run left.
    here.write(niter=50)
    assert here.fates() == ["cached"] * 5


def test_an_interrupted_run_leaves_a_task_s_files_as_before_and_goes_on(here: Here) -> None:
    here.write(niter=10)
    here.run()
    image = here.work / "snr.image"
    here.write(niter=100_000_000)
    with here.start("run", "--json", "p.py") as process:
        assert process.stdout is not None
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "begun" and event["task"] == "tclean":
                process.send_signal(signal.SIGINT)
    assert process.returncode == 130
    assert not image.exists()
    here.write(niter=10)
    assert here.run() == ["cached"] * 5
    assert image.exists()
