"""CASA's classic interface in a notebook: ``inp``, ``go``, ``default``, ``tget``, help, completion.

It exists because casatasks alone are plain functions: what their parameters mean, which of them are
in force together, and which values they take is written in XML files beside them that nothing else
in a notebook reads. The package reads those files, and builds the interface on them that CASA's
users know from the terminal.

What it deliberately does not do: it runs no task itself, it never changes how a task that is called
with arguments understands them, and it keeps no copy of the user's parameters: they are plain
variables of the notebook.
"""

from casa_kernel.inputs.hooks import Shell
from casa_kernel.inputs.interface import ClassicInterface

__all__ = ["ClassicInterface", "Shell"]
