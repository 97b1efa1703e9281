"""What is said of quotas; that they are kept is tested on OpenZFS, in guest_quotas.py."""

from dataclasses import replace

import pytest
from casahub_spawner.amounts import shown
from casahub_spawner.rescue import SPARE, Raised, Rescue, is_full, slack
from casahub_spawner.room import Taken, advice, usage
from hypothesis import given
from hypothesis import strategies as st
from tests_portal import ID, a_workspace
from zfs_provisioner.model import Allowance

amounts = st.integers(min_value=1, max_value=10**15)


@given(amounts, amounts)
def test_a_rescue_makes_room_where_there_was_none(limit: int, beyond: int) -> None:
    full = Allowance(used=limit, limit=limit)
    assert is_full(full)
    assert not is_full(replace(full, limit=limit + slack(limit)))
    assert slack(limit) >= SPARE
    # Once is enough: what it gave does not count as the owner's.
    given = Rescue(owners=Raised(limit, limit + slack(limit)))
    assert given.without(replace(full, limit=limit + slack(limit))) == full
    assert given.without(Allowance(used=0, limit=limit + slack(limit) + beyond)).limit != limit


@given(amounts)
def test_half_of_a_quota_is_room(limit: int) -> None:
    assert not is_full(Allowance(used=limit // 2, limit=limit))
    assert not is_full(Allowance(used=limit, limit=None))


raises = st.none() | st.builds(Raised, amounts, amounts)


@given(st.builds(Rescue, st.just(str(ID)), raises, raises))
def test_the_hub_keeps_a_rescue(rescue: Rescue) -> None:
    assert Rescue.from_state(rescue.state()) == rescue
    assert bool(rescue) is (rescue != Rescue(workspace=ID))


def test_advice_names_the_biggest() -> None:
    taken = [
        Taken(a_workspace("NGC 5921"), 30 * 10**9, 2),
        Taken(a_workspace("3C 273"), 12_500_000_000, 1),
        Taken(a_workspace("M 87"), 10**6, 0),
    ]
    assert advice(taken) == (
        "The biggest: “NGC 5921” (30 GB, 2 checkpoints), “3C 273” (12.5 GB, 1 checkpoint), “M 87” "
        "(1 MB). Move one to trash on the home page, or delete files in it that no checkpoint "
        "keeps."
    )
    assert advice([]) == "Ask the site's administrators for more."
    assert usage(Allowance(used=49_900_000_000, limit=50 * 10**9)) == (
        "49.9 GB of your 50 GB are used by changes and checkpoints"
    )


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (999, "999 B"), (10**7, "10 MB"), (1_500_000_000, "1.5 GB")]
)
def test_sizes_are_short(size: int, text: str) -> None:
    assert shown(size) == text
