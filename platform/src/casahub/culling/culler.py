"""The sweep over all sessions."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import quote

import httpx
from casahub_spawner.found import holder_of
from pydantic import ValidationError
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.errors import ProvisionerError

from casahub.culling.asking import Sessions
from casahub.culling.notes import Hindrances, Keeps, SessionKey
from casahub.culling.rule import Rule
from casahub.hub_sessions import HubSession, hub_sessions

log = logging.getLogger("casahub.culling")

_AGAIN: Final = timedelta(seconds=15)  # after a sweep that failed
NO_ANSWER: Final = "The session does not say what it does, so it is left running."
NO_WORKSPACE: Final = (
    "The session goes on, because it is not known which workspace to keep in a checkpoint."
)


@dataclass(frozen=True, slots=True)
class Culler:
    """Stops what is idle, one session at a time."""

    rule: Rule
    hub: httpx.AsyncClient
    sessions: Sessions
    provisioner: ProvisionerClient
    keeps: Keeps
    hindrances: Hindrances
    clock: Callable[[], datetime]

    async def keep_sweeping(self) -> None:
        """Sweep, at once and then again and again, until it is cancelled."""
        while True:
            pause = self.rule.every
            try:
                await self.sweep()
            except (httpx.HTTPError, ValidationError) as error:
                log.warning("the hub does not list its sessions, tried again: %r", error)
                pause = min(pause, _AGAIN)
            except Exception:  # its end would only show in sessions that go on for ever
                log.exception("swept no further, tried again")
            await asyncio.sleep(pause.total_seconds())

    async def sweep(self) -> None:
        """Look at every session; warn, and stop, those in which nothing happens.

        Raises
        ------
        httpx.HTTPError, ValidationError
            The hub does not list them.
        """
        found = [each async for each in hub_sessions(self.hub)]
        there = {_key(each) for each in found if not each.gone}
        self.keeps.forget_all_but(there)
        self.hindrances.forget_all_but(there)
        for each in found:
            if each.running and each.active and self._soon(each, each.active):
                await self._consider(each)
            elif each.running:
                self.hindrances.tell(_key(each), "")

    def _soon(self, session: HubSession, active: datetime) -> bool:
        kept = self.keeps.until(_key(session))
        # One that is kept is told so as well: its page would announce the old time for ever.
        return self.rule.outlook(active, None, self.clock()).soon or kept is not None

    async def _consider(self, session: HubSession) -> None:
        """Tell a session what comes, and stop it when its time is over."""
        due = await self._due(session)
        if due and await self._in_checkpoint(session) and await self._due(session):
            await self._stop(session)
        elif due is False:
            self.hindrances.tell(_key(session), "")

    async def _due(self, session: HubSession) -> bool | None:
        """Return whether to stop it now, by what it says itself; None when that is not known."""
        kept = self.keeps.until(_key(session))
        try:
            told = await self.sessions.tell(session, self.rule, kept)
        except (httpx.HTTPError, ValidationError) as error:
            log.warning("%s does not say what it does: %r", _name(session), error)
            if session.active and self.rule.outlook(session.active, kept, self.clock()).due:
                self.hindrances.tell(_key(session), NO_ANSWER)
            return None
        kept = self.keeps.until(_key(session))  # its owner may have asked for it meanwhile
        return not told.busy and self.rule.outlook(told.active, kept, self.clock()).due

    async def _in_checkpoint(self, session: HubSession) -> bool:
        """Have all of the session's workspace in a checkpoint; return whether that is so."""
        holder = holder_of(session.owner, session.name)
        try:
            known = await self.provisioner.workspaces(session.owner)
            held = [each for each in known if each.lease and each.lease.holder == holder]
            for each in held:
                made = await self.provisioner.keep_changes(each.id, session.owner)
                log.info("%s: %s is in a checkpoint, made: %s", _name(session), each.id, made)
        except ProvisionerError as error:
            log.warning("%s goes on, no checkpoint could be made: %s", _name(session), error)
            why = f"The session goes on, because no checkpoint could be made: {error.message}"
            self.hindrances.tell(_key(session), why)
            return False
        if not held:
            log.warning("%s goes on: no workspace is leased to %s", _name(session), holder)
            self.hindrances.tell(_key(session), NO_WORKSPACE)
        return bool(held)

    async def _stop(self, session: HubSession) -> None:
        path = f"users/{quote(session.owner, '')}/servers/{quote(session.name, '')}"
        try:
            (await self.hub.delete(path)).raise_for_status()
        except httpx.HTTPError as error:
            log.warning("%s could not be stopped, tried again: %r", _name(session), error)
            return
        log.info("%s stopped: nothing happened for %s", _name(session), self.rule.idle)


def _key(session: HubSession) -> SessionKey:
    return session.owner, session.name


def _name(session: HubSession) -> str:
    return f"{session.owner}/{session.name}"
