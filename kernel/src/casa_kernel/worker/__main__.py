"""``python -m casa_kernel.worker CONTROL``: the zygote, as `client.Workers` starts it.

CONTROL is the number of an inherited socket; a pickled `casa_kernel.site.Site` comes on stdin. An
error while CASA is loaded is the answer to every request.
"""

import os
import pickle
import socket
import sys
from functools import partial
from multiprocessing.connection import Connection

from casa_kernel.casa import load
from casa_kernel.errors import CasaKernelError
from casa_kernel.site import Site
from casa_kernel.worker.keeper import Work
from casa_kernel.worker.messages import Failed
from casa_kernel.worker.zygote import serve


def main(control: str) -> None:
    """Load CASA and serve."""
    # Windows are drawn into files; the notebook's own backend lives in the notebook's process.
    os.environ["MPLBACKEND"] = "agg"
    site: Site = pickle.load(sys.stdin.buffer)  # noqa: S301 - from the notebook's process
    serve(socket.socket(fileno=int(control)), _loaded(site))


def _loaded(site: Site) -> Work:
    try:
        load(site, str(site.log_file))
    except CasaKernelError as problem:
        return partial(_refuse, problem)
    from casa_kernel.worker.run import work  # noqa: PLC0415 - imports CASA, which is set up now

    return work


def _refuse(
    problem: CasaKernelError, channel: Connection, _log: int, _stdout: int, _stderr: int
) -> None:
    channel.recv_bytes()
    channel.send_bytes(pickle.dumps(Failed(problem, "")))


if __name__ == "__main__":
    main(*sys.argv[1:])
