from pathlib import Path

import pytest
from casahub.portal.flash import decode, done, encode, failed
from casahub.portal.settings import PortalSettings, SettingsError

ENVIRON = {
    "JUPYTERHUB_SERVICE_URL": "http://127.0.0.1:8003",
    "JUPYTERHUB_SERVICE_PREFIX": "/site/services/portal/",
    "JUPYTERHUB_BASE_URL": "/site/",
    "JUPYTERHUB_API_URL": "http://127.0.0.1:8001/site/hub/api",
    "JUPYTERHUB_API_TOKEN": "secret",
    "CASAHUB_PROVISIONER_SOCKET": "/run/p.sock",
}


def test_the_hub_and_the_site_are_found_in_the_environment() -> None:
    settings = PortalSettings.from_environ(ENVIRON)
    assert (settings.host, settings.port) == ("127.0.0.1", 8003)
    assert settings.provisioner_socket == Path("/run/p.sock")
    assert settings.logout_url == "/site/hub/logout"
    assert settings.progress_url("a b/c", "m-31") == "/site/hub/spawn-pending/a%20b%2Fc/m-31"
    assert settings.choices_url("a b/c") == "/site/hub/spawn/a%20b%2Fc/"
    assert "secret" not in repr(settings)


@pytest.mark.parametrize("name", sorted(ENVIRON))
def test_a_missing_variable_is_named(name: str) -> None:
    with pytest.raises(SettingsError, match=name):
        PortalSettings.from_environ(ENVIRON | {name: ""})


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "portal.example"])
def test_an_address_that_others_reach_is_refused(host: str) -> None:
    with pytest.raises(SettingsError, match="loopback"):
        PortalSettings.from_environ(ENVIRON | {"JUPYTERHUB_SERVICE_URL": f"http://{host}:8003"})


def test_a_message_survives_its_cookie() -> None:
    assert decode(encode(done("“M 31” is back.")).encode()) == done("“M 31” is back.")


def test_a_long_message_is_cut_to_what_a_cookie_holds() -> None:
    text = decode(encode(failed("ü" * 5000)).encode()).text
    assert text.endswith("…")
    assert len(text.encode()) < 2000
