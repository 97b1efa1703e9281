"""The parent of one worker: hands on interrupts, ends it with the notebook, tells how it ended."""

import os
import select
import signal
import socket
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import NoReturn

from casa_kernel.worker.messages import INTERRUPT, KILL

Outputs = tuple[int, int, int]
"""Descriptors of the log, of stdout and of stderr."""

Work = Callable[[Connection, int, int, int], None]
"""Takes the channel and the outputs; does the request and answers it."""


def keep(commands: socket.socket, channel: int, outputs: Outputs, work: Work) -> None:
    """Fork the worker and stay until it has ended.

    Parameters
    ----------
    commands : socket
        Takes `INTERRUPT` and `KILL`; an end of file kills, too. The exit code of the worker is
        written to it at the end, as decimal text.
    channel : int
        The worker's connection, for its request and its answer.
    outputs : tuple of int
        See `Outputs`.
    work : callable
        What the worker does.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    pid = os.fork()
    if pid == 0:
        commands.close()
        _be_worker(channel, outputs, work)
    _lead_group(pid)
    for descriptor in (channel, *outputs):
        os.close(descriptor)
    _watch(commands, pid)
    code = _reap(pid)
    commands.send(b"%d" % code)


def _be_worker(channel: int, outputs: Outputs, work: Work) -> NoReturn:
    # As in the zygote: this process ends here.
    status = 1
    try:
        _lead_group(0)
        work(Connection(channel), *outputs)
        status = 0
    finally:
        os._exit(status)


def _lead_group(pid: int) -> None:
    # A group of its own, so that programs which a task starts end with it. Both processes ask for
    # it, since neither knows who is first.
    try:
        os.setpgid(pid, pid)
    except OSError:
        # It has ended, or leads its group already.
        return


def _watch(commands: socket.socket, pid: int) -> None:
    ended = os.pidfd_open(pid)
    try:
        while True:
            ready, _, _ = select.select([commands.fileno(), ended], [], [])
            if ended in ready:
                return
            command = commands.recv(1)
            _signal_group(pid, signal.SIGINT if command == INTERRUPT else signal.SIGKILL)
            if command in {KILL, b""}:
                return
    finally:
        os.close(ended)


def _signal_group(pid: int, number: signal.Signals) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return  # nobody is left in it


def _reap(pid: int) -> int:
    # The group is asked to end while the worker's id is still taken: no other can have it.
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    _signal_group(pid, signal.SIGKILL)
    _pid, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)
