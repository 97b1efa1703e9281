"""What the provisioner answers, as a user gets to hear it; one that is silent answers, too."""

import asyncio
from collections.abc import Awaitable
from typing import Final, TypeVar

from tornado.web import HTTPError
from zfs_provisioner.errors import (
    ProvisionerError,
    ProvisionerUnreachableError,
    WorkspaceInTrashError,
)

from casahub_spawner.compat import refused

Answer = TypeVar("Answer")

PATIENCE: Final = 20.0  # seconds for an answer that needs no copy; a listing takes milliseconds
_UNREACHABLE: Final = (
    "The storage does not answer. Running sessions and your data are safe: try again in a minute; "
    "if it stays so, tell the site's administrators."
)


def refusal(error: ProvisionerError) -> HTTPError:
    """Return the hub's form of a provisioner's error."""
    return refused(sentence(error), error.code, error.status)


def sentence(error: ProvisionerError) -> str:
    """Return what a user can do about it; the log has what an administrator can do."""
    if isinstance(error, ProvisionerUnreachableError):
        return _UNREACHABLE
    if isinstance(error, WorkspaceInTrashError):
        return f"{error.message} The home page has a button for it."
    return error.message


async def in_time(asked: Awaitable[Answer], seconds: float | None = None) -> Answer:
    """Return the provisioner's answer; one that does not come is that of nobody there."""
    seconds = PATIENCE if seconds is None else seconds
    try:
        async with asyncio.timeout(seconds):
            return await asked
    except TimeoutError as error:
        message = f"The provisioner gave no answer in {seconds:.0f} s: look into its log."
        raise ProvisionerUnreachableError(message) from error
