import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from casa_kernel.samples import SAMPLES, observed_on
from casa_kernel.site import find_data
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient


def samples(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "casa_kernel.samples", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_days_become_dates() -> None:
    assert observed_on(49820.388) == "1995-04-13"


def test_the_list_is_json() -> None:
    listed = json.loads(samples("list").stdout)
    assert [each["dataset"] for each in listed] == ["ngc5921", "3c273"] == list(SAMPLES)


def test_the_metadata_of_ngc5921_come_from_its_data(
    made_sample: tuple[Path, dict[str, Any]],
) -> None:
    directory, metadata = made_sample
    assert metadata == {
        "dataset": "ngc5921",
        "title": "NGC 5921, H I line (VLA D configuration)",
        "source": "NGC 5921",
        "telescope": "VLA",
        "observed": "1995-04-13",
        "fields": ["1331+30500002_0", "1445+09900002_0", "N5921_2"],
        "rows": 22653,
        "channels": 63,
        "antennas": 28,
        "frequency_ghz": [1.412665, 1.414179],
        "files": ["ngc5921.ms", "start-here.ipynb"],
    }
    assert sorted(path.name for path in directory.iterdir()) == metadata["files"]


def test_a_sample_that_exists_is_refused_at_once(ngc5921: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in ngc5921.rglob("*")}
    done = samples("make", "ngc5921", str(ngc5921))
    assert done.returncode == 1
    assert done.stdout == ""
    assert f"{ngc5921 / 'ngc5921.ms'} exists already" in done.stderr
    assert before == {path: path.stat().st_mtime_ns for path in ngc5921.rglob("*")}


async def test_the_first_notebook_runs_from_top_to_bottom(
    ngc5921: Path, kernel_specs: KernelSpecManager, kernel_env: dict[str, str]
) -> None:
    notebook = nbformat.read(ngc5921 / "start-here.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "casa"
    # With the synchronous manager nbclient was seen to hang in the last cell.
    manager = AsyncKernelManager(kernel_name="casa", kernel_spec_manager=kernel_specs)
    resources = {"metadata": {"path": str(ngc5921)}}
    client = NotebookClient(notebook, km=manager, timeout=60, resources=resources)
    try:
        await client.async_execute(env=kernel_env)
    finally:
        await manager.shutdown_kernel(now=True)  # nbclient leaves alone what it was given
    listing, flags, plot = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert "Data records: 22653" in json.dumps(listing.outputs)
    printed = "".join(o.text for o in flags.outputs if o.output_type == "stream")
    assert [line.split()[0] for line in printed.splitlines()] == [
        "1331+30500002_0",
        "1445+09900002_0",
        "N5921_2",
    ]
    assert any("image/png" in o.data for o in plot.outputs if o.output_type == "display_data")


@pytest.mark.parametrize("dataset", sorted(SAMPLES))
def test_every_sample_has_its_observation(dataset: str) -> None:
    assert (find_data([]) / "demo" / SAMPLES[dataset].fits).is_file()
