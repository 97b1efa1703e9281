"""What decides what a function does: its code, and all of the user's own that it reaches.

A function's fingerprint covers its own code, its default and closure values, every function,
method and class of the user's that it reaches, the values of the module-level names that they
read, the versions of the installed packages that they use, and Python's minor version. Comments,
formatting, docstrings, annotations of its own and where the file lies do not count.

**What lives decides, not what is in a file**: a module that was edited and not reloaded still runs
its old code. So the source is used only where it compiles to the very code object that runs;
otherwise the code object stands for itself. Values are those at the time of the call.

It deliberately does not know: the environment, the clock, random numbers, the network and files
that are not declared; state inside installed packages, such as matplotlib's settings. What hides
what it runs (``eval``, ``exec``, ``importlib``) and what has no value that can be compared (an open
file, a lock) is refused with `FingerprintError`, never left out.
"""

from recompute.code.difference import difference
from recompute.code.fingerprint import Fingerprint, fingerprint

__all__ = ["Fingerprint", "difference", "fingerprint"]
