"""Sessions in Slurm's queue, found without the hub by the mark that each job has as its comment."""

import asyncio
from typing import Final
from urllib.parse import parse_qsl, urlencode

from casahub_spawner.found import EngineError, FoundSession

_FIELDS: Final = ("site", "owner", "session", "workspace")
_PAUSE: Final = 1.0  # seconds between two questions; Slurm has no events
_ENDING: Final = 60.0  # seconds for a job to end; Slurm kills it after its KillWait, usually 30


def mark_of(session: FoundSession) -> str:
    """Return a job's comment: any name is fine in it, and no blank or quote is in it."""
    return urlencode({field: getattr(session, field) for field in _FIELDS})


def found_session(line: str) -> FoundSession | None:
    """Return the session of a line "number comment" of the queue; None for any other job's."""
    number, _blank, mark = line.partition(" ")
    fields = dict(parse_qsl(mark, keep_blank_values=True))
    return FoundSession(**fields, engine_id=number) if set(fields) == set(_FIELDS) else None


async def sessions(site: str) -> list[FoundSession]:
    """Return the sessions of a site that wait, run or are about to end.

    Raises
    ------
    EngineError
        Slurm does not answer.
    """
    lines = (await _slurm("squeue", "--noheader", "--format=%i %k")).splitlines()
    found = [each for line in lines if (each := found_session(line))]
    return [each for each in found if each.site == site]


async def end(session: FoundSession) -> None:
    """Cancel a session's job and wait for its end; one that is gone already is fine.

    Raises
    ------
    EngineError
        Slurm does not answer, or the job does not end.
    """
    await _slurm("scancel", session.engine_id)
    try:
        async with asyncio.timeout(_ENDING):
            while session in await sessions(session.site):  # noqa: ASYNC110  # no events there
                await asyncio.sleep(_PAUSE)
    except TimeoutError:
        raise EngineError(
            f"Job {session.engine_id} of {session.owner}/{session.session} does not end, though "
            "cancelled: look into the log of its node's slurmd."
        ) from None


async def _slurm(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        output, errors = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise EngineError(
            f"{command[0]} ended with status {process.returncode}: {errors.decode().strip()} What "
            "runs is not known until Slurm answers."
        )
    return output.decode()
