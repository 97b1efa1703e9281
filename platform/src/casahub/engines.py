"""What sessions run in, as the settings say it: the engine, its images and sizes, its network."""

import ipaddress
import tomllib
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

import psutil
from casahub_spawner.errors import InvalidOffersError
from casahub_spawner.offers import Offers, parse_offers
from pydantic import TypeAdapter

from casahub.errors import SiteError
from casahub.settings import Engine, Settings

if TYPE_CHECKING:
    from casahub_spawner.mixin import WorkspaceMixin

_BRIDGE: Final = "docker0"  # Docker's own network, whose address is this machine's for containers
_LOOPBACK: Final = "127.0.0.1"


def site_offers(settings: Settings) -> Offers:
    """Return the images and sizes of the site.

    Raises
    ------
    SiteError
        The file cannot be read or says something else, or the engine needs what it does not say.
    """
    path = settings.offers
    if path is None:
        return Offers()
    try:
        offers = parse_offers(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise SiteError(f"CASAHUB_OFFERS: {path} cannot be read ({error.strerror}).") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SiteError(f"CASAHUB_OFFERS: {path} is not TOML: {error}.") from error
    except InvalidOffersError as error:
        raise SiteError(f"CASAHUB_OFFERS: {path} is refused: {error}.") from error
    if not offers.images:
        raise SiteError(f"CASAHUB_OFFERS: {path} names no image; [[images]] begins one.")
    return offers


def spawner_class(engine: Engine) -> "type[WorkspaceMixin]":
    """Return the spawner of an engine; only that one's libraries have to be installed.

    Raises
    ------
    SiteError
        They are not.
    """
    try:
        module = import_module(f"casahub_spawner.{engine}")
    except ModuleNotFoundError as error:
        raise SiteError(
            f"CASAHUB_ENGINE={engine} needs {error.name}, which is not installed: install "
            f"casahub-spawner[{engine}]."
        ) from error
    found: type[WorkspaceMixin] = getattr(module, f"{engine.capitalize()}WorkspaceSpawner")
    return found


def as_traits(offers: Offers) -> dict[str, list[dict[str, Any]]]:
    """Return the offers as the spawners' configuration has them."""
    traits: dict[str, list[dict[str, Any]]] = TypeAdapter(Offers).dump_python(offers, mode="json")
    return traits


def hub_address(settings: Settings) -> str:
    """Return the address at which sessions reach the hub.

    Raises
    ------
    SiteError
        Containers have another network, and it is not known how they reach this machine.
    """
    if settings.hub_address is not None:
        return str(settings.hub_address)
    if settings.engine is not Engine.DOCKER:
        return _LOOPBACK
    for each in psutil.net_if_addrs().get(_BRIDGE, ()):
        if _is_ipv4(each.address):
            return str(each.address)
    raise SiteError(
        f"There is no network {_BRIDGE}, over which containers would reach the hub: start Docker, "
        "or name this machine's address on theirs in CASAHUB_HUB_ADDRESS."
    )


def _is_ipv4(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True
