import os
from datetime import timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from casahub.errors import SiteError
from casahub.hub_ports import hub_ports
from casahub.provisioning import collection_options, storage_options
from casahub.settings import Engine, Login, Settings, load_settings
from casahub.site import hub_environment, with_passwords


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take out what the machine that runs the tests may have set."""
    for name in [name for name in os.environ if name.startswith("CASAHUB_") or name == "PORT"]:
        monkeypatch.delenv(name)


def test_without_settings_it_is_the_site_of_make_run() -> None:
    settings = load_settings()
    assert settings.state == Path.cwd() / "var"
    assert settings.url == "http://127.0.0.1:8000"
    assert settings.login is Login.PASSWORD
    assert settings.samples


@pytest.mark.parametrize("name", ["PORT", "CASAHUB_PORT"])
def test_the_port_has_two_names(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "8100")
    assert load_settings().port == 8100


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("PORT", "abc", "PORT: .*valid integer.*'abc'"),
        ("PORT", "0", "PORT: .*greater than or equal to 1 .*'0'"),
        ("PORT", "70000", "PORT: .*less than or equal to 65535 .*'70000'"),
        ("CASAHUB_LOGIN", "ldap", "CASAHUB_LOGIN: .*'password' or 'oidc' .*'ldap'"),
        (
            "CASAHUB_LOGIN",
            "oidc",
            "needs CASAHUB_OIDC_ISSUER, CASAHUB_OIDC_CLIENT_ID, CASAHUB_OIDC_CLIENT_SECRET too",
        ),
        ("CASAHUB_SAMPLES", "perhaps", "CASAHUB_SAMPLES: .*boolean.*'perhaps'"),
        ("CASAHUB_USER_PASSWORD", "short", "CASAHUB_USER_PASSWORD: .*at least 8 characters"),
        ("CASAHUB_ADMIN_PASSWORD", "x" * 31, "CASAHUB_ADMIN_PASSWORD: .*at least 32 characters"),
        ("CASAHUB_ADMINS", " , ", "CASAHUB_ADMINS: .*at least one name"),
        ("CASAHUB_ENGINE", "podman", "CASAHUB_ENGINE: .*'local', 'docker' or 'apptainer'.*podman"),
        ("CASAHUB_ENGINE", "docker", "CASAHUB_ENGINE=docker needs CASAHUB_OFFERS, a file that"),
        ("CASAHUB_OFFERS", "o.toml", "CASAHUB_OFFERS goes with CASAHUB_ENGINE=docker or apptainer"),
        ("CASAHUB_SESSION_ACCOUNT", "ada", "CASAHUB_SESSION_ACCOUNT: .*pattern .*'ada'"),
        ("CASAHUB_HUB_ADDRESS", "hub", "CASAHUB_HUB_ADDRESS: .*IPv4 address .*'hub'"),
        ("CASAHUB_HUB_ADDRESS", "0.0.0.0", "CASAHUB_HUB_ADDRESS: containers cannot connect to it"),
        ("CASAHUB_HUB_ADDRESS", "10.0.0.1", "CASAHUB_HUB_ADDRESS goes with CASAHUB_ENGINE=docker"),
    ],
)
def test_a_wrong_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SiteError, match=sentence):
        load_settings()


@pytest.mark.parametrize("name", ["CASAHUB_USER_PASSWORD", "CASAHUB_ADMIN_PASSWORD"])
def test_a_wrong_password_is_not_shown(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "s3cret")
    with pytest.raises(SiteError) as caught:
        load_settings()
    assert "s3cret" not in str(caught.value)


def test_users_and_administrators_have_different_passwords(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """JupyterHub's authenticator wants it so."""
    monkeypatch.setenv("CASAHUB_USER_PASSWORD", "x" * 40)
    monkeypatch.setenv("CASAHUB_ADMIN_PASSWORD", "x" * 40)
    with pytest.raises(SiteError, match="must differ"):
        load_settings()


