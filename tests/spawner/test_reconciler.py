"""What is found wrong, and that what the hub knows goes on, whatever happens meanwhile."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count
from operator import itemgetter

import pytest
from casahub_spawner.reconciling.findings import Finding, Trouble, find
from casahub_spawner.reconciling.looks import Look, Server
from casahub_spawner.reconciling.reconciler import Reconciler
from hypothesis import given, settings
from hypothesis import strategies as st
from tests_lost import (
    NAMES,
    START,
    WORKSPACES,
    DownError,
    World,
    leased,
    running,
    server,
    session,
)
from zfs_provisioner.model import Holder, Lease

LATER = START + timedelta(hours=1)


def troubles(look: Look) -> list[Trouble]:
    return [each.trouble for each in find(look)]


@pytest.mark.parametrize(
    "known",
    [
        running(),
        running(start=""),  # started by a hub that did not write it down
        server(pending="spawn", workspace=WORKSPACES[0]),
        server(pending="spawn"),
        server(pending="spawn", workspace=WORKSPACES[1]),
        server(pending="stop", workspace=WORKSPACES[0], engine_id="1"),
        server(pending="check", engine_id="1"),
    ],
)
def test_what_the_hub_knows_or_may_know_is_in_order(known: Server) -> None:
    assert find(Look(sessions=(session(),), leases=(leased(),), servers=(known,))) == ()


@pytest.mark.parametrize(
    "known",
    [(), (server(workspace=WORKSPACES[0]),), (running(workspace=WORKSPACES[1], start="2"),)],
)
def test_a_session_that_the_hub_does_not_know_is_found_with_the_lease(
    known: Sequence[Server],
) -> None:
    found, *other = find(Look(sessions=(session(),), leases=(leased(),), servers=known))
    assert [each.trouble for each in other] in ([], [Trouble.GONE])
    assert (found.trouble, found.session, found.lease) == (Trouble.UNKNOWN, session(), leased())


def test_the_lease_of_another_start_is_not_the_lost_sessions() -> None:
    """The user started anew: one workspace, two sessions, one of which the hub knows."""
    sessions = (session(start="1"), session(start="2"))
    look = Look(sessions=sessions, leases=(leased(),), servers=(running(start="2"),))
    [lost, *shared] = find(look)
    assert (lost.trouble, lost.session, lost.lease) == (Trouble.UNKNOWN, sessions[0], None)
    assert {each.trouble for each in shared} == {Trouble.SHARED}


ELSEWHERE = running(workspace=WORKSPACES[1], start="2")


@pytest.mark.parametrize("known", [(), (server(),), (ELSEWHERE,)])
def test_a_lease_under_which_nothing_runs_is_found(known: Sequence[Server]) -> None:
    look = Look(
        sessions=(session(workspace=WORKSPACES[1], start="2"),) if ELSEWHERE in known else (),
        leases=(leased(), leased(workspace=WORKSPACES[1])) if ELSEWHERE in known else (leased(),),
        servers=known,
    )
    assert troubles(look) == [Trouble.UNUSED]


def test_leases_of_other_programs_are_their_own_business() -> None:
    script = replace(leased(), lease=Lease(holder=Holder("script"), until=START))
    assert find(Look(leases=(script,))) == ()
    [found] = find(Look(sessions=(session(),), leases=(script,)))
    assert found.lease is None


def test_what_a_server_misses_is_found() -> None:
    assert troubles(Look(sessions=(session(),), servers=(running(),))) == [Trouble.UNLEASED]
    assert troubles(Look(leases=(leased(),), servers=(running(),))) == [Trouble.GONE]


def repaired(reconciler: Reconciler) -> list[Trouble]:
    return [each.trouble for each in asyncio.run(reconciler.sweep())]


class Ticking:
    """A clock that stands still unless it is told to go on."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Ticking:
    return Ticking()


def lost() -> World:
    return World(sessions=[session()], leases={WORKSPACES[0]: leased()})


def test_only_what_stays_wrong_for_a_period_is_repaired(clock: Ticking) -> None:
    world = lost()
    reconciler = Reconciler(world.site, 60, clock)
    for now, done in (0, []), (30, []), (59.9, []), (60, [Trouble.UNKNOWN]), (61, []):
        clock.now = now
        assert repaired(reconciler) == done
    assert (world.sessions, world.leases) == ([], {})


