"""What every page does: know the user, show one message once, fail in a sentence."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from jupyterhub.services.auth import HubOAuthenticated
from tornado.web import HTTPError, RequestHandler, authenticated
from zfs_provisioner.errors import ProvisionerError, ProvisionerUnreachableError

from casahub.portal import flash, troubles
from casahub.portal.flash import Flash
from casahub.portal.hub import HubError
from casahub.portal.site import Site
from casahub.portal.troubles import STORAGE_DOWN, Trouble

_COOKIE: Final = "casahub-portal-flash"


# jupyterhub ships no types, so its mixin is Any to mypy.
class PortalHandler(HubOAuthenticated, RequestHandler):  # type: ignore[misc]
    """A page for a signed-in user."""

    @property
    def site(self) -> Site:
        """The portal that this request came to."""
        site: Site = self.application.settings["site"]
        return site

    @property
    def owner(self) -> str:
        """Name of the signed-in user, who owns whatever is asked for here."""
        return str(self.current_user["name"])

    @property
    def token(self) -> str:
        """The user's own token: the portal may do on the hub what the user may, nothing more."""
        return str(self.hub_auth.get_token(self))

    def set_default_headers(self) -> None:
        """Forbid foreign scripts, framing, and copies kept by the browser's history."""
        site: Site = self.application.settings["site"]
        self.set_header(
            "Content-Security-Policy",
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
            "connect-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
            f"form-action 'self' {site.settings.hub_host}".strip(),
        )
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Referrer-Policy", "same-origin")
        # Going back must not bring back a form whose workspace has been made already.
        self.set_header("Cache-Control", "no-store")

    async def prepare(self) -> None:
        """Ask the hub who this is without blocking; `current_user` then has the answer."""
        await self.hub_auth.get_user(self, sync=False)
        user = self.current_user
        if user is not None and user["kind"] != "user":
            raise HTTPError(HTTPStatus.FORBIDDEN, "only users have workspaces")

    def page(self, template: str, *, status: int = HTTPStatus.OK, **context: object) -> None:
        """Answer with a page, and with the message that is waiting."""
        self.set_status(status)
        waiting = self.get_secure_cookie(_COOKIE)
        if waiting:
            self.clear_cookie(_COOKIE, path=self.site.home)
        frame = {
            "flash": flash.decode(waiting) if waiting else None,
            "home": self.site.home,
            "logout": self.site.settings.logout_url,
            "static": self.static_url,
            "user": self._user_name(),
        }
        self.fragment(template, **frame, **context)

    def fragment(self, template: str, **context: object) -> None:
        """Answer with a part of a page."""
        self.finish(
            self.site.templates.get_template(template).render(
                prefix=self.site.settings.prefix,
                choices=self.site.settings.choices_url(self._user_name()),
                xsrf=self.xsrf_token.decode(),
                **context,
            )
        )

    def go(self, url: str, message: Flash | None = None) -> None:
        """Answer a form with the page to see next, and a message for it."""
        if message is not None:
            self.set_secure_cookie(
                _COOKIE, flash.encode(message), path=self.site.home, httponly=True, samesite="Lax"
            )
        self.redirect(url, status=HTTPStatus.SEE_OTHER)

    def write_error(self, status_code: int, **_details: Any) -> None:  # Tornado's signature
        """Show what to do; the details are in the log, where Tornado has put them."""
        self.trouble(status_code, troubles.of_status(status_code, self.request.method))

    def trouble(self, status: int, trouble: Trouble) -> None:
        """Answer with a page that says what is wrong and what to do."""
        self.page("trouble.html", status=status, trouble=trouble)

    def _user_name(self) -> str:
        # Asking for the user again would fail again where that is what went wrong.
        user = getattr(self, "_cached_hub_user", None)
        return str(user["name"]) if user else ""


class MissingPage(PortalHandler):
    """Any address that is none of ours."""

    async def prepare(self) -> None:
        """Answer everybody."""
        await self.hub_auth.get_user(self, sync=False)
        raise HTTPError(HTTPStatus.NOT_FOUND)


class Health(RequestHandler):
    """`GET /health`: that the portal serves; for whoever started it."""

    def get(self) -> None:
        """Say so."""
        self.write({"ready": True})


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where an action leads, and what is said there."""

    url: str
    message: Flash | None = None


class Action(PortalHandler):
    """A form's target: acts, and leads to the next page with a message."""

    SUPPORTED_METHODS = ("POST",)

    async def act(self, subject: str) -> Outcome:
        """Do it; a ProvisionerError or HubError becomes the message."""
        raise NotImplementedError

    @authenticated
    async def post(self, subject: str = "") -> None:
        """Act, once Tornado has checked the XSRF token."""
        try:
            outcome = await self.act(subject)
        except ProvisionerUnreachableError:
            outcome = Outcome(self.back(subject), flash.failed(STORAGE_DOWN))
        except (ProvisionerError, HubError) as error:
            outcome = Outcome(self.back(subject), flash.failed(error.message))
        self.go(outcome.url, outcome.message)

    def back(self, subject: str) -> str:
        """Return the page that the form was on."""
        if subject and self.get_body_argument("back", "") == "workspace":
            return self.site.workspace_url(subject)
        return self.site.home
