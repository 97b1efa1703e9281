"""Ask a session what it does, and tell it what the site's rule is."""

from datetime import datetime

import httpx
from pydantic import AwareDatetime, BaseModel

from casahub.culling.rule import Rule
from casahub.hub_sessions import HubSession


class Activity(BaseModel):
    """What a session answers; see `casa_kernel.activity`."""

    busy: bool
    active: AwareDatetime
    because: str


class Sessions:
    """All sessions of a site, by its proxy.

    Parameters
    ----------
    site
        A client whose base is the site, and whose token has the scope for asking.
    page
        Where people can keep a session, as a path of the site.
    """

    def __init__(self, site: httpx.AsyncClient, page: str) -> None:
        self._site, self._page = site, page

    async def tell(self, session: HubSession, rule: Rule, kept: datetime | None) -> Activity:
        """Tell a session by what rule it is stopped, for its page to say so; return its answer.

        Raises
        ------
        httpx.HTTPError
            It does not answer, or has no such extension.
        ValidationError
            Its answer is not understood.
        """
        body = {
            "idle": rule.idle.total_seconds(),
            "kept": kept.isoformat() if kept else None,
            "page": self._page,
        }
        answer = await self._site.put(f"{session.url}api/casahub/activity", json=body)
        return Activity.model_validate_json(answer.raise_for_status().content)
