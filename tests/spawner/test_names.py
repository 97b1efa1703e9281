import re

import pytest
from casahub_spawner.names import LONGEST, session_name
from hypothesis import given
from hypothesis import strategies as st

ACCEPTED = re.compile(r"[a-z][a-z0-9-]{0,29}")  # jupyterhub 6, apihandlers/users.py


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("NGC 5921", "ngc-5921"),
        ("3C 273, VLA B-array", "w-3c-273-vla-b-array"),
        ("Größe der Übertragung", "große-der-ubertragung".replace("ß", "")),
        ("  --  ", "w"),
        ("猫", "w"),
    ],
)
def test_a_title_becomes_a_readable_name(title: str, name: str) -> None:
    assert session_name(title, ()) == name


def test_a_taken_name_gets_a_number() -> None:
    assert session_name("NGC 5921", {"ngc-5921", "ngc-5921-2"}) == "ngc-5921-3"


def test_a_long_name_keeps_its_number() -> None:
    first = session_name("x" * 100, ())
    second = session_name("x" * 100, {first})
    assert second == f"{first}-2"
    assert len(session_name("x" * 100, {f"{first}-{n}" for n in range(2, 99)} | {first})) <= LONGEST


@given(st.text(max_size=200), st.integers(0, 20))
def test_every_title_gives_names_that_the_hub_accepts(title: str, many: int) -> None:
    taken: set[str] = set()
    for _ in range(many + 1):
        name = session_name(title, taken)
        assert ACCEPTED.fullmatch(name)
        assert name not in taken
        taken.add(name)
