import json

from casahub_spawner.recent import RecentStarts, with_start

DOCKER = ("docker",)


def test_one_or_two_starts_say_nothing_of_what_is_usual() -> None:
    recent = RecentStarts()
    for seconds in (4.0, 5.0):
        recent.add(DOCKER, seconds)
    assert recent.usual(DOCKER) is None
    recent.add(DOCKER, 60.0)
    assert recent.usual(DOCKER) == 5.0


def test_kinds_are_kept_apart() -> None:
    recent = RecentStarts()
    for seconds in (1.0, 1.0, 1.0):
        recent.add(("local", "", "open"), seconds)
        recent.add(("local", "", "new"), seconds * 3)
    assert recent.usual(("local", "", "open")) == 1.0
    assert recent.usual(("local", "", "new")) == 3.0
    assert recent.usual(("docker", "", "open")) is None


def test_only_the_last_twenty_count() -> None:
    recent = RecentStarts()
    for seconds in [90.0] * 100 + [2.0] * 20:
        recent.add(DOCKER, seconds)
    assert recent.usual(DOCKER) == 2.0


def test_a_new_hub_takes_up_once_what_each_server_kept() -> None:
    kept = [with_start([], DOCKER, 4.0), [], with_start([], ("local", "", "new"), 1.0)]
    for seconds in (90.0, 5.0, 6.04, 70.0):
        kept[1] = with_start(kept[1], DOCKER, seconds)
    recent = RecentStarts()
    for _ in range(2):
        recent.recall(json.loads(json.dumps(kept)))
    assert recent.usual(DOCKER) == 5.5
    assert recent.usual(("local", "", "new")) is None
