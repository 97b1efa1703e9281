"""What a site offers, as its configuration says it."""

import pytest
from casahub_spawner.errors import InvalidOffersError, InvalidOptionsError
from casahub_spawner.local import LocalWorkspaceSpawner
from casahub_spawner.offers import Image, Offers, Size, chosen, parse_offers
from hypothesis import given
from hypothesis import strategies as st
from traitlets import TraitError
from traitlets.config import Config

CASA = {"name": "casa", "title": "CASA 6.7", "reference": "casahub/notebook:1"}
SMALL = {"name": "small", "cpus": 2, "memory": "4G"}


def test_offers_are_read_as_they_are_written() -> None:
    offers = parse_offers({"images": [CASA], "sizes": [SMALL]})
    assert offers == Offers(
        images=(Image(name="casa", title="CASA 6.7", reference="casahub/notebook:1"),),
        sizes=(Size(name="small", title="2 CPUs, 4 GiB", cpus=2, memory=4 * 2**30),),
    )
    assert parse_offers({}) == Offers()


@pytest.mark.parametrize(
    ("memory", "amount"),
    [
        ("4G", 2**32),
        ("4GiB", 2**32),
        ("4 GB", 4 * 10**9),
        ("1.5G", 3 * 2**29),
        (2**32, 2**32),
        ("512M", 2**29),
    ],
)
def test_memory_has_any_unit(memory: object, amount: int) -> None:
    [size] = parse_offers({"sizes": [SMALL | {"memory": memory}]}).sizes
    assert size.memory == amount


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"sizes": [{"name": "s", "cpus": 2}]}, "^sizes, no. 1, memory: Field required$"),
        ({"sizes": [{"name": "s", "memory": "4G"}]}, "^sizes, no. 1, cpus: Field required$"),
        ({"sizes": [SMALL, SMALL | {"name": "l", "memory": 4}]}, "no. 2, memory: .*67108864"),
        ({"sizes": [SMALL | {"memory": "much"}]}, "no. 1, memory: could not parse value and unit"),
        ({"sizes": [SMALL | {"cpus": 0}]}, "cpus: .*greater than 0"),
        ({"sizes": [SMALL | {"cpus": "nan"}]}, "cpus: "),
        ({"sizes": [SMALL, SMALL]}, "two sizes are named 'small'"),
        ({"images": [CASA, CASA]}, "two images are named 'casa'"),
        ({"images": [CASA | {"name": "My image"}]}, "images, no. 1, name: .*pattern"),
        ({"images": [{"name": "casa", "reference": " "}]}, "reference: .*at least 1 character"),
        ({"images": [CASA | {"memory": "4G"}]}, "images, no. 1, memory: Unexpected"),
        ({"images": "casa"}, "^images: "),
        ({"image": [CASA]}, "^image: Extra inputs"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(given: object, sentence: str) -> None:
    with pytest.raises(InvalidOffersError, match=sentence):
        parse_offers(given)


@pytest.mark.parametrize(
    ("trait", "given", "sentence"),
    [
        ("sizes", [{"name": "s", "cpus": 2}], r"LocalWorkspaceSpawner\.sizes: sizes, no. 1, mem"),
        ("images", [{"name": "s"}], r"LocalWorkspaceSpawner\.images: images, no. 1, reference: F"),
    ],
)
def test_a_spawners_configuration_is_read_when_it_is_made(
    trait: str, given: object, sentence: str
) -> None:
    with pytest.raises(TraitError, match=sentence):
        LocalWorkspaceSpawner(config=Config(LocalWorkspaceSpawner={trait: given}))


def test_a_size_limits_the_server() -> None:
    config = Config(LocalWorkspaceSpawner={"sizes": [SMALL]})
    assert LocalWorkspaceSpawner(config=config).offers == parse_offers({"sizes": [SMALL]})


IMAGES = [Image(name=each, reference="r") for each in ("a", "b", "c")]


@given(st.sampled_from(["", "a", "b", "c", "d"]), st.sampled_from(["", "a", "c", "gone"]))
def test_what_is_asked_for_goes_before_what_was_and_the_first(asked: str, had: str) -> None:
    if asked == "d":
        with pytest.raises(InvalidOptionsError, match=r"no image 'd'\. This site offers: a, b, c"):
            chosen("image", IMAGES, asked, had)
        return
    found = chosen("image", IMAGES, asked, had)
    assert found
    assert found.name == (asked or (had if had in {"a", "c"} else "a"))


def test_nothing_offered_is_nothing_chosen() -> None:
    assert chosen("size", (), "", "small") is None
