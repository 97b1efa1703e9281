"""Placing the kernelspec where Jupyter looks for it."""

import json
import shutil
import sys
import tempfile
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager

NAME = "casa"
RESOURCES = Path(__file__).parent / "kernelspec"


def kernel_json(template: str, executable: str) -> str:
    """Return kernel.json for one Python interpreter, from the one that the wheel ships."""
    spec = json.loads(template)
    # The wheel says "python": Jupyter's own interpreter, which need not be the one with CASA.
    spec["argv"][0] = executable
    return json.dumps(spec, indent=2) + "\n"


def ensure_installed(*, user: bool = False, prefix: str | None = None) -> Path:
    """Have the kernel "CASA" for this Python; idempotent, an older one is replaced.

    Parameters
    ----------
    user : bool
        Install for the current user.
    prefix : str, optional
        Install below ``<prefix>/share/jupyter``.

    Returns
    -------
    Path
        Directory of the installed kernelspec.
    """
    with tempfile.TemporaryDirectory(prefix="casa-kernelspec-") as directory:
        source = Path(directory, NAME)
        shutil.copytree(RESOURCES, source)
        template = (RESOURCES / "kernel.json").read_text()
        (source / "kernel.json").write_text(kernel_json(template, sys.executable))
        manager = KernelSpecManager()
        return Path(manager.install_kernel_spec(str(source), NAME, user=user, prefix=prefix))
