"""How full the pool is, in rungs, and what each does to the times of the policy."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from zfs_provisioner.errors import StorageFullError
from zfs_provisioner.gc.policy import Policy, PressureRules


class Pressure(StrEnum):
    """The rungs, from none on; each includes those before it."""

    NONE = "none"
    WARN = "warn"
    SHORTEN = "shorten"
    REFUSE = "refuse"
    PAGE = "page"

    def reaches(self, other: "Pressure") -> bool:
        """Tell whether this rung is the other one or above it."""
        order = list(Pressure)
        return order.index(self) >= order.index(other)


def free_percent(free: int, size: int) -> float:
    """Return which part of the pool is free; of a pool without a size all is."""
    return 100 * free / size if size > 0 else 100.0


def pressure_of(free: int, size: int, rules: PressureRules) -> Pressure:
    """Return the rung for so many bytes free of so many."""
    share = free_percent(free, size)
    for rung, below in (
        (Pressure.PAGE, rules.page),
        (Pressure.REFUSE, rules.refuse),
        (Pressure.SHORTEN, rules.shorten),
        (Pressure.WARN, rules.warn),
    ):
        if share < below:
            return rung
    return Pressure.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """For how long things stay; none is below its floor."""

    idle: timedelta
    idle_unchanged: timedelta
    trash: timedelta
    trash_unchanged: timedelta


def terms_under(pressure: Pressure, policy: Policy) -> Terms:
    """Return the policy's times as a pressure leaves them."""
    workspaces, trash = policy.workspaces, policy.trash
    short = pressure.reaches(Pressure.SHORTEN)
    unchanged_first = pressure.reaches(Pressure.WARN)
    idle = workspaces.idle_floor if short else workspaces.idle
    return Terms(
        idle=idle,
        idle_unchanged=min(idle, workspaces.idle_unchanged) if short else workspaces.idle_unchanged,
        trash=trash.floor if short else trash.time,
        trash_unchanged=trash.floor if unchanged_first else trash.time_unchanged,
    )


class PoolGauge:
    """How full the pool was when it was last looked at; until then it is taken to have room."""

    def __init__(self, rules: PressureRules) -> None:
        self._rules = rules
        self.pressure = Pressure.NONE
        self.free_percent = 100.0

    def read(self, free: int, size: int) -> None:
        """Note what was found."""
        self.pressure = pressure_of(free, size, self._rules)
        self.free_percent = free_percent(free, size)

    def refuse_new(self) -> None:
        """Raise StorageFullError when the pool is too full for new workspaces."""
        if self.pressure.reaches(Pressure.REFUSE):
            raise StorageFullError(
                f"The pool has {self.free_percent:.0f} % free, and below {self._rules.refuse:g} % "
                "nobody gets new workspaces. Nothing was changed, and the existing ones work. Put "
                "what you no longer need into trash, or ask the operator for space."
            )
