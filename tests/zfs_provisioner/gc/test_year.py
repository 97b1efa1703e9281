"""A year of a site with 500 users, its real policy, and faults: no lost work, space bounded."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from tests_crashes import Countdown, Killed
from tests_model import ModelStorage
from tests_model_pool import ModelPool
from tests_year import (
    UNTOUCHED,
    Fault,
    Kill,
    Year,
    has_wrong_clock,
    hears_nothing,
    is_killed,
    sees_half,
)
from zfs_provisioner.errors import StorageUnavailableError
from zfs_provisioner.gc.policy import Policy


class LargePool(ModelPool):
    """A pool that never gets full; the model counts all it holds at each step else."""

    def refuse_if_full(self, more: int = 1) -> None:
        """Refuse nothing."""


def killed_at(pool: ModelPool) -> Kill:
    def die() -> None:
        raise Killed

    def kill(boundary: int, work: Callable[[], object]) -> bool:
        countdown = Countdown(boundary, die)
        pool.boundary = lambda _what: countdown.step()
        try:
            work()
        except Killed:
            return True
        finally:
            pool.boundary = lambda _what: None
        return False

    return kill


def stops_working(pool: ModelPool, year: Year) -> None:
    pool.state = "SUSPENDED"
    with pytest.raises(StorageUnavailableError):
        year.round()
    pool.state = "ONLINE"


def test_no_work_is_lost_in_a_year_and_space_is_bound(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL)
    source = tmp_path / "observation"
    source.mkdir()
    (source / "notes.txt").write_text(UNTOUCHED)
    pool = LargePool(tmp_path / "live")
    year = Year(lambda: ModelStorage(pool), source, Policy(), users=500, sessions=4, seed=1)
    year.faults = [
        Fault(0.03, lambda year: is_killed(year, killed_at(pool))),
        Fault(0.03, lambda year: stops_working(pool, year)),
        Fault(0.01, sees_half),
        Fault(0.01, has_wrong_clock),
        Fault(0.03, hears_nothing),
    ]
    held = []
    for _month in range(12):
        year.live(30)
        held.append(len(year.site.workspaces.all()))
    for each in year.site.workspaces.all():
        year.see(each)
    assert year.counted["gone"] > len(year.work) / 3
    assert max(held[6:]) <= 1.2 * max(held[:6])
