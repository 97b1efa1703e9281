"""Calls that may never return, with a deadline.

A call into the kernel on a pool that was suspended meanwhile does not return, and cannot be
interrupted. So another thread makes it, and is left behind when it takes too long.
"""

import errno
import os
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

Call = Callable[[], object]


class Deadlines:
    """Threads that make such calls, as many as there were at once; starting one costs more."""

    def __init__(self) -> None:
        self._idle: list[_Caller] = []
        # A child process has none of its parent's threads.
        os.register_at_fork(after_in_child=self._idle.clear)

    def within(self, seconds: float, call: Call) -> None:
        """Make the call and return when it is done, or raise what it raises.

        Raises
        ------
        TimeoutError
            It takes longer; it may still have its effect.
        """
        try:
            caller = self._idle.pop()
        except IndexError:
            caller = _Caller()
        failure = caller.make(call, seconds)
        self._idle.append(caller)
        if failure is not None:
            raise failure


class _Caller:
    """A thread that makes one call after the other. It does not keep the process from ending."""

    def __init__(self) -> None:
        self._calls: SimpleQueue[Call | None] = SimpleQueue()
        self._failures: SimpleQueue[BaseException | None] = SimpleQueue()
        threading.Thread(target=self._run, name="deadline", daemon=True).start()

    def make(self, call: Call, seconds: float) -> BaseException | None:
        """Return what the call raised. When this raises, the thread ends with the call."""
        self._calls.put(call)
        try:
            return self._failures.get(timeout=seconds)
        except BaseException as error:
            self._calls.put(None)
            if isinstance(error, Empty):
                raise TimeoutError(errno.ETIMEDOUT, f"no answer in {seconds:g} s") from None
            raise

    def _run(self) -> None:
        while (call := self._calls.get()) is not None:
            self._failures.put(_failure(call))
            del call  # what it holds must not wait for the next one


def _failure(call: Call) -> BaseException | None:
    try:
        call()
    except BaseException as error:  # noqa: BLE001  # raised again in the caller's thread
        return error
    return None
