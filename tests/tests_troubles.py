"""Trouble for sessions of an engine: a test names it, and the hub's configuration brings it.

The name is in the file `<state>/trouble/<name of the server>`, while its starts have this trouble.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from casahub.settings import Settings, load_settings
from casahub_spawner.mixin import WorkspaceMixin
from tests_hub import LEAN, LEAN_ARGUMENTS, HubSite, add_test_service
from tests_sessions import Session
from zfs_provisioner.model import Lease

Traits = Mapping[str, Any]  # the values are of many types

# What happens on every engine.
_TROUBLES: Final[dict[str, Traits]] = {
    "silence": {"cmd": ["sh", "-c", "exec sleep 600"]},
    "words": {"cmd": ["sh", "-c", "echo There is no licence for the sky; exit 3"]},
    "no program": {"cmd": ["/there/is/none"]},
}


def trouble(session: Session, kind: str | None) -> None:
    """Let the next starts of a session have this trouble, or none."""
    told = _told(session.site.settings, session.name)
    told.parent.mkdir(exist_ok=True)
    told.unlink(missing_ok=True)
    if kind:
        told.write_text(kind)


def bring_troubles(
    c: Any,  # traitlets' configuration, which makes what is asked for
    spawner_class: type[WorkspaceMixin],
    *,
    usual: Traits,
    troubles: Mapping[str, Traits],
) -> Settings:
    """Let a hub's sessions run in this spawner, on good days and bad ones; return its settings.

    Parameters
    ----------
    c
        The hub's configuration, in which the site's own is loaded.
    spawner_class
        The engine's.
    usual
        What a session has that is not in trouble.
    troubles
        What it has instead, by the trouble's name: more than every engine's, or others.
    """
    settings, known = load_settings(), _TROUBLES | dict(troubles)

    def bring(spawner: WorkspaceMixin) -> None:
        told = _told(settings, spawner.name)
        brought = known[told.read_text()] if told.exists() else {}
        for name, value in (dict(usual) | dict(brought)).items():
            setattr(spawner, name, value)

    add_test_service(c)
    c.JupyterHub.spawner_class = spawner_class
    c.WorkspaceMixin.pre_spawn_hook = bring
    c.WorkspaceMixin.http_timeout = 120
    c.WorkspaceMixin.poll_interval = 2
    c.WorkspaceMixin.environment, c.WorkspaceMixin.args = LEAN, LEAN_ARGUMENTS
    return settings


def leases(site: HubSite) -> list[Lease]:
    """Return the leases on workspaces: none, when no session is open."""
    workspaces = site.ask(lambda client: client.workspaces())
    return [each.lease for each in workspaces if each.lease]


def _told(settings: Settings, session: str) -> Path:
    return settings.state / "trouble" / session