def test_passwords_are_made_anew_for_each_run_unless_given() -> None:
    first, second = with_passwords(Settings()), with_passwords(Settings())
    assert first.user_password
    assert first.admin_password
    assert len(first.user_password) >= 8
    assert len(first.admin_password) >= 32
    assert first.user_password != second.user_password
    assert with_passwords(Settings(user_password="observe-the-sky")).user_password == (
        "observe-the-sky"
    )


def test_the_hub_reads_the_same_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = with_passwords(
        Settings(
            state=tmp_path,
            port=8100,
            admins="ada, ben",
            samples=False,
            engine=Engine.DOCKER,
            offers=tmp_path / "offers.toml",
            session_account="1000:100",
            hub_address=IPv4Address("10.1.2.3"),
        )
    )
    for name, value in hub_environment(given).items():
        monkeypatch.setenv(name, value)
    assert load_settings() == given


def test_a_state_may_be_named_from_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert Settings(state=Path("~/casahub")).state == Path("/home/ada/casahub")


@pytest.mark.parametrize(
    ("given", "policy"),
    [("", None), ("~/policy.toml", "/home/ada/policy.toml"), ("/etc/p.toml", "/etc/p.toml")],
)
def test_a_policy_is_one_file_or_the_default(
    monkeypatch: pytest.MonkeyPatch, given: str, policy: str | None
) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("CASAHUB_POLICY", given)
    assert load_settings().policy == (Path(policy) if policy else None)


def test_only_the_provisioner_of_a_site_collects() -> None:
    settings = Settings(policy=Path("/etc/p.toml"))
    for_a_site = collection_options(settings, collects=True)
    assert for_a_site == ["--policy", "/etc/p.toml", "--expect-activity", "hub"]
    assert collection_options(Settings(), collects=False) == ["--no-collection"]


def test_containers_run_as_the_account_that_owns_the_files() -> None:
    settings = Settings(state=Path("/srv/casahub"), session_account="1000:100")
    assert storage_options(settings) == [
        *("--root", "/srv/casahub/storage"),
        *("--session-account", "1000:100"),
    ]


@pytest.mark.parametrize("length", [10, 100, 3000])
def test_the_socket_is_never_longer_than_a_socket_may_be(length: int) -> None:
    """108 bytes with the final zero: unix(7)."""
    states = [Path("/" + kind * length) for kind in ("a", "ä")]
    sockets = [Settings(state=state).socket for state in states]
    assert all(len(os.fsencode(each)) < 108 for each in sockets)
    assert len(set(sockets)) == 2


@pytest.mark.parametrize("port", [1, 8000, 65532, 65533, 65535])
def test_the_ports_of_a_site_are_four_that_exist(port: int) -> None:
    ports = {port, *hub_ports(port).all()}
    assert len(ports) == 4
    assert ports <= set(range(1, 65536))


@pytest.mark.parametrize(
    ("written", "hours"), [("12 hours", 12), ("2 days", 48), ("PT90M", 1.5), ("never", 0), ("0", 0)]
)
def test_times_are_written_as_in_the_policy(
    monkeypatch: pytest.MonkeyPatch, written: str, hours: float
) -> None:
    monkeypatch.setenv("CASAHUB_IDLE_STOP", written)
    settings = load_settings()
    assert settings.idle_stop == timedelta(hours=hours)
    # The services read again what the hub wrote.
    monkeypatch.setenv("CASAHUB_IDLE_STOP", settings.model_dump(mode="json")["idle_stop"])
    assert load_settings() == settings


@pytest.mark.parametrize(("written", "why"), [("soon", ".*'soon'"), ("-PT1H", ".*equal to 0")])
def test_a_time_that_is_none_is_named(
    monkeypatch: pytest.MonkeyPatch, written: str, why: str
) -> None:
    monkeypatch.setenv("CASAHUB_IDLE_STOP", written)
    with pytest.raises(SiteError, match=f"CASAHUB_IDLE_STOP: {why}"):
        load_settings()
