import json
import subprocess
import sys
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager


def test_the_command_installs_the_kernel_and_may_be_repeated(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "casa_kernel", "install", "--prefix", str(tmp_path)]
    places = [subprocess.check_output(command, text=True).strip() for _ in range(2)]
    directory = tmp_path / "share" / "jupyter" / "kernels" / "casa"
    assert places == [str(directory)] * 2
    spec = KernelSpecManager(kernel_dirs=[str(directory.parent)]).get_kernel_spec("casa")
    assert spec.display_name == "CASA"
    assert spec.argv == [
        sys.executable,
        *("-m", "casa_kernel", "launch", "-f", "{connection_file}"),
    ]
    assert spec.interrupt_mode == "signal"
    assert (directory / "logo-svg.svg").read_text().startswith("<svg")
    assert (directory / "logo-64x64.png").read_bytes().startswith(b"\x89PNG")


def test_the_wheel_ships_the_same_kernelspec() -> None:
    root = Path(__file__).parents[2] / "kernel"
    assert '"src/casa_kernel/kernelspec" = "share/jupyter/kernels/casa"' in (
        root / "pyproject.toml"
    ).read_text(encoding="utf-8")
    spec = json.loads((root / "src/casa_kernel/kernelspec/kernel.json").read_text())
    # Jupyter replaces this word by its own interpreter.
    assert spec["argv"][0] == "python"
