"""The first thing that a kernel does, importable without IPython."""

from datetime import UTC, datetime
from functools import cache

from casa_kernel.site import Site, prepare
from casa_kernel.worker.client import Workers


@cache
def begin() -> tuple[Site, Workers]:
    """Let CASA load in its own process while this one does something else; idempotent.

    Raises
    ------
    CasaKernelError
        CASA cannot be used; the message names the remedy.
    """
    site = prepare(datetime.now(UTC))
    return site, Workers(site)
