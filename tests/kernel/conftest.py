import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from casa_kernel.install import ensure_installed
from jupyter_client.kernelspec import KernelSpecManager
from kernel.casa_notebook import Notebook

StartNotebook = Callable[..., Notebook]


@pytest.fixture(scope="session")
def kernel_env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Environment of a kernel with a log directory of its own."""
    logs = tmp_path_factory.mktemp("logs")
    # ipykernel leaves the file descriptors alone when it sees pytest's own variable.
    kept = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    # A server may export any backend; the kernel's plots must appear all the same.
    return {**kept, "CASA_KERNEL_LOG": str(logs), "MPLBACKEND": "agg"}


@pytest.fixture(scope="session")
def kernel_specs(tmp_path_factory: pytest.TempPathFactory) -> KernelSpecManager:
    """Kernelspecs of a fresh prefix, and those of this Python."""
    prefix = tmp_path_factory.mktemp("prefix")
    installed = ensure_installed(prefix=str(prefix))
    own = Path(sys.prefix, "share", "jupyter", "kernels")
    return KernelSpecManager(kernel_dirs=[str(installed.parent), str(own)])


@pytest.fixture(scope="module")
def start_notebook(
    kernel_specs: KernelSpecManager,
    kernel_env: dict[str, str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[StartNotebook]:
    """Start kernels that are stopped at the end of the module."""
    started: list[Notebook] = []

    def start(name: str = "casa", **environment: str) -> Notebook:
        cwd = tmp_path_factory.mktemp("cwd")
        notebook = Notebook(kernel_specs, name, cwd, {**kernel_env, **environment})
        started.append(notebook)
        return notebook

    yield start
    for notebook in started:
        notebook.close()


@pytest.fixture(scope="session")
def made_sample(
    kernel_env: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    """The directory and the printed metadata of the sample ngc5921, made by the command."""
    directory = tmp_path_factory.mktemp("samples") / "ngc5921"
    cwd = tmp_path_factory.mktemp("samples-cwd")
    command = [sys.executable, "-m", "casa_kernel.samples", "make", "ngc5921", str(directory)]
    done = subprocess.run(
        command, cwd=cwd, env=kernel_env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert list(cwd.iterdir()) == []
    return directory, json.loads(done.stdout)


@pytest.fixture(scope="session")
def ngc5921(made_sample: tuple[Path, dict[str, Any]]) -> Path:
    """A directory that holds ngc5921.ms and its notebook."""
    return made_sample[0]


@pytest.fixture(scope="module")
def casa(start_notebook: StartNotebook, ngc5921: Path) -> Notebook:
    """A CASA notebook beside a writable ngc5921.ms."""
    notebook = start_notebook()
    shutil.copytree(ngc5921 / "ngc5921.ms", notebook.cwd / "ngc5921.ms")
    return notebook
