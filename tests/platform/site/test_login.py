"""Login through an OpenID provider, which runs beside the site as a real one would."""

import sys
from collections.abc import Iterator

import httpx
import pytest
from tests_processes import Process, four_free_ports
from tests_site import RunningSite


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    """The URL of a provider that knows two people."""
    port = four_free_ports()
    provider = Process([sys.executable, "-m", "oidc_provider_mock", "--port", str(port)])
    provider.start("Uvicorn running on")
    url = f"http://localhost:{port}"
    for subject, name in (("subject-1", "Ada"), ("subject-2", "otto")):
        claims = {"preferred_username": name, "email": f"{name}@institute.example"}
        httpx.put(f"{url}/users/{subject}", json=claims).raise_for_status()
    yield url
    provider.stop()


@pytest.fixture(scope="module")
def site(issuer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    site = RunningSite(
        tmp_path_factory.mktemp("login") / "state",
        CASAHUB_SAMPLES="false",
        CASAHUB_LOGIN="oidc",
        CASAHUB_OIDC_ISSUER=issuer,
        CASAHUB_OIDC_CLIENT_ID="casahub",
        CASAHUB_OIDC_CLIENT_SECRET="known to the provider",
        CASAHUB_ADMINS="root, otto",
    )
    site.start()
    yield site
    site.stop()


def sign_in(site: RunningSite, subject: str) -> httpx.Client:
    """Do what a browser does from the login page to the portal."""
    browser = httpx.Client(base_url=site.url, follow_redirects=True, timeout=30)
    assert "Sign in with your institute" in browser.get("/").text
    asked = browser.get("/hub/oauth_login")
    back = browser.post(asked.url, data={"sub": subject})
    assert back.url.path == "/services/portal/", back.text
    return browser


def test_the_claim_names_the_user(site: RunningSite) -> None:
    browser = sign_in(site, "subject-1")
    assert "You have no workspace." in browser.get("/services/portal/").text
    me = browser.get("/hub/api/user", headers={"Referer": f"{site.url}/hub/home"}).json()
    assert (me["name"], me["admin"]) == ("ada", False)


def test_the_list_of_names_makes_administrators(site: RunningSite) -> None:
    me = sign_in(site, "subject-2").get("/hub/api/user").json()
    assert (me["name"], me["admin"]) == ("otto", True)


def test_who_denies_is_not_signed_in(site: RunningSite) -> None:
    browser = httpx.Client(base_url=site.url, follow_redirects=True, timeout=30)
    asked = browser.get("/hub/oauth_login")
    back = browser.post(asked.url, data={"action": "deny"})
    assert back.url.path == "/hub/oauth_callback"
    assert back.is_error
    assert browser.get("/hub/api/user").status_code == 403


def test_the_site_says_where_to_sign_in(site: RunningSite, issuer: str) -> None:
    said = "\n".join(site.said)
    assert f"log in with {issuer}" in said
    assert "password" not in said
