"""Which checkpoints of a workspace may go: only those of which no rule says that they stay.

Ages are counted from the newest checkpoint, not from the clock: a clock that is wrong makes nothing
older. In each step of the ladder the oldest one stays, so that a checkpoint that is kept now grows
old enough for the next rung.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from zfs_provisioner.gc.policy import CheckpointRules
from zfs_provisioner.model import CheckpointName
from zfs_provisioner.residents import Kept

_COLLECTED: Final = "auto-"  # the kind of those that nobody asked for


@dataclass(frozen=True, slots=True)
class Ladder:
    """The rules as numbers, since a round asks them about a million checkpoints.

    Attributes
    ----------
    last
        So many of the newest stay.
    rungs
        The age at which each begins and ends and the length of its steps, in seconds.
    """

    last: int
    rungs: tuple[tuple[int, int, int], ...]

    @classmethod
    def of(cls, rules: CheckpointRules) -> Self:
        """Return the ladder of a policy."""
        rungs, start = [], 0
        for each in rules.ladder:
            end = start + int(each.length.total_seconds())
            rungs.append((start, end, int(each.every.total_seconds())))
            start = end
        return cls(rules.last, tuple(rungs))

    def removable(
        self, checkpoints: Sequence[Kept], base: CheckpointName | None, now: float
    ) -> tuple[Kept, ...]:
        """Return the checkpoints that may go, oldest first.

        Parameters
        ----------
        checkpoints
            All of a workspace, oldest first.
        base
            The one that its content is compared with.
        now
            Seconds since the epoch. When a checkpoint is later than that, a clock is or was wrong,
            and nothing goes. Nor does what says that it is younger than one that was made after it.
        """
        if len(checkpoints) <= self.last:
            return ()
        times = [each.created for each in checkpoints]
        newest = max(times)
        if newest > now:
            return ()
        going: list[Kept] = []
        latest = 0  # time so far
        step = -1  # the age at which the step of the last one begins
        for each in checkpoints[: -self.last]:
            created = each.created
            if created < latest:
                _keep_younger(going, created)
                continue
            latest = created
            age = newest - created
            if step < 0 or age < step:
                step = self._step(age)
                if step >= 0:
                    continue
            if not each.name.startswith(_COLLECTED) or each.name == base:
                continue
            if not (each.branches or each.odd):
                going.append(each)
        _keep_younger(going, min(times[-self.last :]))
        return tuple(going)

    def _step(self, age: int) -> int:
        """Return the age at which the step that an age is in begins; -1 beyond the ladder."""
        for start, end, every in self.rungs:
            if age < end:
                return age - (age - start) % every
        return -1


def _keep_younger(going: list[Kept], created: int) -> None:
    """Keep those that say they are younger than one that was made after them."""
    while going and going[-1].created > created:
        going.pop()
