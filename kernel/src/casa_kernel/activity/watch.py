"""Whether anything happens in a session, since when not, and why."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import psutil
from traitlets import Float, Instance
from traitlets.config import LoggingConfigurable

from casa_kernel.activity.processes import Computing, Processes

if TYPE_CHECKING:
    from jupyter_events import EventLogger

_EVENTS: Final = "https://events.jupyter.org/jupyter_server/"
_LOOKING: Final = "get"  # the one action on files that an open page does by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What a session does.

    Attributes
    ----------
    busy
        Whether something computes.
    active
        When something happened last; now, while something computes.
    because
        What that was, in words.
    """

    busy: bool
    active: datetime
    because: str


class Watch(LoggingConfigurable):
    """Looks at kernels, programs and what people do; never at who asks.

    Active is what these do, and nothing else:

    - a kernel whose state is busy, whether it prints something or not;
    - a program below a kernel or terminal that uses the CPU;
    - somebody who executes a cell, saves, renames or deletes a file, starts or restarts a kernel,
      or types in a terminal. For the last, the time at which the terminal was read is taken, as
      w(1) does: what a program writes there by itself is not somebody's doing.
    """

    every = Float(30.0, help="Seconds between two looks at the programs.").tag(config=True)

    share = Float(
        0.05,
        help="""
        What a program must use of a core, on average between two looks, to count as computing.
        An idle kernel uses less than 0.01.
        """,
    ).tag(config=True)

    server = Instance("jupyter_server.serverapp.ServerApp")

    def __init__(self, **kwargs: Any) -> None:  # traitlets' signature
        super().__init__(**kwargs)
        self._processes = Processes(self.share)
        self._acted = datetime.fromtimestamp(time.time(), UTC)
        self._why = "the session started"
        self._computing: Computing | None = None
        self._computed = self._acted

    def listen(self, events: "EventLogger | None") -> None:
        """Hear from now on what people do with files and kernels."""
        if events is None:
            return  # a server that is configured without
        for name in ("contents_service", "kernel_actions"):
            events.add_listener(schema_id=f"{_EVENTS}{name}/v1", listener=self._note)

    async def _note(self, logger: object, schema_id: str, data: dict[str, Any]) -> None:  # noqa: ARG002
        if data["action"] != _LOOKING:
            self._acted = datetime.now(UTC)
            self._why = f"somebody asked to {data['action']} a file or kernel"

    async def look(self) -> None:
        """Look at the programs; call it every `every` seconds."""
        self._computing = await asyncio.to_thread(self._processes.computing, time.monotonic())
        if self._computing is not None:
            self._computed = datetime.now(UTC)

    @property
    def last_activity(self) -> datetime:
        """When something happened last."""
        if self._computing is not None or self._busy_kernels():
            return datetime.now(UTC)
        return max(self._happened())[0]

    async def activity(self) -> Activity:
        """Return what the session does now."""
        now = datetime.now(UTC)
        if busy := self._busy_kernels():
            because = f"{await self._named(busy)} is running"
            return Activity(busy=True, active=now, because=because)
        if self._computing is not None:
            because = f"{self._computing.name} is computing"
            return Activity(busy=True, active=now, because=because)
        active, because = max(self._happened())
        return Activity(busy=False, active=active, because=because)

    def _busy_kernels(self) -> list[str]:
        kernels = self.server.kernel_manager
        state = {each: kernels.get_kernel(each) for each in kernels.list_kernel_ids()}
        # Jupyter follows the state of every kernel, with or without a page that shows it.
        return [each for each, it in state.items() if getattr(it, "execution_state", "") == "busy"]

    async def _named(self, kernels: list[str]) -> str:
        """Return the paths of the notebooks that the kernels compute for."""
        sessions = await self.server.session_manager.list_sessions()
        paths = [each["path"] for each in sessions if each["kernel"]["id"] in kernels]
        return ", ".join(paths) or "a kernel"

    def _happened(self) -> Iterator[tuple[datetime, str]]:
        """Yield when each kind of thing happened last."""
        yield self._acted, self._why
        yield self._computed, "a program stopped computing"
        yield self.server.kernel_manager.last_kernel_activity, "a kernel ran something"
        yield from ((each, "somebody typed in a terminal") for each in self._typed())

    def _typed(self) -> Iterator[datetime]:
        manager = self.server.web_app.settings.get("terminal_manager")
        for terminal in manager.terminals.values() if manager else ():
            try:
                device = psutil.Process(terminal.ptyproc.pid).terminal()
                if device is not None:
                    yield datetime.fromtimestamp(Path(device).stat().st_atime, UTC)
            except (psutil.NoSuchProcess, FileNotFoundError):
                continue  # it was closed, which Jupyter notes a moment later
