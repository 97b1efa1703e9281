"""Puts the watch into a server: the hub hears of it, and `api/casahub/activity` answers."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jupyter_server.auth.decorator import allow_unauthenticated
from jupyter_server.base.handlers import APIHandler
from jupyter_server.utils import url_path_join
from tornado.ioloop import PeriodicCallback
from tornado.web import HTTPError
from traitlets.config import Config

from casa_kernel.activity.watch import Watch

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

SCOPE: Final = "custom:casahub:activity"
_PAGE: Final = Path(__file__).parent / "labextensions"
_MILLISECONDS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What the site's culler said: it stops this session when nothing happened for so long.

    Attributes
    ----------
    idle
        How long.
    kept
        Until when it leaves the session alone all the same.
    page
        Where that can be asked for.
    """

    idle: timedelta
    kept: datetime | None
    page: str

    @classmethod
    def of(cls, body: dict[str, Any] | None) -> "Notice":
        """Return the notice of a request's body, or raise HTTPError."""
        try:
            given = body or {}
            kept = given["kept"]
            return cls(
                idle=timedelta(seconds=given["idle"]),
                kept=datetime.fromisoformat(kept).astimezone(UTC) if kept else None,
                page=str(given["page"]),
            )
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            message = "Send {'idle': seconds, 'kept': an ISO time or null, 'page': a URL}."
            raise HTTPError(HTTPStatus.BAD_REQUEST, message) from error

    def stops(self, active: datetime) -> datetime:
        """Return when a session that was active last at that time is stopped."""
        return max(active + self.idle, self.kept or active)


@dataclass(slots=True)
class Told:
    """The last notice; None as long as nothing was said."""

    notice: Notice | None = None


def link(server: "ServerApp") -> None:
    """Let JupyterLab, which is loaded later, find its part of this."""
    known = list(server.config.LabApp.get("extra_labextensions_path", []))
    server.update_config(Config({"LabApp": {"extra_labextensions_path": [*known, str(_PAGE)]}}))


def load(server: "ServerApp") -> None:
    """Watch the server from now on."""
    watch = Watch(parent=server, server=server)
    watch.listen(server.event_logger)
    # What JupyterHub's own extension tells the hub, and Jupyter's `api/status` whoever asks. To add
    # a time to those that Jupyter keeps would not do: a tab's requests are among them, and the
    # latest one counts.
    server.web_app.last_activity = lambda: watch.last_activity  # type: ignore[method-assign]
    PeriodicCallback(watch.look, watch.every * _MILLISECONDS).start()
    path = url_path_join(server.base_url, "api", "casahub", "activity")
    handlers = [(path, ActivityHandler, {"watch": watch, "told": Told()})]
    server.web_app.add_handlers(".*$", handlers)  # type: ignore[no-untyped-call]


class ActivityHandler(APIHandler):
    """`GET` what the session does, `PUT` when it will be stopped if it does nothing.

    Besides those who may enter the session, a service with the scope above may do both, and nothing
    else here: the culler needs no right to run code as everybody.
    """

    def initialize(self, watch: Watch, told: Told) -> None:  # Tornado's way
        """Take what all requests share."""
        self._watch, self._told = watch, told

    @allow_unauthenticated  # by Jupyter, whose rule is all or nothing
    async def get(self) -> None:
        """Answer."""
        await self._refuse_strangers()
        await self._answer()

    @allow_unauthenticated
    async def put(self) -> None:
        """Keep the notice for the page, and answer as GET does."""
        await self._refuse_strangers()
        self._told.notice = Notice.of(self.get_json_body())
        await self._answer()

    async def _answer(self) -> None:
        found, notice = await self._watch.activity(), self._told.notice
        answer: dict[str, Any] = {
            "busy": found.busy,
            "active": found.active.isoformat(),
            "because": found.because,
        }
        if notice is not None:
            answer["stops"] = notice.stops(found.active).isoformat()
            answer["idle"] = notice.idle.total_seconds()
            answer["page"] = notice.page
        self.finish(json.dumps(answer))

    async def _refuse_strangers(self) -> None:
        if self.current_user is not None:
            return
        hub = getattr(self.identity_provider, "hub_auth", None)
        token = hub.get_token(self) if hub else None
        known = await hub.user_for_token(token, sync=False) if hub and token else None
        if not known or SCOPE not in known["scopes"]:
            raise HTTPError(HTTPStatus.FORBIDDEN, f"needs access to the session, or {SCOPE}")
