"""What is said when something is wrong: each sentence with its remedy."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final


@dataclass(frozen=True, slots=True)
class Trouble:
    """A page that says what is wrong and what to do."""

    heading: str
    sentence: str


STORAGE_DOWN: Final = (
    "The storage of this site does not answer, so workspaces and datasets cannot be shown or "
    "changed. Nothing is lost, and running sessions go on. Try again in a minute; if it stays so, "
    "tell the site's admin."
)
NO_WORKSPACE: Final = Trouble(
    "You have no such workspace",
    "It may belong to somebody else, or it was collected after its time in trash was over. "
    "Your workspaces are on the home page.",
)
_OUT_OF_DATE: Final = Trouble(
    "That form was out of date",
    "Nothing was changed. Go back to your workspaces and try again; if you were signed out, you "
    "are asked to sign in.",
)
_NOT_ALLOWED: Final = Trouble(
    "You may not see this page",
    "Your account has no access to the portal. Sign in as somebody else, or ask the site's admin.",
)
_INCOMPLETE: Final = Trouble(
    "That form was incomplete",
    "Nothing was changed. Go back to your workspaces and try again.",
)
_NO_PAGE: Final = Trouble(
    "There is no such page",
    "The address may be mistyped or old. Your workspaces are on the home page.",
)
_NO_VISITS: Final = Trouble(
    "That address takes no visits",
    "It is where a button sends its form. Your workspaces are on the home page.",
)
_OTHERWISE: Final = Trouble(
    "Something went wrong",
    "The portal or the hub could not do this. Try again in a minute; if it stays so, tell the "
    "site's admin the time: the details are in the portal's log.",
)
_BY_STATUS: Final = {
    HTTPStatus.BAD_REQUEST: _INCOMPLETE,
    HTTPStatus.FORBIDDEN: _OUT_OF_DATE,
    HTTPStatus.NOT_FOUND: _NO_PAGE,
    HTTPStatus.METHOD_NOT_ALLOWED: _NO_VISITS,
}


def unavailable(sentence: str) -> Trouble:
    """Return the trouble of a workspace that cannot be shown now."""
    return Trouble("This workspace cannot be shown now", sentence)


def of_status(status: int, method: str | None) -> Trouble:
    """Return what an HTTP status means to somebody who pressed a button or followed a link."""
    if status == HTTPStatus.FORBIDDEN and method == "GET":
        return _NOT_ALLOWED
    return _BY_STATUS.get(HTTPStatus(status), _OTHERWISE)
