"""`casahub sessions`: what runs, who holds what, and what lost each other."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

import typer
from casahub_spawner.reconciling.findings import REPAIRED, Finding, Trouble, find
from casahub_spawner.reconciling.looks import Leased, Look, Server
from casahub_spawner.reconciling.reconciler import Reconciler, described

from casahub.cli_common import AsJson, messages, print_json, print_table, run
from casahub.errors import SiteError
from casahub.hub_service import sentence
from casahub.reconciler import EXPECTED, Access
from casahub.settings import load_settings
from casahub.terminal import when

_IMPATIENT: Final = 5.0  # seconds between two looks; longer than an answer of a busy hub takes
_SHOWN: Final = 12  # characters of ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A session of the engine, a server that the hub has running, or a lease; or all in one."""

    owner: str
    session: str
    workspace: str
    engine_id: str
    lease: datetime | None
    verdict: str


def sessions(
    repair: Annotated[
        bool, typer.Option("--repair", help="End what is lost, without waiting for the site.")
    ] = False,
    json: AsJson = False,
) -> None:
    """List sessions with their leases, and say what is lost; the running site ends it by itself."""
    try:
        look, repaired = run(_looked(repair=repair))
    except EXPECTED as error:
        raise SiteError(
            f"Nothing is known of the sessions, nothing is done: {sentence(error)}"
        ) from error
    for each in repaired:
        messages.print(f"Ended {described(each)}.")
    rows = list(_rows(look))
    if json:
        print_json(rows, list[Row])
        return
    print_table(
        ["USER", "NAME", "WORKSPACE", "ENGINE ID", "LEASE UNTIL (UTC)", ""],
        [
            [
                each.owner,
                each.session or "(default)",
                each.workspace[:_SHOWN],
                each.engine_id[:_SHOWN],
                when(each.lease) if each.lease else "",
                each.verdict,
            ]
            for each in rows
        ],
        "No session runs, and none is missing.",
    )


async def _looked(*, repair: bool) -> tuple[Look, list[Finding]]:
    """Return what there is, after what is lost was ended if that is wanted."""
    async with _access().asking() as site:
        repaired = []
        if repair:
            reconciler = Reconciler(site, _IMPATIENT)
            await reconciler.sweep()
            await asyncio.sleep(_IMPATIENT)
            repaired = await reconciler.sweep()
        return await site.look(), repaired


def _access() -> Access:
    try:
        return Access.model_validate_json(Access.path(load_settings().hub).read_bytes())
    except FileNotFoundError:
        raise SiteError(
            "No site runs on this state: only its hub knows which sessions there should be. "
            "`casahub up` starts it."
        ) from None


def _rows(look: Look) -> Iterator[Row]:
    """Yield one row for each session, then servers without one, then leases without either."""
    findings = find(look)
    servers = {(each.owner, each.session): each for each in look.servers}
    leases = {each.workspace: each for each in look.leases}
    shown: set[str] = set()
    for each in look.sessions:
        server = servers.get((each.owner, each.session))
        mine = [one for one in findings if each == one.session or (server and server == one.server)]
        lease = leases.get(each.workspace)  # type: ignore[call-overload]  # any text may be marked
        shown.add(each.workspace)
        yield Row(
            owner=each.owner,
            session=each.session,
            workspace=each.workspace,
            engine_id=each.engine_id,
            lease=lease.lease.until if lease else None,
            verdict=_verdict(mine, server),
        )
    running = {each.engine_id for each in look.sessions}
    for server in look.servers:
        if server.active and server.engine_id not in running and server.workspace not in shown:
            mine = [one for one in findings if one.server == server]
            lease = leases.get(server.workspace)  # type: ignore[call-overload]
            shown.add(server.workspace)
            yield _without_session(server, lease, _verdict(mine, server))
    for finding in findings:
        if finding.trouble is Trouble.UNUSED and finding.workspace not in shown:
            yield Row(
                owner=finding.owner,
                session=finding.name,
                workspace=finding.workspace,
                engine_id="",
                lease=finding.lease.lease.until if finding.lease else None,
                verdict=_verdict([finding], None),
            )


def _without_session(server: Server, lease: Leased | None, verdict: str) -> Row:
    return Row(
        owner=server.owner,
        session=server.session,
        workspace=server.workspace,
        engine_id=server.engine_id,
        lease=lease.lease.until if lease else None,
        verdict=verdict,
    )


def _verdict(findings: list[Finding], server: Server | None) -> str:
    if findings:
        return "; ".join(
            f"lost: {each.trouble}" if each.trouble in REPAIRED else f"odd: {each.trouble}"
            for each in findings
        )
    pending = {"spawn": "starts", "stop": "stops", "check": "the hub has just started"}
    state = server.pending if server else None
    return pending.get(state, state) if state else "runs"
