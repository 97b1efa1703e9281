"""What a worker does: one request, one answer."""

import ctypes
import gc
import inspect
import os
import pickle
import signal
import sys
import traceback
from multiprocessing.connection import Connection

import casatasks
import casatools

from casa_kernel.casa import tasks_of
from casa_kernel.worker.blockers import notices
from casa_kernel.worker.figures import open_figures
from casa_kernel.worker.messages import (
    Answer,
    Call,
    Catalogue,
    Describe,
    Failed,
    Finished,
    Interrupted,
    Request,
    Surroundings,
    TaskDescription,
)


def work(channel: Connection, log: int, stdout: int, stderr: int) -> None:
    """Take the request from the channel, do it, and send the answer.

    Parameters
    ----------
    channel : Connection
        Brings a pickled `Request`, takes a pickled `Answer`.
    log, stdout, stderr : int
        Descriptors that take what is logged and printed.
    """
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        request: Request = pickle.loads(channel.recv_bytes())  # noqa: S301 - from the notebook
        answer = _answer(request, log)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        answer = Interrupted()
    _let_go()
    channel.send_bytes(_pickled(answer))


def _answer(request: Request, log: int) -> Answer:
    if isinstance(request, Describe):
        return catalogue()
    try:
        _move_into(request.surroundings, log)
        return _run(request)
    except Exception as error:  # noqa: BLE001 - whatever a task raises, the notebook raises again
        return Failed(_portable(error), traceback.format_exc())


def _run(call: Call) -> Finished:
    task = tasks_of(casatasks)[call.task]
    values = (*call.arguments, *call.parameters.values())
    for notice in notices(call.task, values, writes=call.writes):
        print(notice, file=sys.stderr, flush=True)
    result = task(*call.arguments, **call.parameters)
    return Finished(result, tuple(open_figures()))


def catalogue() -> Catalogue:
    """Return what there is to call."""
    tasks = tasks_of(casatasks)
    return Catalogue(
        casatasks.version_string(),
        tuple(
            TaskDescription(name, inspect.signature(task), task.__doc__)
            for name, task in tasks.items()
        ),
    )


def _move_into(surroundings: Surroundings, log: int) -> None:
    os.chdir(surroundings.directory)
    os.environ.clear()
    os.environ.update(surroundings.environment)
    casatools.ctsys.setpath(list(surroundings.data_path))
    casatasks.casalog.setlogfile(f"/dev/fd/{log}")
    for method, arguments in surroundings.log_calls:
        getattr(casatasks.casalog, method)(*arguments)


def _let_go() -> None:
    # Tools whose task's objects refer to each other close their tables here; then everything that
    # was printed, by Python and by C, goes out before the answer does.
    gc.collect()
    sys.stdout.flush()
    sys.stderr.flush()
    ctypes.CDLL(None).fflush(None)


def _portable(error: Exception) -> Exception:
    if not str(error) and error.__cause__ is not None:
        error.args = (str(error.__cause__),)  # wvrgcal: pickling loses what led to an exception
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    except Exception:  # noqa: BLE001 - an exception's class can fail here in any way
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _pickled(answer: Answer) -> bytes:
    try:
        return pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL)
    except (pickle.PicklingError, TypeError, AttributeError) as problem:
        message = f"The task's result cannot leave its process ({problem})."
        return pickle.dumps(Failed(RuntimeError(message), traceback.format_exc()))
