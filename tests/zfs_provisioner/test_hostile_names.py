"""Names that try to lead elsewhere, sent as they are to a real provisioner: refused, in words."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests_processes import provisioner
from tests_provisioner import INFO
from zfs_provisioner.client import ProvisionerClient

HOSTILE = [
    "..",
    ".",
    "../../etc/passwd",
    "/etc/passwd",
    "a/b",
    "obs@1",
    "obs%2F1",
    "two words",
    " ",
    "",
    "x" * 300,
    "nul\0",
    "line\nbreak",
    "\x1b[31mred",
    "-rf",
    "ü",
    "$(reboot)",
    "*",
]
WID, NOBODY = "0f5f2f2e-9d2f-4f65-9b0c-0a4f5b8f9a11", "0f5f2f2e-9d2f-4f65-9b0c-0a4f5b8f9a12"
POINT = "user-20260102T030405Z-1"
CREATE = {"dataset": "obs", "release": "1", "name": "x"}
INFORMATION = {"title": "x"}


Ask = tuple[str, str, dict[str, str], object]  # method, path, query, body
ALICE = {"owner": "alice"}


def in_paths(name: str) -> Iterator[Ask]:
    quoted = "".join(f"%{byte:02X}" for byte in name.encode())  # as a client would not send it
    for dataset, release in ((quoted, "1"), ("obs", quoted)):
        path = f"/datasets/{dataset}/releases/{release}"
        yield "PUT", path, {}, {"source": "/nowhere", "info": INFORMATION}
        yield "GET", f"{path}/verification", {}, None
        yield "GET", f"{path}/holders", {}, None
        yield "PUT", f"{path}/retirement", {}, None
        yield "DELETE", f"{path}/retirement", {}, None
    yield "PUT", f"/workspaces/{quoted}", ALICE, CREATE
    yield "GET", f"/workspaces/{quoted}", ALICE, None
    yield "PUT", f"/workspaces/{quoted}/trash", ALICE, None
    yield "POST", f"/workspaces/{quoted}/checkpoints", ALICE, None


def in_values(name: str) -> Iterator[Ask]:
    body = {"checkpoint": POINT, "dataset": "obs", "release": "2", "info": INFORMATION}
    for field in ("dataset", "release"):
        yield "PUT", f"/workspaces/{NOBODY}", ALICE, CREATE | {field: name}
        yield "POST", f"/workspaces/{WID}/publish", ALICE, body | {field: name}
    branch = {"origin": WID, "checkpoint": POINT, "name": "x"}
    for field in ("origin", "checkpoint"):
        yield "PUT", f"/workspaces/{NOBODY}/branch", ALICE, branch | {field: name}
    yield "GET", f"/workspaces/{WID}/changes", ALICE | {"older": name}, None
    yield "GET", f"/workspaces/{WID}/changes", ALICE | {"older": POINT, "newer": name}, None
    yield "POST", f"/workspaces/{WID}/restore", ALICE, {"checkpoint": name}
    yield "POST", f"/workspaces/{WID}/publish", ALICE, body | {"checkpoint": name}
    # Another owner, whatever his name: to him the workspace is not there.
    for path in ("", "/usage", "/checkpoints"):
        yield "GET", f"/workspaces/{WID}{path}", {"owner": name}, None
    yield "PUT", f"/workspaces/{WID}/trash", {"owner": name}, None


def everything(root: Path) -> dict[str, int]:
    return {str(each): each.lstat().st_size for each in root.rglob("*")}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    place = tmp_path_factory.mktemp("hostile")
    (place / "observation").mkdir()
    (place / "observation" / "table.dat").write_bytes(b"data")
    process = provisioner(place / "p.sock", "--root", str(place / "root"))
    process.start("serving ")
    asyncio.run(prepare(place))
    yield place
    process.stop()
    assert not [line for line in process.said if "Traceback" in line]


async def prepare(place: Path) -> None:
    async with ProvisionerClient(place / "p.sock") as client:
        await client.import_release("obs", "1", place / "observation", INFO)
        await client.create(WID, "alice", dataset="obs", release="1", name="x")
        await client.checkpoint(WID, "alice")


@pytest.fixture
async def http(place: Path) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.AsyncHTTPTransport(uds=str(place / "p.sock"))
    async with httpx.AsyncClient(transport=transport, base_url="http://x/v1") as client:
        yield client


def explained(answer: httpx.Response) -> bool:
    """Tell whether the answer says in words what is wrong; 404 and 405 are no route of ours."""
    body: Any = answer.json()
    if "message" in body:
        return body["message"].isprintable() and 20 < len(body["message"]) < 1000
    return bool(body["detail"])


async def test_hostile_names_are_refused_and_change_nothing(
    place: Path, http: httpx.AsyncClient
) -> None:
    before = everything(place / "root")
    asks = [ask for name in HOSTILE for ask in in_values(name)]
    asks += [ask for name in HOSTILE if name for ask in in_paths(name)]
    for method, path, query, body in asks:
        answer = await http.request(method, path, params=query, json=body)
        where = f"{method} {path} {query} {body}: {answer.status_code} {answer.text[:300]}"
        assert 400 <= answer.status_code < 500, where
        assert explained(answer), where
    assert everything(place / "root") == before


async def test_odd_names_of_people_and_workspaces_are_only_names(
    place: Path, http: httpx.AsyncClient
) -> None:
    """Any printable name is one: it must not lead out of the root, and be found again."""
    owners = ["..", "a/b", "a@b", "-rf", "x" * 255, "ü", "*", "two words", "$(reboot)"]
    for owner in owners:
        wid = str(uuid.uuid4())
        body = CREATE | {"name": owner[:100]}
        made = await http.put(f"/workspaces/{wid}", params={"owner": owner}, json=body)
        assert made.status_code == 200, made.text
        assert Path(made.json()["path"]).is_relative_to(place / "root" / "ws")
        (found,) = (await http.get("/workspaces", params={"owner": owner})).json()
        assert (found["id"], found["spec"]["name"]) == (wid, owner[:100])
    for wrong in ("", "x" * 300, "nul\0", "line\nbreak", "\x1b[31mred"):
        for owner, name in ((wrong, "x"), ("alice", wrong)):
            refused = await http.put(
                f"/workspaces/{NOBODY}", params={"owner": owner}, json=CREATE | {"name": name}
            )
            assert refused.status_code == 400, refused.text
            assert refused.json()["error"] == "invalid_name"
    assert not [each for each in (place / "root").rglob("*") if "reboot" in each.name]


@pytest.mark.parametrize("path", [*HOSTILE[:4], "a/../b", "a//b", "", "nul\0"])
async def test_a_path_that_leads_elsewhere_is_refused(http: httpx.AsyncClient, path: str) -> None:
    (point,) = (await http.get(f"/workspaces/{WID}/checkpoints", params={"owner": "alice"})).json()
    answer = await http.post(
        f"/workspaces/{WID}/restore",
        params={"owner": "alice"},
        json={"checkpoint": point["name"], "paths": [path]},
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_path")
