"""Tutorials, executed end to end; they check their own numbers."""

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from casa_kernel.tutorials import TUTORIALS, TutorialError, copy, start
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbformat import NotebookNode

# What each is known to print: the assertions in the notebooks are about the same numbers.
# `recompute` is run more than once, in test_tutorial_recompute.py.
FOUND = {
    "gallery": ["3C 286 on one baseline: 15.0 Jy", "peak of the cube 19.2 mJy/beam"],
    "vla-continuum": ["dead antenna: W07", "J1822-0938: 2.3", "total flux 4.0"],
    "vla-spectral-line": ["1445+099: 2.538 Jy", "peak 56.4 mJy/beam"],
    "vlbi": ["fringe finder    8.0", "at pixel [64 64]", "at pixel [44 94]"],
}
PLOTS = {"gallery": 28, "recompute": 1, "vla-continuum": 5, "vla-spectral-line": 4, "vlbi": 5}


def tutorials(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "casa_kernel.tutorials", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def names(directory: Path) -> list[str]:
    return sorted(path.name for path in directory.iterdir())


async def execute(
    path: Path, specs: KernelSpecManager, environment: dict[str, str]
) -> NotebookNode:
    notebook = nbformat.read(path, as_version=4)
    manager = AsyncKernelManager(kernel_name="casa", kernel_spec_manager=specs)
    resources = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, km=manager, timeout=240, resources=resources)
    try:
        await client.async_execute(env=environment)
    finally:
        await manager.shutdown_kernel(now=True)  # nbclient leaves alone what it was given
    return notebook


@pytest.mark.parametrize("name", sorted(FOUND))
async def test_a_tutorial_runs_from_top_to_bottom(
    name: str, kernel_specs: KernelSpecManager, kernel_env: dict[str, str], tmp_path: Path
) -> None:
    path = copy(name, tmp_path)
    notebook = await execute(path, kernel_specs, kernel_env)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    printed = "".join(o.text for o in outputs if o.output_type == "stream" and o.name == "stdout")
    for number in FOUND[name]:
        assert number in printed
    pictures = [o for o in outputs if "image/png" in o.get("data", {})]
    assert len(pictures) == PLOTS[name]
    assert names(tmp_path) == sorted([f"{name}-data", path.name])


@pytest.mark.parametrize("name", sorted(TUTORIALS))
def test_a_tutorial_in_the_tree_is_clean(name: str) -> None:
    notebook = nbformat.reads(TUTORIALS[name].read(), as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "casa"
    assert [cell.id for cell in notebook.cells] == [
        f"{name}-{number:02d}" for number in range(len(notebook.cells))
    ]
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert sum("assert" in cell.source for cell in code) >= 4
    assert "/tmp" not in json.dumps(notebook)


def test_the_command_lists_and_copies(tmp_path: Path) -> None:
    assert [line.split()[0] for line in tutorials("list").stdout.splitlines()] == list(TUTORIALS)
    done = tutorials("copy", "vlbi", str(tmp_path / "new"))
    assert done.stdout.strip() == str(tmp_path / "new" / "vlbi.ipynb")
    again = tutorials("copy", "vlbi", str(tmp_path / "new"))
    assert (again.returncode, "exists already" in again.stderr) == (1, True)


def test_a_tutorial_starts_in_an_empty_directory_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    place = start("vlbi")
    (place / "left-over.ms").mkdir()
    assert start("vlbi") == place == Path.cwd()
    assert [path for path in place.iterdir() if path.suffix == ".ms"] == []


def test_a_tutorial_of_memoised_steps_keeps_its_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    place = start("recompute", keep=True)
    (place / "left-over.ms").mkdir()
    assert start("recompute", keep=True) == place == Path.cwd()
    assert (place / "left-over.ms").exists()


def test_a_directory_of_the_user_is_not_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    mine = tmp_path / "vlbi-data" / "thesis.tex"
    mine.parent.mkdir()
    mine.touch()
    with pytest.raises(TutorialError, match="rename it"):
        start("vlbi")
    assert mine.exists()
    assert Path.cwd() == tmp_path
