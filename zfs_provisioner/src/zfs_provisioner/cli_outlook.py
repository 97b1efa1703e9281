"""How the plan of the collection, its outcome and a workspace's fate look on a terminal."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from rich.filesize import decimal

from zfs_provisioner.cli_place import plain_console, print_table
from zfs_provisioner.gc.brakes import ALL, Stop
from zfs_provisioner.gc.fates import Fate
from zfs_provisioner.gc.outlook import Outlook
from zfs_provisioner.gc.plans import Action, ActionKind, Outcome
from zfs_provisioner.gc.pressure import Pressure
from zfs_provisioner.model import Workspace, WorkspaceState

_NOW: Final = {
    ActionKind.TRASH: "Goes to trash now",
    ActionKind.DESTROY: "Destroyed now",
    ActionKind.PRUNE: "Checkpoints that go now",
}
_WHAT: Final = {
    ActionKind.TRASH: "to trash",
    ActionKind.DESTROY: "destroyed",
    ActionKind.PRUNE: "checkpoints go",
}
_DONE: Final = {
    ActionKind.TRASH: "Went to trash",
    ActionKind.DESTROY: "Destroyed",
    ActionKind.PRUNE: "Checkpoints that went",
}
_PRESSED: Final = {
    Pressure.NONE: "no pressure",
    Pressure.WARN: "getting full: unchanged ones in trash go first",
    Pressure.SHORTEN: "getting full: times are shortened to their floors",
    Pressure.REFUSE: "nearly full: times are at their floors, nobody gets new workspaces",
    Pressure.PAGE: "almost full: make space, the documentation says how",
}


def print_plan(outlook: Outlook) -> None:
    """Print what would be done, in groups, and what stops it."""
    for kind, heading in _NOW.items():
        _sized_section(heading, "frees", _of(kind, outlook))
    coming = [(each, [when(each.due), _WHAT[each.kind]]) for each in outlook.coming]
    _section("Comes", ["when", "what"], coming)
    left = [[_WHAT[each.kind], *_named(each.workspace), each.why] for each in outlook.left]
    _table("Left alone", ["not", "owner", "workspace", "id", "why"], left)
    busy = [[*_named(each.workspace), each.why, when(each.again)] for each in outlook.busy]
    _table("Stays mounted", ["owner", "workspace", "id", "why", "tried again"], busy)
    _table("Not ours", ["what"], [[each] for each in outlook.odd])
    console = plain_console()
    pool = f"The pool has {outlook.free_percent:.0f} % free: {_PRESSED[outlook.pressure]}."
    console.print(f"{_total(outlook)} {pool}")
    print_stops(outlook.stops)
    if outlook.actions:
        stopped = " if nothing stopped it" if outlook.stops else ""
        console.print(
            f"This is what a round would do{stopped}. The provisioner makes rounds by itself, "
            "unless it was told not to; `zfs-provisioner gc --execute` makes one now."
        )


def print_outcomes(outcomes: Sequence[Outcome]) -> None:
    """Print what a run did, and what it could not do."""
    done = [each.action for each in outcomes if each.done]
    for kind, heading in _DONE.items():
        _sized_section(heading, "freed", [each for each in done if each.kind is kind])
    refused = [
        [_WHAT[each.action.kind], *_named(each.action.workspace), each.why]
        for each in outcomes
        if not each.done
    ]
    _table("Refused", ["not", "owner", "workspace", "id", "why"], refused)
    said = f"Done: {len(done)}, freed {freed(done)}. Refused: {len(refused)}."
    plain_console().print(said if outcomes else "Nothing was done.")


def print_stops(stops: Sequence[Stop]) -> None:
    """Print what stops the collection, so that nobody overlooks it."""
    if not stops:
        return
    console = plain_console()
    console.print("\nSTOPPED", style="bold")
    for each in stops:
        stopped = " and ".join(_WHAT[kind] for kind in ActionKind if kind in each.kinds)
        scope = "nothing goes" if each.kinds == ALL else f"not {stopped}"
        console.print(f"  ! {scope}: {each.why}")
    console.print()


def print_fate(workspace: Workspace, fate: Fate | None, outlook: Outlook) -> None:
    """Print what becomes of one workspace, when, why, and what hinders it."""
    console = plain_console()
    spec = workspace.spec
    place = "in trash" if workspace.state is WorkspaceState.TRASHED else "live"
    console.print(f"{spec.name} of {spec.owner}, {spec.dataset}@{spec.release}, {place}")
    facts = [("id", workspace.id), ("made", when(workspace.created))]
    if workspace.active:
        facts.append(("last used", f"{when(workspace.active)}, as far as it was written down"))
    if workspace.lease and workspace.in_use(outlook.at):
        facts.append(("leased", f"to {workspace.lease.holder} until {when(workspace.lease.until)}"))
    if workspace.keep:
        facts.append(("kept", f"until {when(workspace.keep)}"))
    facts += _prospects(fate, workspace, outlook)
    for name, value in facts:
        console.print(f"  {name + ':':<11} {value}")


def _prospects(fate: Fate | None, workspace: Workspace, outlook: Outlook) -> list[tuple[str, str]]:
    mine = workspace.id
    facts = []
    if fate is None:
        facts.append(("comes", "nothing, it is in use or too new to be known"))
    else:
        # A plan knows of more than one workspace, so that its date may be later.
        due = next(
            (
                each.due
                for each in outlook.coming
                if each.workspace.id == mine and each.kind is fate.kind
            ),
            fate.due,
        )
        time = "now" if due <= outlook.at else when(due)
        facts += [("comes", f"{_WHAT[fate.kind]} {time}"), ("because", fate.why)]
    hindrances = [fate.hindrance] if fate and fate.hindrance else []
    hindrances += [each.why for each in outlook.left if each.workspace.id == mine]
    facts += [("left alone", each) for each in dict.fromkeys(hindrances)]
    for each in (*outlook.actions, *outlook.coming):
        if each.workspace.id == mine and each.kind is ActionKind.PRUNE:
            time = "now" if each.due <= outlook.at else when(each.due)
            names = ", ".join(kept.name for kept in each.checkpoints)
            facts.append(("checkpoints", f"{names} {time}: {each.why}"))
    kinds = {fate.kind} if fate else set()
    return facts + [("stopped", each.why) for each in outlook.stops if kinds & each.kinds]


def when(moment: datetime) -> str:
    """Return a time as people read it."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def freed(actions: Iterable[Action]) -> str:
    """Return how many bytes actions free, as far as that is known."""
    sizes = [each.frees for each in actions]
    known, unknown = sum(each or 0 for each in sizes), sizes.count(None)
    if not unknown:
        return decimal(known)
    return f"{decimal(known)} and ? for {unknown}" if known else "?"


