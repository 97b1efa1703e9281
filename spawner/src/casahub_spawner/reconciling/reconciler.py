"""Puts in order what lost each other, once it is certain."""

import logging
import time
from collections.abc import Callable, Iterable
from typing import Final

from zfs_provisioner.errors import ProvisionerError

from casahub_spawner.found import EngineError
from casahub_spawner.reconciling.findings import Finding, Memory, find
from casahub_spawner.reconciling.looks import Site

log: Final = logging.getLogger(__name__)


class Reconciler:
    """Looks at a site again and again, and repairs what stays wrong.

    A session that the hub does not know is ended, then the lease on its workspace, which makes the
    checkpoint: in this order, as the checkpoint is then complete, and since on ZFS the end of the
    lease takes the workspace away from under whatever runs. Each ends nothing newer than what was
    seen: a session by the id of its start, a lease by the time that it lasts until.

    Parameters
    ----------
    period
        Seconds for which something has to be wrong, unchanged.
    clock
        Seconds; the default is fit for everything but tests.
    """

    def __init__(
        self, site: Site, period: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._site, self._period, self._clock = site, period, clock
        self._memory = Memory()
        self._said: frozenset[Finding] = frozenset()

    async def sweep(self) -> list[Finding]:
        """Look once; repair what was found before, and is found again right before.

        Returns
        -------
        What was repaired.

        Raises
        ------
        Exception
            Engine, provisioner or hub did not answer. Nothing is done then, and all that was found
            before has to be found twice anew.
        """
        before, self._memory = self._memory, Memory()
        at = self._clock()
        memory = before.after(find(await self._site.look()), at)
        certain = memory.certain(at, self._period)
        self._say(each for each in certain if not each.repaired)
        repaired = [each for each in certain if each.repaired and await self._repaired(each)]
        self._memory = memory
        return repaired

    def _say(self, left: Iterable[Finding]) -> None:
        """Log what is for others to repair, once for as long as it stays so."""
        left = frozenset(left)
        for each in left - self._said:
            log.warning("found %s", described(each))
        self._said = left

    async def _repaired(self, finding: Finding) -> bool:
        try:
            return await self._repair(finding)
        except (EngineError, ProvisionerError) as error:
            log.warning("not ended, tried again: %s: %s", described(finding), error)
            return False

    async def _repair(self, finding: Finding) -> bool:
        if finding not in find(await self._site.look()):
            log.info("changed in the last moment, left alone: %s", described(finding))
            return False
        checkpoint = None
        if finding.session is not None:
            await self._site.engine.end(finding.session)
        if finding.lease is not None:
            checkpoint = await self._site.provisioner.release_lease(
                finding.lease.workspace,
                finding.lease.owner,
                holder=finding.lease.lease.holder,
                until=finding.lease.lease.until,
            )
        kept = f"checkpoint {checkpoint.name}" if checkpoint else "no checkpoint, nothing changed"
        log.warning("ended %s (%s)", described(finding), kept if finding.lease else "no lease")
        return True


def described(finding: Finding) -> str:
    """Return a finding as one line of a log."""
    parts = [f"{finding.trouble}: {finding.owner}/{finding.name}"]
    if finding.workspace:
        parts.append(f"on workspace {finding.workspace}")
    if finding.session is not None:
        parts.append(f"engine id {finding.session.engine_id}")
    return ", ".join(parts)
