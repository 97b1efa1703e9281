"""The process with CASA loaded that is forked for every call."""

import gc
import os
import signal
import socket
from typing import Final, NoReturn

from casa_kernel.worker.keeper import Work, keep

# What comes with each request: the keeper's socket, the worker's channel, log, stdout, stderr.
DESCRIPTORS: Final = 5


def serve(control: socket.socket, work: Work) -> None:
    """Fork a keeper for each request until the notebook's process is gone."""
    # What is here for good is not looked at again: a collection in a worker would copy its pages.
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # interrupts go to one worker, through its keeper
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # no keeper is waited for
    while True:
        request, descriptors, _flags, _address = socket.recv_fds(control, 1, DESCRIPTORS)
        if not request:
            return
        if os.fork() == 0:
            control.close()
            _be_keeper(work, *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _be_keeper(work: Work, commands: int, channel: int, *outputs: int) -> NoReturn:
    # A forked process ends here whatever happens: it must never come back to the zygote's loop.
    status = 1
    try:
        log, stdout, stderr = outputs
        keep(socket.socket(fileno=commands), channel, (log, stdout, stderr), work)
        status = 0
    finally:
        os._exit(status)
