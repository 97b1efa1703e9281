"""Whether Jupyter finds the kernel."""

import importlib.util
import json
import shutil
import sys
from pathlib import Path

from casa_kernel.doctor.check import Check, bad, note, ok

_INSTALL = "`python -m casa_kernel install --sys-prefix`"


def check_interpreter(directory: Path, executable: str, mine: str) -> Check:
    """Tell whether a kernelspec starts this Python.

    Parameters
    ----------
    directory : Path
        Of the kernelspec.
    executable : str
        What it starts.
    mine : str
        This Python.
    """
    found = shutil.which(executable)
    if found is None:
        return bad("kernelspec", f"{directory} starts {executable}, which is gone: {_INSTALL}.")
    if executable != "python" and Path(found).absolute() != Path(mine).absolute():
        return note(
            "kernelspec", f"{directory} starts {found}, not this Python; to change it: {_INSTALL}."
        )
    return ok("kernelspec", f"Jupyter finds the kernel CASA in {directory}.")


def check_kernelspec() -> Check:
    """Tell whether Jupyter's launcher has the kernel, and for this Python."""
    if importlib.util.find_spec("jupyter_client") is None:
        return bad("kernelspec", "Jupyter is not installed: `pip install casa-kernel` brings it.")
    from jupyter_client.kernelspec import (  # noqa: PLC0415 - the doctor speaks without it, too
        KernelSpecManager,
    )

    # Not get_kernel_spec, which would rewrite what is to be examined.
    directory = KernelSpecManager().find_kernel_specs().get("casa")
    if directory is None:
        return note("kernelspec", f"The kernel CASA is in no launcher yet: {_INSTALL}.")
    argv = json.loads(Path(directory, "kernel.json").read_text())["argv"]
    return check_interpreter(Path(directory), argv[0], sys.executable)
