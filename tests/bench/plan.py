"""Planning over 100,000 workspaces with 1,000,000 checkpoints against a plan that parses names.

The site is in the state that it is in most of the time: the ladder was applied to nearly all, and
some of everything is due. The peer is the loop of tools that prune snapshots by the times in their
names: it parses each into a datetime and keeps one of each hour, day and month, in the same run,
over a tenth of the same checkpoints. It decides nothing about workspaces, so what it does is less.
"""

import random
import resource
from datetime import UTC, datetime, timedelta
from typing import Final

from tests_report import Gate, seconds, write
from zfs_provisioner.gc.planner import plan
from zfs_provisioner.gc.plans import ActionKind, Inventory
from zfs_provisioner.gc.policy import Policy
from zfs_provisioner.model import (
    CheckpointName,
    DatasetName,
    Holder,
    Lease,
    Owner,
    ReleaseName,
    Workspace,
    WorkspaceId,
    WorkspaceSpec,
    WorkspaceState,
)
from zfs_provisioner.residents import Kept, Resident, Survey

NOW: Final = datetime(2026, 6, 1, 12, tzinfo=UTC)
WORKSPACES, USERS, ROUNDS = 100_000, 5000, 3
DAY: Final = timedelta(days=1)
HOUR: Final = 3600
# Ages in hours as the ladder leaves them in a workspace that is used a lot, and in another one.
BUSY: Final = (*range(24), *range(25, 24 * 28, 25), *range(24 * 30, 24 * 300, 24 * 29))
CALM: Final = tuple(range(0, 24 * 5, 24))


def main() -> None:
    """Run the benchmark and report."""
    residents = [resident(number) for number in range(WORKSPACES)]
    checkpoints = sum(len(each.checkpoints) for each in residents)
    survey = Survey(residents=residents, free=50, size=100)
    seen = {each.identity: NOW - DAY for each in residents[::7]}
    seen |= {one.identity: NOW - DAY for each in residents[::7] for one in each.checkpoints}
    inventory, policy = Inventory(survey=survey, seen=seen), Policy()
    ours = min(seconds(lambda: plan(inventory, policy, NOW)) for _ in range(ROUNDS))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    theirs = min(seconds(lambda: parsed_plan(residents[::10])) for _ in range(ROUNDS))
    tenth = Inventory(survey=Survey(residents=residents[::10], free=50, size=100), seen=seen)
    short = min(seconds(lambda: plan(tenth, policy, NOW)) for _ in range(ROUNDS))
    made = plan(inventory, policy, NOW)
    rows: list[dict[str, object]] = [
        {"plan": "casahub", "workspaces": WORKSPACES, "checkpoints": checkpoints}
        | {"seconds": round(ours, 3), "workspaces (1/s)": round(WORKSPACES / ours)},
        {"plan": "casahub, a tenth", "workspaces": WORKSPACES // 10, "checkpoints": ""}
        | {"seconds": round(short, 3), "workspaces (1/s)": round(WORKSPACES / 10 / short)},
        {"plan": "parsing names, a tenth", "workspaces": WORKSPACES // 10, "checkpoints": ""}
        | {"seconds": round(theirs, 3), "workspaces (1/s)": round(WORKSPACES / 10 / theirs)},
    ]
    for kind in ActionKind:
        print(f"{kind}: {sum(each.kind is kind for each in made.actions)} actions")
    also = [
        Gate("memory with the inventory (MB)", memory, most=500),
        Gate("times as fast as parsing names", theirs * 10 / ours, least=1),
        Gate("time of all to ten times that of a tenth", ours / short / 10, most=2),
    ]
    write("plan", rows, WORKSPACES / ours, 100_000, also)


def resident(number: int) -> Resident:
    """Return one of the site's workspaces, the same for the same number."""
    dice = random.Random(number)
    kind = number % 20  # 12 idle, 4 in use, 3 in trash, one foreign
    trashed = 16 <= kind < 19
    idle = timedelta(days=dice.uniform(0, 91))
    until = NOW + timedelta(hours=1) if 12 <= kind < 16 else NOW - idle
    workspace = Workspace(
        id=WorkspaceId(f"{number:08x}-0000-4000-8000-{number:012x}"),
        spec=_SPECS[number % USERS],
        state=WorkspaceState.TRASHED if trashed else WorkspaceState.LIVE,
        created=NOW - 300 * DAY,
        path=f"/lab/casahub/ws/user{number % USERS}/{number:026x}",
        lease=None if trashed else Lease(holder=Holder("hub"), until=until),
        trashed=NOW - timedelta(days=dice.uniform(0, 31)) if trashed else None,
        active=NOW - idle,
        keep=NOW + 30 * DAY if number % 50 == 0 else None,
    )
    ages = BUSY if number % 11 == 0 else CALM
    if number % 220 == 0:  # the ladder is due: it was used since, every half hour
        ages = (*(each / 2 for each in range(24)), *(each + 12 for each in BUSY))
    youngest = (NOW - idle).timestamp()
    return Resident(
        workspace=workspace,
        identity=10**15 + number,
        checkpoints=tuple(
            kept(number * 1000 + place, int(youngest - age * HOUR))
            for place, age in enumerate(reversed(ages))
        ),
        size=dice.randrange(10**9),
        written=0 if number % 10 == 0 else 10**6,
        odd=("a foreign snapshot",) if kind == 19 else (),
    )


_SPECS: Final = [
    WorkspaceSpec(
        owner=Owner(f"user{number}"), dataset=DatasetName("obs"), release=ReleaseName("1"), name="x"
    )
    for number in range(USERS)
]


def kept(number: int, created: int) -> Kept:
    """Return a checkpoint."""
    stamp = datetime.fromtimestamp(created, UTC).strftime("%Y%m%dT%H%M%SZ")
    name = CheckpointName(f"auto-{stamp}-{number % 1000 + 1}")
    return Kept(name=name, identity=10**16 + number, created=created)


def parsed_plan(residents: list[Resident]) -> list[str]:
    """Return what goes by the times in names: the newest of each hour, day and month stays."""
    going: list[str] = []
    for each in residents:
        hours, days, months = set[object](), set[object](), set[object]()
        for checkpoint in reversed(each.checkpoints):
            stamp = checkpoint.name.split("-")[1]
            made = datetime.strptime(stamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            age = NOW - made
            new = []
            for buckets, key, length in (
                (hours, (made.date(), made.hour), DAY),
                (days, made.date(), 28 * DAY),
                (months, (made.year, made.month), 364 * DAY),
            ):
                new.append(age < length and key not in buckets)
                buckets.add(key)
            if not any(new):
                going.append(checkpoint.name)
    return going


if __name__ == "__main__":
    main()
