"""What all handlers share: settings, neighbours, templates."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from casahub.portal.facts import Sources
from casahub.portal.settings import PortalSettings

STATIC: Final = Path(__file__).parent.parent / "static"


def environment() -> Environment:
    """Return the templates; a name that a view does not have is an error, not a blank."""
    return Environment(
        loader=PackageLoader("casahub.portal"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@dataclass(frozen=True, slots=True)
class Site:
    """One portal."""

    settings: PortalSettings
    sources: Sources
    templates: Environment
    new_id: Callable[[], str]

    def progress_url(self, user: str) -> Callable[[str], str]:
        """Return what leads from the user's session to the hub's page of its start."""
        return partial(self.settings.progress_url, user)

    @property
    def home(self) -> str:
        """URL of the home page."""
        return self.settings.prefix

    def workspace_url(self, workspace: str) -> str:
        """URL of a workspace's page."""
        return f"{self.settings.prefix}workspaces/{workspace}"
