"""What a session's container is called, marked with and allowed to do: plain data in and out."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from casahub_spawner.found import FoundSession

_SITE: Final = "casahub.site"
_OWNER: Final = "casahub.owner"
_SESSION: Final = "casahub.session"
_WORKSPACE: Final = "casahub.workspace"

_READABLE: Final = 20  # characters of a name that are for people; the rest is for being unique
_UNIQUE: Final = 16  # hexadecimal digits: 64 bits

# What a container gets unless the site says otherwise, as `docker.types.HostConfig` spells it.
HARDENING: Final[dict[str, Any]] = {
    # Nothing in a notebook needs root's rights, and no program may get them back.
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    # Reaps what kernels leave behind, and hands SIGTERM on to the server.
    "init": True,
    # A fork bomb ends here; CASA starts one thread for each processor and task.
    "pids_limit": 4096,
    # What is written elsewhere would be lost with the container: only ~ and /tmp take files.
    "read_only": True,
    # In memory, and counted as the session's. `exec`, because builds and AppImages run from there.
    "tmpfs": {"/tmp": "rw,exec,nosuid,nodev,mode=1777,size=1g"},  # noqa: S108  # the container's
}


def container_slug(site: str, owner: str, session: str) -> str:
    """Return what names the container of one server of one user of one site, and no other's.

    Docker allows few characters, and people like to recognise their session: a readable part is
    followed by a hash of all three.
    """
    readable = "-".join(filter(None, (_plain(owner), _plain(session))))[:_READABLE].strip("-")
    digest = hashlib.sha256(json.dumps([site, owner, session]).encode()).hexdigest()[:_UNIQUE]
    return f"{readable}-{digest}" if readable else digest


def _plain(text: str) -> str:
    ascii_only = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")


def labels_of(session: FoundSession) -> dict[str, str]:
    """Return the labels by which a container tells whose it is."""
    return {
        _SITE: session.site,
        _OWNER: session.owner,
        _SESSION: session.session,
        _WORKSPACE: session.workspace,
    }


def label_filter(site: str) -> str:
    """Return Docker's filter for the containers of a site."""
    return f"{_SITE}={site}"


def found_session(engine_id: str, labels: Mapping[str, str] | None) -> FoundSession | None:
    """Return the session that a container with these labels is; None when it is no session."""
    try:
        return FoundSession(
            site=(labels or {})[_SITE],
            owner=(labels or {})[_OWNER],
            session=(labels or {})[_SESSION],
            workspace=(labels or {})[_WORKSPACE],
            engine_id=engine_id,
        )
    except KeyError:
        return None


def completed(
    request: Mapping[str, Any],
    *,
    account: str,
    labels: Mapping[str, str],
    hardening: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the request for a container with what every session's has.

    Parameters
    ----------
    request
        Arguments of docker-py's `create_container`, as the site configured them: they win.
    account
        `UID:GID` that the session runs as.
    labels
        See `labels_of`; nothing overrides these.
    hardening
        A host configuration in the form of Docker's API.
    """
    host: dict[str, Any] = {**hardening, **request.get("host_config", {})}
    if memory := host.get("Memory"):
        # Without this, Docker grants the same again as swap.
        host.setdefault("MemorySwap", memory)
    # The daemon would remove it with its last words; the spawner removes it when it has heard them.
    host["AutoRemove"] = False
    return {
        "user": account,
        **request,
        "labels": {**(request.get("labels") or {}), **labels},
        "host_config": host,
    }


def death_notice(state: Mapping[str, Any], memory: int) -> str:
    """Return what Docker knows of a container's end besides its status; empty for nothing.

    Parameters
    ----------
    state
        As Docker describes it.
    memory
        The container's limit in bytes, 0 for none.
    """
    if state.get("OOMKilled"):
        limit = f"its limit of {memory / 2**20:.0f} MiB" if memory else "what the machine has"
        return f"out of memory (OOM): it needed more than {limit}, choose a larger size"
    error: str = state.get("Error", "")
    return error
