"""The notebook's side: starts the zygote, sends calls, waits for answers."""

import pickle
import socket
import subprocess
import sys
import threading
from contextlib import closing, suppress
from dataclasses import replace
from multiprocessing.connection import Connection, Pipe
from typing import Final

from casa_kernel.site import Site
from casa_kernel.worker.messages import INTERRUPT, KILL, Answer, Ended, Request

_REQUEST: Final = b"r"


class Running:
    """A call under way.

    Parameters
    ----------
    commands : socket
        To its keeper.
    channel : Connection
        To its worker.
    """

    def __init__(self, commands: socket.socket, channel: Connection) -> None:
        self._commands = commands
        self._channel = channel
        self._outcome: Answer | Ended = Ended(None)
        self._done = threading.Event()
        # A thread, so that an interrupt of the notebook's main thread cuts no message in two.
        threading.Thread(target=self._receive, name="casa-task", daemon=True).start()

    def wait(self, seconds: float | None = None) -> Answer | Ended | None:
        """Return the answer once the worker is gone, with all that it had locked; else None."""
        return self._outcome if self._done.wait(seconds) else None

    def interrupt(self) -> None:
        """Ask the task to end, as Ctrl-C does."""
        self._command(INTERRUPT)

    def kill(self) -> None:
        """End the worker at once, with the programs that it started."""
        self._command(KILL)

    def _command(self, command: bytes) -> None:
        with suppress(OSError):  # it has ended meanwhile
            self._commands.send(command)

    def _receive(self) -> None:
        try:
            answer = self._answer()
            code = self._exit_code()
            self._outcome = Ended(code) if answer is None else answer
        finally:
            self._channel.close()
            self._commands.close()
            self._done.set()

    def _answer(self) -> Answer | None:
        try:
            answer: Answer = pickle.loads(self._channel.recv_bytes())  # noqa: S301 - from our child
        except (EOFError, ConnectionError):
            return None
        return answer

    def _exit_code(self) -> int | None:
        try:
            text = self._commands.recv(16)
        except ConnectionError:
            return None
        return int(text) if text else None


class Workers:
    """The zygote of one notebook.

    Parameters
    ----------
    place : Site
        From `casa_kernel.site.prepare`.

    Notes
    -----
    The constructor returns at once: CASA is loaded while the caller does something else. A zygote
    that has died is started again for the next call.
    """

    def __init__(self, place: Site) -> None:
        self._place = place
        self.log_file = place.log_file
        self._lock = threading.Lock()
        self._spawn()

    def start(self, request: Request, log: int, stdout: int = 1) -> Running:
        """Run a request in a worker of its own.

        Parameters
        ----------
        request : Request
            Anything in it must be picklable.
        log, stdout : int
            Descriptors that take the log and what is printed; stderr is this process's own.

        Raises
        ------
        pickle.PicklingError, TypeError, AttributeError
            An argument cannot be sent to another process.
        ConnectionError
            The zygote cannot be started.
        """
        message = pickle.dumps(request, protocol=pickle.HIGHEST_PROTOCOL)
        commands, keepers_end = socket.socketpair()
        channel, workers_end = Pipe()
        with closing(keepers_end), closing(workers_end), self._lock:
            descriptors = [keepers_end.fileno(), workers_end.fileno(), log, stdout, 2]
            try:
                socket.send_fds(self._control, [_REQUEST], descriptors)
            except ConnectionError:
                self._zygote.kill()  # it is dead, or as good as dead
                self._zygote.wait()
                self._spawn()
                socket.send_fds(self._control, [_REQUEST], descriptors)
        with suppress(ConnectionError):  # it has died: the outcome says so
            channel.send_bytes(message)
        return Running(commands, channel)

    def _spawn(self) -> None:
        self._control, theirs = socket.socketpair()
        with theirs, self._place.log_file.open("ab") as log:
            self._zygote = subprocess.Popen(
                [sys.executable, "-m", "casa_kernel.worker", str(theirs.fileno())],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=[theirs.fileno()],
                cwd="/",
                start_new_session=True,  # an interrupt of the notebook's group is not for it
            )
        assert self._zygote.stdin is not None  # noqa: S101 - a pipe was asked for
        with suppress(BrokenPipeError), self._zygote.stdin as place:
            # What is to be said of the place is said once, by the notebook's own CASA.
            pickle.dump(replace(self._place, remarks=()), place)
