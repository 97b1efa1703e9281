"""Who may call a provisioner: accounts on a socket, holders of a token over TCP."""

import json
import os
import socket as sockets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import trustme
from tests_service import SERVE, TOKEN, free_place, import_observation, raw, serving, token_file
from zfs_provisioner.__main__ import main
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.errors import (
    InvalidSettingsError,
    ProvisionerUnreachableError,
    UnauthorizedError,
)

STRANGER, FRIEND = 65534, 4242

# Becomes another account and asks; it starts as root, whose Python may be closed to others.
ASK = """
import os, socket, sys
os.setgroups([])
os.setgid(int(sys.argv[2]))
os.setuid(int(sys.argv[2]))
with socket.socket(socket.AF_UNIX) as s:
    s.connect(sys.argv[1])
    s.sendall(b"GET /v1/health HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n")
    answer = b""
    while part := s.recv(65536):
        answer += part
print(answer.split(b"\\r\\n")[0].decode())
print(answer.rpartition(b"\\r\\n")[2].decode())
"""


def as_account(uid: int, socket: Path) -> tuple[str, dict[str, object]]:
    """Return status line and body that an account is answered."""
    done = subprocess.run(
        [sys.executable, "-I", "-c", ASK, socket, str(uid)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    status, body = done.stdout.splitlines()
    return status, json.loads(body)


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="becoming another account needs root")


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A directory that other accounts can pass; pytest's own are closed to them."""
    place = Path("/tmp") / f"casahub-access-{os.getpid()}"
    place.mkdir(mode=0o711)
    yield place
    place.rmdir()


@needs_root
def test_named_accounts_may_call_and_strangers_hear_why_not(
    tmp_path: Path, reachable: Path
) -> None:
    socket = reachable / "p.sock"
    with serving(tmp_path / "root", "--socket", socket, "--allow-uid", str(FRIEND)):
        status, body = as_account(FRIEND, socket)
        assert "200" in status
        assert body["ready"] is True
        status, body = as_account(STRANGER, socket)
        assert "403" in status
        assert body["error"] == "forbidden"
        assert f"--allow-uid {STRANGER}" in str(body["message"])
        status, _body = as_account(0, socket)
        assert "200" in status


@needs_root
def test_without_names_the_file_itself_keeps_others_out(tmp_path: Path, reachable: Path) -> None:
    socket = reachable / "p.sock"
    with (
        serving(tmp_path / "root", "--socket", socket),
        pytest.raises(AssertionError, match="PermissionError"),
    ):
        as_account(STRANGER, socket)


@pytest.fixture
def authority(tmp_path: Path) -> trustme.CA:
    ca = trustme.CA()
    ca.cert_pem.write_to_path(tmp_path / "ca.pem")
    certificate = ca.issue_cert("127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    return ca


async def test_over_tls_with_a_token(tmp_path: Path, authority: trustme.CA) -> None:
    place = free_place()
    options: list[str | Path] = [
        *("--listen", place, "--token-file", token_file(tmp_path)),
        *("--tls-certificate", tmp_path / "cert.pem", "--tls-key", tmp_path / "key.pem"),
    ]
    url, ca = f"https://{place}", tmp_path / "ca.pem"
    with serving(tmp_path / "root", *options):
        async with ProvisionerClient(url, token=TOKEN, ca_file=ca) as client:
            await import_observation(client, tmp_path)
            assert [each.name for each in await client.datasets()] == ["obs"]
        for wrong in (None, "0" * 64, TOKEN + "0"):
            async with ProvisionerClient(url, token=wrong, ca_file=ca) as client:
                with pytest.raises(UnauthorizedError, match="token"):
                    await client.datasets()
        async with ProvisionerClient(url, token=TOKEN) as client:
            with pytest.raises(ProvisionerUnreachableError, match="certificate"):
                await client.datasets()


async def test_on_loopback_a_token_is_enough_and_is_always_asked_for(tmp_path: Path) -> None:
    place = free_place()
    options: list[str | Path] = ["--listen", place, "--token-file", token_file(tmp_path)]
    with serving(tmp_path / "root", *options):
        async with ProvisionerClient(f"http://{place}/", token=TOKEN) as client:
            assert (await client.health()).ready
        async with httpx.AsyncClient(base_url=f"http://{place}") as stranger:
            for path in ("/v1/health", "/metrics", "/v1/events", "/v1/nothing", "/", "/v1/docs"):
                answer = await stranger.get(path)
                assert (answer.status_code, answer.json()["error"]) == (401, "unauthorized"), path
                assert answer.headers["WWW-Authenticate"] == "Bearer"
            described = (await stranger.get("/openapi.json")).json()
            assert "HTTPBearer" in described["components"]["securitySchemes"]
            basic = await stranger.get("/v1/health", headers={"Authorization": f"Basic {TOKEN}"})
            assert basic.status_code == 401


async def test_what_is_not_http_is_refused_in_the_same_form(tmp_path: Path) -> None:
    socket = tmp_path / "p.sock"
    with serving(tmp_path / "root", "--socket", socket):
        with sockets.socket(sockets.AF_UNIX) as plain:
            plain.connect(str(socket))
            plain.sendall(b"\x16\x03\x01 hello\r\n\r\n")
            answer = b"".join(iter(lambda: plain.recv(65536), b""))
        assert json.loads(answer.rpartition(b"\r\n")[2])["error"] == "invalid_request"
        async with raw(socket) as client:
            missing = await client.get("/v1/nothing")
            assert (missing.status_code, missing.json()["error"]) == (404, "unknown_route")
            wrong = await client.patch("/v1/health")
            assert (wrong.status_code, wrong.json()["error"]) == (405, "unknown_route")


LONG = f"tokens {'x' * 40}"


@pytest.mark.parametrize(
    ("options", "token", "mode", "sentence"),
    [
        ([], "", 0, "either --socket FILE or --listen"),
        (["--socket", "s", "--listen", "127.0.0.1:1"], "", 0, "either --socket FILE or --listen"),
        (["--socket", "s", "--token-file", "t"], TOKEN, 0o600, "go with --listen"),
        (["--listen", "127.0.0.1:1", "--allow-uid", "1"], "", 0, "goes with --socket"),
        (["--listen", "127.0.0.1:1"], "", 0, "needs --token-file"),
        (["--listen", "localhost", "--token-file", "t"], TOKEN, 0o600, "use HOST:PORT"),
        (["--listen", "::1:80000", "--token-file", "t"], TOKEN, 0o600, "use HOST:PORT"),
        (["--listen", "0.0.0.0:1", "--token-file", "t"], TOKEN, 0o600, "only a loopback address"),
        (["--listen", "example.org:1", "--token-file", "t"], TOKEN, 0o600, "loopback"),
        (["--listen", "127.0.0.1:1", "--token-file", "t"], TOKEN, 0o640, "chmod 600"),
        (["--listen", "127.0.0.1:1", "--token-file", "t"], "short", 0o600, "at least 32"),
        (["--listen", "127.0.0.1:1", "--token-file", "t"], LONG, 0o600, "one word"),
        (["--listen", "127.0.0.1:1", "--token-file", "none"], "", 0, "cannot be read"),
        (["--listen", "192.0.2.1:1", "--token-file", "t", "--tls-key", "k"], TOKEN, 0o600, "both"),
        (
            [
                *("--listen", "192.0.2.1:1", "--token-file", "t"),
                *("--tls-key", "t", "--tls-certificate", "t"),
            ],
            TOKEN,
            0o600,
            "PEM files",
        ),
    ],
)
def test_what_is_not_safe_is_refused_with_a_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: list[str],
    token: str,
    mode: int,
    sentence: str,
) -> None:
    if token:
        token_file(tmp_path, token, mode).rename(tmp_path / "t")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["zfs-provisioner", "serve", "--root", "root", *options])
    with pytest.raises(SystemExit, match=sentence) as ended:
        main()
    assert str(ended.value).startswith("zfs-provisioner: ")
    assert not (tmp_path / "root").exists()


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with sockets.create_server(("127.0.0.1", 0)) as taken:
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        done = subprocess.run(
            [*SERVE, "--root", tmp_path, "--listen", place, "--token-file", token_file(tmp_path)],
            check=False,
            capture_output=True,
            text=True,
        )
    assert done.returncode == 1
    assert f"Nothing can listen at http://{place}" in done.stderr


@pytest.mark.parametrize("url", ["http://storage.example.org:1", "ftp://x", "127.0.0.1:8300", ""])
def test_a_client_sends_no_token_where_it_can_be_read(url: str) -> None:
    with pytest.raises(InvalidSettingsError, match="https://HOST:PORT"):
        ProvisionerClient(url, token=TOKEN)
