"""The REST interface against whatever its own description allows, and what it does not.

Each operation is called on a real provisioner over TCP: once as schemathesis makes the requests,
and once with the names of what exists put in, so that requests get past the first refusal.
"""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode, checks
from schemathesis.core.result import Ok
from tests_service import TOKEN, free_place, import_observation, serving, token_file
from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.errors import ReleaseExistsError

Case = schemathesis.Case[Any]  # its parameter is the library's own affair
AUTHORIZED = {"Authorization": f"Bearer {TOKEN}"}
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
# 17 operations, four times: half a minute.
EXAMPLES = 20


@dataclass
class Site:
    """A provisioner that is being called, and what is in it."""

    url: str
    sources: Path
    workspace: str
    checkpoint: str


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    place = tmp_path_factory.mktemp("fuzz")
    at = free_place()
    with serving(place / "root", "--listen", at, "--token-file", token_file(place)):
        url, workspace = f"http://{at}", str(uuid.uuid4())
        sources = place / "sources"
        sources.mkdir()
        checkpoint = asyncio.run(_fill(url, sources, workspace))
        yield Site(url, sources, workspace, checkpoint)


async def _fill(url: str, place: Path, workspace: str) -> str:
    async with ProvisionerClient(url, token=TOKEN) as client:
        with suppress(ReleaseExistsError):
            await import_observation(client, place)
        await client.create(workspace, "alice", dataset="obs", release="1", name="A test")
        return (await client.checkpoint(workspace, "alice")).name


BOUNDED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,  # a run in CI finds what the same commit's run found here
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("known", [False, True], ids=["any names", "names of what there is"])
def test_no_request_makes_it_fail(site: Site, mode: GenerationMode, known: bool) -> None:
    described = schemathesis.openapi.from_url(f"{site.url}/openapi.json")
    # The stream without end has its tests in test_service_events.
    for found in described.exclude(path="/v1/events").get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        if mode is GenerationMode.NEGATIVE and not list(operation.iter_parameters()):
            continue  # nothing about it could be wrong

        @BOUNDED
        @given(operation.as_strategy(generation_mode=mode))
        def call(case: Case) -> None:
            if known:
                put_in(case, site)
            keep_out(case, site)
            case.validate_response(case.call(headers=AUTHORIZED), checks=CHECKS)

        call()


def put_in(case: Case, site: Site) -> None:
    """Name what there is, so that the request gets past the first refusal."""
    real = {"workspace": site.workspace, "dataset": "obs", "owner": "alice"}
    for values in (case.path_parameters, case.query):
        for name in set(values) & set(real):
            values[name] = real[name]
    if isinstance(case.body, dict) and "checkpoint" in case.body:
        case.body["checkpoint"] = site.checkpoint


def keep_out(case: Case, site: Site) -> None:
    """Import from the test's own directory only: the description allows `/` too."""
    source = case.body.get("source") if isinstance(case.body, dict) else None
    if isinstance(case.body, dict) and isinstance(source, str):
        tail = source.replace("/", "_")
        case.body["source"] = str(site.sources / ("observation" if len(tail) % 2 else tail))


async def test_a_number_that_is_none_is_refused(site: Site) -> None:
    async with httpx.AsyncClient(base_url=site.url, headers=AUTHORIZED) as client:
        answer = await client.get("/v1/events", headers={"Last-Event-ID": "yesterday"})
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid_request")
