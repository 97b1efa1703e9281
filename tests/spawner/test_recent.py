from casahub_spawner.recent import RecentStarts


def test_one_or_two_starts_say_nothing_of_what_is_usual() -> None:
    recent = RecentStarts()
    for seconds in (4.0, 5.0):
        recent.add("docker", seconds)
    assert recent.usual("docker") is None
    recent.add("docker", 60.0)
    assert recent.usual("docker") == 5.0


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
        recent.add("docker", seconds)
    assert recent.usual("docker") == 2.0