@pytest.mark.parametrize("who", ["engine", "provisioner", "hub"])
def test_who_does_not_answer_lets_everything_be_found_twice_anew(clock: Ticking, who: str) -> None:
    world = lost()
    reconciler = Reconciler(world.site, 60, clock)
    repaired(reconciler)
    clock.now, world.down = 70, who
    with pytest.raises(DownError):
        repaired(reconciler)
    clock.now, world.down = 80, ""
    assert repaired(reconciler) == []
    clock.now = 140
    assert repaired(reconciler) == [Trouble.UNKNOWN]


def test_a_lease_that_was_renewed_is_another_finding(clock: Ticking) -> None:
    world = World(leases={WORKSPACES[0]: leased()})
    reconciler = Reconciler(world.site, 60, clock)
    repaired(reconciler)
    clock.now, world.leases[WORKSPACES[0]] = 60, leased(until=LATER)
    assert repaired(reconciler) == []
    clock.now = 120
    assert repaired(reconciler) == [Trouble.UNUSED]


def test_what_the_hub_knows_in_the_last_moment_goes_on(clock: Ticking) -> None:
    """Its newest database was put back just now."""
    asked = 0

    def happens(world: World) -> None:
        nonlocal asked
        asked += 1
        if asked == 7:  # each look asks three
            world.servers["first"] = running()

    world = lost()
    world.happens = happens
    reconciler = Reconciler(world.site, 60, clock)
    repaired(reconciler)
    clock.now = 60
    assert repaired(reconciler) == []
    assert (world.sessions, asked) == ([session()], 9)


LIFE = ("begin", *["go_on"] * 3, "lease", "stop", "go_on", "go_on")  # a start, a use, an end
MISHAPS = ("crash", "forget", "exit", "engine", "hub", "")
MOMENTS = 25  # so many times somebody is asked in four sweeps and some ends

Happening = tuple[int, str, str]  # when, what, and to which server or who is down


@st.composite
def happenings(draw: st.DrawFn) -> list[Happening]:
    """Draw lives of two servers and mishaps, in any interleaving with what the reconciler asks."""
    found: list[Happening] = []
    for name in NAMES:
        life = LIFE * draw(st.integers(0, 2))
        times = st.lists(st.integers(0, MOMENTS), min_size=len(life), max_size=len(life))
        found += [(at, act, name) for at, act in zip(sorted(draw(times)), life, strict=True)]
    some = st.tuples(st.integers(0, MOMENTS), st.sampled_from(MISHAPS), st.sampled_from(NAMES))
    return sorted([*found, *draw(st.lists(some, max_size=3))], key=itemgetter(0))


def let(world: World, act: str, name: str) -> None:
    match act:
        case "begin":
            world.begin(name, WORKSPACES[NAMES.index(name)])
        case "crash":
            world.crash()
        case "engine" | "hub" | "":
            world.down = act
        case _:
            getattr(world, act)(name)


@settings(max_examples=300, deadline=None)
@given(happenings())
def test_whatever_happens_in_and_between_looks_what_the_hub_knows_goes_on(
    all_of_it: list[Happening],
) -> None:
    """The world's own assertions watch every end of a session and of a lease."""
    clock, asked = Ticking(), count()

    def happens(world: World) -> None:
        now = next(asked)
        for at, act, name in all_of_it:
            if at == now:
                let(world, act, name)

    world = World(happens)
    reconciler = Reconciler(world.site, 60, clock)
    sweep(reconciler, clock, 4)
    settle(world)
    sweep(reconciler, clock, 3)
    assert [each for each in asyncio.run(left(world)) if each.repaired] == []


def sweep(reconciler: Reconciler, clock: Ticking, times: int) -> None:
    for _time in range(times):
        clock.now += 60
        with contextlib.suppress(DownError):
            asyncio.run(reconciler.sweep())


def settle(world: World) -> None:
    """Let everything under way come to its end, and nothing happen any more."""
    world.happens = lambda _world: None
    world.down = ""
    for name in NAMES:
        while name in world.servers and world.servers[name].pending:
            world.go_on(name)


async def left(world: World) -> tuple[Finding, ...]:
    return find(await world.site.look())
