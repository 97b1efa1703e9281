"""The Tornado application: routes and settings."""

import hmac
import re
from typing import Final

from jupyterhub.services.auth import HubOAuthCallbackHandler
from tornado.web import Application

from casahub.portal import actions, pages
from casahub.portal.handlers import Health, MissingPage
from casahub.portal.site import STATIC, Site

_ID: Final = r"([0-9a-fA-F-]{36})"  # only what can be a UUID gets as far as the provisioner


def make_app(site: Site) -> Application:
    """Return the portal."""
    prefix = site.settings.prefix
    routes = [
        (r"", pages.Home),
        (r"live", pages.LiveHome),
        (rf"workspaces/{_ID}", pages.WorkspacePage),
        (rf"workspaces/{_ID}/live", pages.LiveWorkspace),
        (r"workspaces", actions.CreateWorkspace),
        (rf"workspaces/{_ID}/start", actions.StartSession),
        (rf"workspaces/{_ID}/checkpoint", actions.MakeCheckpoint),
        (rf"workspaces/{_ID}/restore", actions.RestoreCheckpoint),
        (rf"workspaces/{_ID}/keep", actions.KeepLonger),
        (rf"workspaces/{_ID}/keep-no-longer", actions.KeepNoLonger),
        (rf"workspaces/{_ID}/trash", actions.MoveToTrash),
        (rf"workspaces/{_ID}/undelete", actions.RestoreFromTrash),
        (r"sessions/([^/]*)/stop", actions.StopSession),
        (r"sessions/([^/]*)/keep", actions.KeepSession),
        (r"health", Health),
        (r"oauth_callback", HubOAuthCallbackHandler),
    ]
    return Application(
        [(re.escape(prefix) + path, handler) for path, handler in routes],
        default_handler_class=MissingPage,
        cookie_secret=_cookie_secret(site.settings.api_token),
        xsrf_cookies=True,
        static_path=str(STATIC),
        static_url_prefix=f"{prefix}static/",
        site=site,
    )


def _cookie_secret(api_token: str) -> bytes:
    """Derive the secret, so that a restarted portal still knows who is signed in.

    The hub gives its token to the portal alone, and a new one each time the hub starts.
    """
    return hmac.digest(api_token.encode(), b"casahub portal cookies", "sha256")