def _total(outlook: Outlook) -> str:
    counts = [len(_of(kind, outlook)) for kind in _NOW]
    if not any(counts):
        later = f"{len(outlook.coming)} will later" if outlook.coming else "and nothing will soon"
        return f"Nothing goes now, {later}."
    trash, destroyed, pruned = counts
    return (
        f"Now {trash} to trash, {destroyed} destroyed, checkpoints of {pruned}: frees "
        f"{freed(outlook.actions)}."
    )


def _of(kind: ActionKind, outlook: Outlook) -> list[Action]:
    return [each for each in outlook.actions if each.kind is kind]


def _sized_section(heading: str, column: str, actions: Sequence[Action]) -> None:
    """Print a group of actions with the bytes that they free; going to trash frees none."""
    sized = any(each.kind is not ActionKind.TRASH for each in actions)
    rows = [(each, [freed([each])] if sized else []) for each in actions]
    _section(heading, [column] if sized else [], rows)


def _named(workspace: Workspace) -> list[str]:
    return [workspace.spec.owner, workspace.spec.name, workspace.id[:8]]


def _section(heading: str, columns: list[str], actions: Sequence[tuple[Action, list[str]]]) -> None:
    """Print a group of actions; what is special in it comes first."""
    rows = [[*special, *_named(each.workspace), each.why] for each, special in actions]
    _table(heading, [*columns, "owner", "workspace", "id", "why"], rows)


def _table(heading: str, columns: list[str], rows: list[list[str]]) -> None:
    if not rows:
        return
    console = plain_console()
    console.print(f"{heading} ({len(rows)})", style="bold")
    print_table(columns, rows, "")
    console.print()
