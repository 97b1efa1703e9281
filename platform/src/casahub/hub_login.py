"""Who may log in: passwords made for the run, or an OpenID provider."""

from typing import Any

import httpx

from casahub.errors import SiteError
from casahub.settings import Login, Settings

_DISCOVERY = "/.well-known/openid-configuration"  # OpenID Connect Discovery 1.0, section 4


def configure_login(c: Any, settings: Settings) -> None:  # noqa: ANN401  # traitlets' lazy config
    """Set up the authenticator that the settings name."""
    c.Authenticator.admin_users = {
        name.strip() for name in settings.admins.split(",") if name.strip()
    }
    c.Authenticator.allow_all = True
    if settings.login is Login.OIDC:
        _configure_oidc(c, settings)
    else:
        c.JupyterHub.authenticator_class = "shared-password"
        c.SharedPasswordAuthenticator.user_password = settings.user_password
        c.SharedPasswordAuthenticator.admin_password = settings.admin_password


def _configure_oidc(c: Any, settings: Settings) -> None:  # noqa: ANN401  # traitlets' lazy config
    provider = discover(settings.oidc_issuer)
    c.JupyterHub.authenticator_class = "generic-oauth"
    oauth = c.GenericOAuthenticator
    oauth.client_id = settings.oidc_client_id
    oauth.client_secret = settings.oidc_client_secret
    oauth.authorize_url = provider["authorization_endpoint"]
    oauth.token_url = provider["token_endpoint"]
    oauth.userdata_url = provider["userinfo_endpoint"]
    oauth.oauth_callback_url = f"{settings.url}/hub/oauth_callback"
    oauth.username_claim = settings.oidc_username_claim
    oauth.scope = ["openid", "profile", "email"]
    oauth.login_service = "your institute"


def discover(issuer: str) -> dict[str, str]:
    """Return the endpoints that an OpenID provider announces.

    Raises
    ------
    SiteError
        The provider does not answer, or leaves out an endpoint that login needs.
    """
    url = issuer.rstrip("/") + _DISCOVERY
    try:
        answer = httpx.get(url, timeout=10, follow_redirects=True).raise_for_status().json()
    except (httpx.HTTPError, ValueError) as error:
        raise SiteError(
            f"The OpenID provider does not answer at {url} ({error}): check CASAHUB_OIDC_ISSUER."
        ) from error
    wanted = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint")
    missing = [name for name in wanted if not isinstance(answer.get(name), str)]
    if missing:
        raise SiteError(f"The OpenID provider at {url} does not announce {', '.join(missing)}.")
    return {name: answer[name] for name in wanted}
