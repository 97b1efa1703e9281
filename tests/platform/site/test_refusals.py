"""A site that cannot start says why in one sentence, and starts nothing."""

import contextlib
import os
import re
import shutil
import socket
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest
from tests_command import Command
from tests_provisioner import Mount
from tests_site import MakeSite, RunningSite

FIRST_OPEN = Path("/proc/sys/net/ipv4/ip_unprivileged_port_start")


def refusal(site: RunningSite, through: Sequence[str] = ()) -> str:
    """Return the sentence with which `casahub up` ends; it has started nothing."""
    sentence = Command(site.state, **site.environment).fails("up", through=through)
    assert site.leftovers() == []
    assert not (site.state / "log" / "hub.log").exists()
    return sentence


def test_a_taken_port_is_named_with_who_has_it(make_site: MakeSite) -> None:
    site = make_site()
    for port in (site.port, site.port + 3):
        with socket.create_server(("127.0.0.1", port)):
            assert refusal(site) == (
                f"Port {port} on 127.0.0.1 is taken by {psutil.Process().name()} (pid "
                f"{os.getpid()}). The site uses {site.port} to {site.port + 3}: stop that "
                f"program, or choose other ports: make run PORT={site.port + 100}"
            )


def test_near_the_last_port_another_one_is_named_that_exists(make_site: MakeSite) -> None:
    with socket.create_server(("127.0.0.1", 65535)):
        sentence = refusal(make_site(PORT="65535"))
    assert "The site uses 65532 to 65535" in sentence
    assert sentence.endswith("make run PORT=65435")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"PORT": "abc"}, "PORT: .*valid integer.*abc"),
        ({"PORT": "0"}, "PORT: .*greater than or equal to 1"),
        ({"PORT": "70000"}, "PORT: .*less than or equal to 65535"),
        ({"CASAHUB_USER_PASSWORD": "short"}, "CASAHUB_USER_PASSWORD: .*at least 8 characters"),
        ({"CASAHUB_LOGIN": "oidc"}, "CASAHUB_LOGIN=oidc needs CASAHUB_OIDC_ISSUER, "),
        (
            {
                "CASAHUB_LOGIN": "oidc",
                "CASAHUB_OIDC_ISSUER": "http://127.0.0.1:9",
                "CASAHUB_OIDC_CLIENT_ID": "casahub",
                "CASAHUB_OIDC_CLIENT_SECRET": "secret",
            },
            "OpenID provider does not answer at http://127.0.0.1:9/.well-known/.*: check CASAHUB_O",
        ),
    ],
)
def test_a_wrong_setting(make_site: MakeSite, settings: dict[str, str], sentence: str) -> None:
    assert re.search(sentence, refusal(make_site(**settings)))


def test_a_port_that_only_root_may_use(make_site: MakeSite) -> None:
    setpriv = shutil.which("setpriv")
    if os.geteuid() or not setpriv or not int(FIRST_OPEN.read_text()):
        pytest.skip("needs root, to give up its rights, and ports that are root's alone")
    right = "-net_bind_service"
    without_right = [setpriv, f"--inh-caps={right}", f"--bounding-set={right}"]
    sentence = refusal(make_site(PORT="80"), through=without_right)
    assert sentence == (
        "Port 80 may not be used by this account: choose one from 1024 up with PORT=."
    )


def test_a_full_disk_is_said_before_anything_starts(make_site: MakeSite, mount: Mount) -> None:
    disk = mount("tmpfs", "64k")
    with (disk / "ballast").open("wb") as ballast, contextlib.suppress(OSError):
        ballast.write(b"0" * 10**6)
    sentence = refusal(make_site(disk / "state"))
    assert f"{disk}/state cannot be used for the site's state (No space left" in sentence
    assert "make room there" in sentence


def test_a_bad_policy_is_said_before_anything_starts(make_site: MakeSite, tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    site = make_site(CASAHUB_POLICY=str(policy))
    assert f"The policy {policy} cannot be read: " in refusal(site)
    policy.write_text('[workspaces]\nidle = "a while"\n')
    assert f"The policy {policy} is refused: workspaces.idle: " in refusal(site)
    assert not site.state.exists()
    listing = Command(site.state, **site.environment).fails("workspace", "list")
    assert f"The policy {policy} is refused: workspaces.idle: " in listing
