"""CASA in a Jupyter notebook: tasks and tools at hand, the log and the plots in the cell.

The package exists because CASA's own wheels know nothing of notebooks: they look for the network at
import, drop a log file in the working directory, open a port to the world, and print nothing of
what a task says. It starts CASA as a notebook needs it, either as the kernel "CASA" or inside any
IPython kernel with ``%load_ext casa_kernel``; both take the same path.

What it deliberately does not do: it changes no task's meaning or result, it does not remember what
was computed, and it talks to no server.

Importing the package is cheap and does not import CASA.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from casa_kernel.session import Shell

__all__ = ["load_ipython_extension"]


def load_ipython_extension(shell: "Shell") -> None:
    """Start CASA in a running IPython kernel: what ``%load_ext casa_kernel`` calls.

    Parameters
    ----------
    shell : Shell
        The shell that receives the tasks and tools.
    """
    from casa_kernel.extension import load  # noqa: PLC0415 - keeps the import of the package cheap

    load(shell)
