"""Our viewer against CASA's, on a cube of 2,048 x 2,048 pixels and 64 channels.

First picture: from the call in a new process until the PNG is there; ours loads matplotlib and
astropy in that time, CASA's application starts. Next picture: another channel, in the same process.
Spectrum: the mean over 200 x 200 pixels for all channels, with its picture; CASA's viewer has none
that a script can ask for, so that the peer is the image tool's `getprofile`, which draws nothing.
Each side runs in a process of its own; memory is the most that it took, for the peer the
most that a process of CASA's application took. All pairs are alternated, and the figures medians.

The cube is made once, by casacore, and kept in the directory for temporary files.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from casa_kernel.site import find_data
from tests_report import Gate, median, write

RUNS: Final = 5
TIMEOUT: Final = 600  # seconds
CONFIGURATION: Final = """\
datapath = [{data!r}]
measurespath = {data!r}
measures_auto_update = data_auto_update = log2term = False
skipnetworkcheck = nologger = nogui = agg = True
casaconfig_verbose = 0
logfile = {log!r}
"""
MAKE: Final = """\
import sys
import numpy as np
from casatools import image
from casacore.tables import table
path = sys.argv[1]
tool = image()
tool.fromshape(path, [2048, 2048, 1, 64])
tool.setbrightnessunit("Jy/beam")
tool.setrestoringbeam("6arcsec", "5arcsec", "30deg")
tool.close()
random = np.random.default_rng(1)
noise = random.normal(scale=1e-3, size=(2048, 2048)).astype(np.float32)
y, x = np.mgrid[:2048, :2048]
with table(path, readonly=False, ack=False) as cube:
    for channel in range(64):
        spot = np.exp(-((x - 900 - 4 * channel) ** 2 + (y - 1000) ** 2) / 800.0)
        plane = np.roll(noise, 37 * channel) + 0.05 * spot.astype(np.float32)
        cube.putcellslice("map", 0, plane[None, None], [channel, 0, 0, 0], [channel, 0, 2047, 2047])
"""
OURS: Final = """\
import json, resource, sys, time
started = time.perf_counter()
from casa_plots.images import imview
from casa_plots.inside import Outline, Shape
from casa_plots.picture import Looking
pages = imview(sys.argv[1])
pages.views[0].draw(Looking())
first = time.perf_counter() - started
started = time.perf_counter()
pages.views[32].draw(Looking())
next_ = time.perf_counter() - started
started = time.perf_counter()
box = Outline(Shape.RECTANGLE, [(900, 900), (1099, 1099)])
pages.views[32].measure("image", box, Looking())
spectrum = time.perf_counter() - started
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([first, next_, spectrum, peak]))
"""
THEIRS: Final = """\
import json, os, sys, time
from pathlib import Path
def descendants(pid):
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            status = dict(l.split(":", 1) for l in (entry / "status").read_text().splitlines())
        except OSError:
            continue  # it ended meanwhile
        if int(status["PPid"]) == pid and "VmHWM" in status:
            found += [status, *descendants(int(entry.name))]
    return found
started = time.perf_counter()
from casa_plots import casaviewer
for number, channel in enumerate((0, 32)):
    casaviewer.imview({"raster": sys.argv[1], "zoom": {"channel": channel}})
    if number == 0:
        first = time.perf_counter() - started
        started = time.perf_counter()
next_ = time.perf_counter() - started
peak = max(int(each["VmHWM"].split()[0]) for each in descendants(os.getpid())) / 1024
from casatools import image
tool = image()
tool.open(sys.argv[1])
started = time.perf_counter()
tool.getprofile(axis=3, function="mean", region="box[[900pix,900pix],[1099pix,1099pix]]")
spectrum = time.perf_counter() - started
print(json.dumps([first, next_, spectrum, peak]))
"""


def run(code: str, *arguments: str, environment: dict[str, str]) -> list[float]:
    """Run Python in a process of its own; return the numbers in its last line."""
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(done.stderr[-2000:])
    lines = done.stdout.strip().splitlines()
    return [float(each) for each in json.loads(lines[-1])] if lines else []


def the_cube(environment: dict[str, str]) -> Path:
    """Return the cube, made now if it is not there yet."""
    cube = Path(tempfile.gettempdir()) / "casahub-bench-viewer.image"
    if not cube.exists():
        part = cube.with_name(f"{cube.name}.{os.getpid()}")
        run(MAKE, str(part), environment=environment)
        part.rename(cube)
    return cube


def main() -> None:
    """Run the benchmark and report."""
    with tempfile.TemporaryDirectory(prefix="bench-viewer-") as directory:
        place = Path(directory)
        site = place / "casasiteconfig.py"
        log = str(place / "casa.log")
        site.write_text(CONFIGURATION.format(data=str(find_data([])), log=log))
        environment = {**os.environ, "CASASITECONFIG": str(site), "OMP_NUM_THREADS": "1"}
        cube = str(the_cube(environment))
        run(OURS, cube, environment=environment)  # from here on all files are in memory
        pairs = []
        for _ in range(RUNS):
            drawn = run(OURS, cube, environment=environment)
            pairs.append((drawn, run(THEIRS, cube, environment=environment)))
    names = ("first picture (s)", "next picture (s)", "spectrum (s)", "peak memory (MB)")
    rows: list[dict[str, object]] = []
    medians: list[tuple[float, float]] = []
    for i, name in enumerate(names):
        ours = median([own[i] for own, _ in pairs])
        theirs = median([other[i] for _, other in pairs])
        medians.append((ours, theirs))
        peer = "getprofile of CASA's image tool" if name.startswith("spectrum") else "casaviewer"
        rows.append(
            {"what": name, "casahub": round(ours, 3), "peer": round(theirs, 3), "peer is": peer}
        )
    also = [Gate("peak memory (MB)", medians[3][0], most=1024)]
    write("viewer", rows, medians[0][1] / medians[0][0], 1, also)


if __name__ == "__main__":
    main()
