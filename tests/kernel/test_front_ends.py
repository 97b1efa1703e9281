"""The same notebook in every front end that runs without a screen."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from kernel.casa_notebook import Notebook
from nbformat.v4 import new_code_cell, new_notebook

CELLS = [
    "vis = 'nothing.ms'",
    "observed = listobs(vis)\nlen(observed['field_2']['name'])",
    "casalog.post('look', 'WARN')",
]
# Those without an entry of their own in a module.
PROGRAMS = Path(sys.prefix, "bin")
IN, OUT = "in.ipynb", "out.ipynb"
COMMANDS = {
    "papermill": ["-m", "papermill", IN, OUT, "-p", "vis", "ngc5921.ms", "--cwd", "."],
    "nbconvert": ["-m", "nbconvert", "--to", "notebook", "--execute", IN, "--output", OUT],
    "jupyter execute": [str(PROGRAMS / "jupyter-execute"), IN, "--output", OUT],
}


@pytest.fixture
def environment(kernel_env: dict[str, str], kernel_specs: KernelSpecManager) -> dict[str, str]:
    """Lets any program find the kernelspec that the tests made."""
    kernels = Path(kernel_specs.kernel_dirs[0])
    return {**kernel_env, "JUPYTER_PATH": str(kernels.parent)}


@pytest.fixture
def place(ngc5921: Path, tmp_path: Path) -> Path:
    """A directory with an observation and a notebook."""
    shutil.copytree(ngc5921 / "ngc5921.ms", tmp_path / "ngc5921.ms")
    cells = [new_code_cell(source) for source in CELLS]
    cells[0].metadata["tags"] = ["parameters"]
    metadata = {
        "kernelspec": {"name": "casa", "display_name": "CASA", "language": "python"},
        # As a front end saves it, from what test_protocol.py sees the kernel say.
        "language_info": {"name": "python", "nbconvert_exporter": "python"},
    }
    (tmp_path / IN).write_text(nbformat.writes(new_notebook(cells=cells, metadata=metadata)))
    return tmp_path


def run(command: list[str], place: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", COMMANDS)
def test_a_notebook_runs_in(name: str, place: Path, environment: dict[str, str]) -> None:
    if name != "papermill":  # which sets it itself
        text = (place / IN).read_text()
        (place / IN).write_text(text.replace("nothing.ms", "ngc5921.ms"))
    run(COMMANDS[name], place, environment)
    notebook = nbformat.read(place / OUT, as_version=4)
    nbformat.validate(notebook)
    *_, listing, warning = notebook.cells
    said = json.dumps(listing.outputs)
    assert "Data records: 22653" in said
    assert "Begin Task: listobs" in said
    assert listing.outputs[-1].data["text/plain"] == "7"
    (block,) = [each for each in warning.outputs if "text/html" in each.data]
    assert block.data["text/html"].startswith("<details open ")
    assert block.data["text/plain"].startswith("CASA log · 1 message · 1 warning")
    assert notebook.metadata.language_info.name == "python"


def test_a_notebook_becomes_a_script(place: Path, environment: dict[str, str]) -> None:
    run(["-m", "nbconvert", "--to", "script", IN], place, environment)
    assert "observed = listobs(vis)" in (place / "in.py").read_text()


def test_a_terminal_gets_plain_text(place: Path, environment: dict[str, str]) -> None:
    (place / "script.py").write_text("casalog.post('in a terminal', 'WARN')\nprint(6 * 7)\n")
    said = run([str(PROGRAMS / "jupyter-run"), "--kernel=casa", "script.py"], place, environment)
    assert "42" in said
    assert "in a terminal" in said
    assert "<details" not in said


def test_channels_may_be_files(
    kernel_specs: KernelSpecManager, kernel_env: dict[str, str], tmp_path: Path
) -> None:
    files = {"transport": "ipc", "ip": str(tmp_path / "channel")}
    notebook = Notebook(kernel_specs, "casa", tmp_path, kernel_env, **files)
    try:
        assert notebook.run("6 * 7").result == "42"
    finally:
        notebook.close()
