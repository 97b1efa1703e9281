"""The whole site on Docker and on Apptainer, as an admin brings it up and a person uses it.

Run by `test_on_engines`, where the engines are.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from tests_engines import LEFT_BEHIND, open_directory
from tests_hub import hub_secret, sign_in, until
from tests_site import USER_PASSWORD, RunningSite


@dataclass(frozen=True, slots=True)
class Kind:
    """What differs between the engines."""

    image: str
    account: str


KINDS = {
    "docker": Kind("CASAHUB_TEST_IMAGE", "1000:1000"),
    "apptainer": Kind("CASAHUB_TEST_SIF", "33:33"),
}
OFFERS = """
[[images]]
name = "casa"
title = "CASA, as it was built here"
reference = "{image}"

[[sizes]]
name = "small"
cpus = 1
memory = "2 GiB"
"""


@pytest.fixture
def directory() -> Iterator[Path]:
    with open_directory() as directory:
        yield directory


@pytest.fixture(params=list(KINDS))
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def site(engine: str, directory: Path) -> Iterator[RunningSite]:
    """A site with one dataset, as its admin set it up."""
    kind, offers = KINDS[engine], directory / "offers.toml"
    offers.write_text(OFFERS.format(image=os.environ[kind.image]))
    state = directory / "var"
    site = RunningSite(
        state,
        CASAHUB_ENGINE=engine,
        CASAHUB_OFFERS=str(offers),
        CASAHUB_SESSION_ACCOUNT=kind.account,
        CASAHUB_SAMPLES="false",
    )
    (directory / "observation").mkdir()
    (directory / "observation" / "notes.txt").write_text("flat, all the way out")
    added = site.command("archive", "add", "ngc5921@1", str(directory / "observation"))
    assert added.returncode == 0, added.stderr
    with site.running():
        yield site
    assert LEFT_BEHIND[engine](state) == []


def test_a_person_works_in_a_session_and_finds_it_after_the_site_was_down(
    site: RunningSite, engine: str
) -> None:
    told = site.command("doctor").stdout.splitlines()
    assert any(engine in line.lower() for line in told)
    fields = {"choice": "new:ngc5921@1", "fresh": str(uuid.uuid4()), "name": "Rotation"}
    with closing(sign_in(site.url, "vera", USER_PASSWORD)) as person:
        start(person, **fields)
        assert note(person) == "flat, all the way out"
        listed = site.command("sessions")
        assert (listed.returncode, "vera" in listed.stdout) == (0, True), listed.stderr
    site.stop()
    site.start()
    with closing(sign_in(site.url, "vera", USER_PASSWORD)) as person:
        start(person, choice=f"open:{fields['fresh']}")
        assert note(person) == "flat, all the way out"


def start(person: httpx.Client, **fields: str) -> None:
    """Fill in the hub's form, and wait until JupyterLab shows."""
    secret = {"_xsrf": hub_secret(person)}
    answer = person.post("/hub/spawn/vera/first", params=secret, data=fields)
    assert answer.is_success, answer.text
    until("it shows", lambda: person.get("/user/vera/first/lab").url.path.endswith("/lab"), 90)


def note(person: httpx.Client) -> str:
    """Return the observation's file, as the session serves it."""
    answer = person.get("/user/vera/first/api/contents/notes.txt").raise_for_status()
    return str(answer.json()["content"])
