"""A month on OpenZFS by a policy of days, with faults: no lost work, space bounded."""

from pathlib import Path

import pytest
from tests_guest import Open
from tests_year import UNTOUCHED, Fault, Year, has_wrong_clock, hears_nothing, sees_half
from zfs_provisioner.gc.policy import Policy
from zfs_provisioner.storage.libzfs_core import LibZfsCore

POLICY = Policy.model_validate(
    {
        "workspaces": {"idle": "6 days", "idle_unchanged": "3 days", "idle_floor": "3 days"},
        "trash": {"time": "4 days", "time_unchanged": "2 days", "floor": "1 day"},
        "checkpoints": {"last": 2, "ladder": ["12 hours for 3 days"]},
        "safety": {"notice": "1 day", "absence": "2 days"},
    }
)


@pytest.mark.parametrize("change", [LibZfsCore], indirect=True)
def test_no_work_is_lost_in_a_month_and_space_is_bounded(
    open_storage: Open, tmp_path: Path
) -> None:
    source = tmp_path / "observation"
    source.mkdir()
    (source / "notes.txt").write_text(UNTOUCHED)
    year = Year(open_storage, source, POLICY, users=12, sessions=4, seed=1)
    year.faults = [
        Fault(0.1, Year.restart),
        Fault(0.05, sees_half),
        Fault(0.05, has_wrong_clock),
        Fault(0.05, hears_nothing),
    ]
    held = []
    for _week in range(4):
        year.live(7)
        held.append(len(year.site.workspaces.all()))
    for each in year.site.workspaces.all():
        year.see(each)
    print(held, year.counted)
    assert year.counted["gone"] > len(year.work) / 3
    assert held[3] <= 1.5 * max(held[:2])
