"""Names, labels and requests of containers; the daemon itself is in `engines/engine_docker.py`."""

import re

import pytest
from casahub_spawner.docker import DockerWorkspaceSpawner
from casahub_spawner.docker_container import (
    HARDENING,
    completed,
    container_slug,
    death_notice,
    found_session,
    labels_of,
)
from casahub_spawner.found import FoundSession
from hypothesis import given
from hypothesis import strategies as st
from traitlets.config import Config

# What Docker takes for a name, and DNS for a label, after the prefix.
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
WORDS = st.text(max_size=300)
LOST = FoundSession("site", "Ünïcode 天文", "", "an id", "container")


@given(st.tuples(WORDS, WORDS, WORDS), st.tuples(WORDS, WORDS, WORDS))
def test_names_fit_and_differ(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    assert NAME.fullmatch(container_slug(*one))
    assert (container_slug(*one) == container_slug(*other)) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("s", "a-b", "c"), ("s", "a", "b-c")),
        (("s", "a", ""), ("s", "", "a")),
        (("s", "Vera", "x"), ("s", "vera", "x")),
        (("one", "vera", "x"), ("other", "vera", "x")),
    ],
)
def test_names_that_look_alike_differ(
    one: tuple[str, str, str], other: tuple[str, str, str]
) -> None:
    assert container_slug(*one) != container_slug(*other)


def test_people_know_their_container() -> None:
    assert container_slug("site", "vera", "rotation").startswith("vera-rotation-")


def test_labels_tell_whose_a_container_is() -> None:
    assert found_session("container", labels_of(LOST)) == LOST
    assert found_session("container", {"casahub.site": "site"}) is None
    assert found_session("container", None) is None


def test_the_site_goes_before_what_all_containers_have() -> None:
    hardening = {"CapDrop": ["ALL"], "ReadonlyRootfs": True}
    configured = {"host_config": {"ReadonlyRootfs": False, "Memory": 2**30, "AutoRemove": True}}
    request = completed(configured, account="1:2", labels={}, hardening=hardening)
    assert request["user"] == "1:2"
    assert request["host_config"] == {
        "CapDrop": ["ALL"],
        "ReadonlyRootfs": False,
        "Memory": 2**30,
        "MemorySwap": 2**30,
        "AutoRemove": False,  # what goes at once has no last words
    }


def test_nobody_else_can_say_whose_a_container_is() -> None:
    configured = {"user": "root", "labels": {"casahub.owner": "mallory", "team": "a"}}
    request = completed(configured, account="1:2", labels=labels_of(LOST), hardening={})
    assert request["user"] == "root"
    assert request["labels"] == {"team": "a", **labels_of(LOST)}


def test_docker_says_why_a_container_ended() -> None:
    assert "limit of 64 MiB" in death_notice({"OOMKilled": True}, 64 * 2**20)
    assert "what the machine has" in death_notice({"OOMKilled": True}, 0)
    assert death_notice({"Error": "no such file"}, 0) == "no such file"
    assert death_notice({"ExitCode": 3}, 0) == ""


def test_a_part_of_the_hardening_can_be_changed() -> None:
    config = Config()
    config.DockerWorkspaceSpawner.hardening.update({"read_only": False})
    spawner = DockerWorkspaceSpawner(config=config)
    assert spawner.hardening == {**HARDENING, "read_only": False}
    assert HARDENING["read_only"]
