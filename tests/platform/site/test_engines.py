"""What sessions run in, by the settings, and what is missing for it here."""

import shutil
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import pytest
from casahub.doctor_engines import examine_engine
from casahub.engines import as_traits, hub_address, site_offers, spawner_class
from casahub.errors import SiteError
from casahub.settings import Engine, Settings
from casahub_spawner.mixin import WorkspaceMixin
from casahub_spawner.offers import parse_offers
from zfs_provisioner.doctor import Finding

TRUE = str(shutil.which("true"))
OFFERS = """
[[images]]
name = "casa"
title = "CASA 6.7"
reference = "{reference}"

[[sizes]]
name = "small"
cpus = 2
memory = "8G"
"""


@pytest.fixture
def offers(tmp_path: Path) -> Path:
    path = tmp_path / "offers.toml"
    path.write_text(OFFERS.format(reference=tmp_path / "casa.sif"))
    return path


def settings_of(engine: Engine, offers: Path, **others: Any) -> Settings:
    return Settings(engine=engine, offers=offers, **others)


def test_a_file_names_what_the_site_offers(offers: Path) -> None:
    found = site_offers(settings_of(Engine.APPTAINER, offers))
    assert [each.title for each in found.images] == ["CASA 6.7"]
    assert [(each.cpus, each.memory) for each in found.sizes] == [(2, 8 * 2**30)]
    assert parse_offers(as_traits(found)) == found  # as the spawner reads them


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[images]", r"offers.toml is not TOML: "),
        ('[[images]]\nname = "casa"', "is refused: images, no. 1, reference: Field required"),
        ("", r"offers.toml names no image; \[\[images\]\] begins one"),
        ("\udcff", "is not TOML: "),
    ],
)
def test_a_bad_file_is_refused_with_a_sentence(offers: Path, text: str, sentence: str) -> None:
    offers.write_text(text, errors="surrogateescape")
    with pytest.raises(SiteError, match=sentence):
        site_offers(settings_of(Engine.DOCKER, offers))


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match=r"CASAHUB_OFFERS: .*none.toml cannot be read \(No such"):
        site_offers(settings_of(Engine.DOCKER, tmp_path / "none.toml"))


@pytest.mark.parametrize("engine", Engine)
def test_every_engine_has_a_spawner(engine: Engine) -> None:
    found = spawner_class(engine)
    assert issubclass(found, WorkspaceMixin)
    assert found.__name__.lower() == f"{engine}workspacespawner"


def test_containers_reach_the_hub_where_it_is_said(
    offers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert hub_address(Settings()) == "127.0.0.1"
    assert hub_address(settings_of(Engine.APPTAINER, offers)) == "127.0.0.1"
    named = settings_of(Engine.DOCKER, offers, hub_address=IPv4Address("10.1.2.3"))
    assert hub_address(named) == "10.1.2.3"
    monkeypatch.setattr("casahub.engines._BRIDGE", "lo")
    assert hub_address(settings_of(Engine.DOCKER, offers)) == "127.0.0.1"
    monkeypatch.setattr("casahub.engines._BRIDGE", "no-such-bridge")
    with pytest.raises(SiteError, match=r"start Docker, or name .* in CASAHUB_HUB_ADDRESS"):
        hub_address(settings_of(Engine.DOCKER, offers))


# What `casahub doctor` says


async def found(settings: Settings) -> dict[str, Finding]:
    return {each.what: each for each in await examine_engine(settings)}


async def test_local_sessions_need_nothing() -> None:
    assert (await found(Settings()))["engine"].good


async def test_docker_that_is_away_is_said(
    offers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    engine = (await found(settings_of(Engine.DOCKER, offers)))["engine"]
    assert (engine.good, engine.needed) == (False, True)
    assert f"Docker does not answer at unix://{tmp_path}/docker.sock" in engine.sentence
    assert "start it, let this account use it (group docker)" in engine.sentence


async def test_apptainer_that_is_not_there_is_said(
    offers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    engine = (await found(settings_of(Engine.APPTAINER, offers)))["engine"]
    assert (engine.good, engine.needed) == (False, True)
    assert "Neither apptainer nor singularity is on PATH: install Apptainer" in engine.sentence


@pytest.fixture
def any_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program in the place of Apptainer, where what is looked at are images."""
    (tmp_path / "apptainer").symlink_to(TRUE)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("any_program")
async def test_an_image_that_is_not_there_is_said(offers: Path, tmp_path: Path) -> None:
    image = (await found(settings_of(Engine.APPTAINER, offers)))["image"]
    assert (image.good, image.needed) == (False, True)
    assert image.sentence == (
        f"Image casa: there is no {tmp_path}/casa.sif, or we may not look; `make images` "
        "builds one."
    )


@pytest.fixture
def built(tmp_path: Path) -> None:
    (tmp_path / "casa.sif").touch()


@pytest.mark.usefixtures("any_program", "built")
async def test_an_image_that_is_there_is_said(offers: Path) -> None:
    assert (await found(settings_of(Engine.APPTAINER, offers)))["image"].good


@pytest.fixture
def no_images(offers: Path) -> Path:
    offers.write_text("")
    return offers


async def test_bad_offers_are_a_finding(no_images: Path) -> None:
    engine = (await found(settings_of(Engine.DOCKER, no_images)))["engine"]
    assert not engine.good
    assert "names no image" in engine.sentence
