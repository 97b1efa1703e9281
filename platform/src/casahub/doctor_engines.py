"""What this machine lacks for the engine that the settings name, in sentences."""

import asyncio
import os
import shutil
from collections.abc import Sequence
from importlib import import_module
from typing import Final

from casahub_spawner.offers import Image
from zfs_provisioner.doctor import Finding, ask

from casahub.engines import hub_address, site_offers, spawner_class
from casahub.errors import SiteError
from casahub.settings import Engine, Settings

_PATIENCE: Final = 10  # seconds for Docker's answer
_PROGRAMS: Final = ("apptainer", "singularity")
_PLACES: Final = ("/", ".")  # what an image's reference begins with where it is a file


async def examine_engine(settings: Settings) -> list[Finding]:
    """Look at the engine, its images, and how its sessions reach the hub."""
    if settings.engine is Engine.LOCAL:
        sentence = "Sessions are processes of this machine, without limits (CASAHUB_ENGINE=local)."
        return [Finding("engine", True, True, sentence)]
    try:
        spawner_class(settings.engine)
        images = site_offers(settings).images
    except SiteError as error:
        return [Finding("engine", False, True, str(error))]
    look = _docker if settings.engine is Engine.DOCKER else _apptainer
    return [*await asyncio.to_thread(look, images), *_network(settings), *_account(settings)]


def _docker(images: Sequence[Image]) -> list[Finding]:
    docker = import_module("docker")
    try:
        client = docker.from_env(timeout=_PATIENCE)
        version = client.version()["Version"]
        here = {tag for image in client.images.list() for tag in image.tags}
    except docker.errors.DockerException as error:
        where = os.environ.get("DOCKER_HOST", "/var/run/docker.sock")
        sentence = (
            f"Docker does not answer at {where} ({error}): start it, let this account use it "
            "(group docker), or name another place in DOCKER_HOST."
        )
        return [Finding("engine", False, True, sentence)]
    findings = [Finding("engine", True, True, f"Docker {version} answers.")]
    return [*findings, *(_docker_image(each, here) for each in images)]


def _docker_image(image: Image, here: set[str]) -> Finding:
    name = image.reference.rpartition("/")[2]
    tagged = image.reference if ":" in name or "@" in name else f"{image.reference}:latest"
    if tagged in here or "@" in name:
        return Finding("image", True, False, f"Image {image.name}: {image.reference} is here.")
    sentence = (
        f"Image {image.name}: {image.reference} is not here, and its first session has to pull it: "
        f"docker pull {image.reference}"
    )
    return Finding("image", False, False, sentence)


def _apptainer(images: Sequence[Image]) -> list[Finding]:
    program = next(filter(None, map(shutil.which, _PROGRAMS)), None)
    if program is None:
        sentence = (
            "Neither apptainer nor singularity is on PATH: install Apptainer, or set "
            "CASAHUB_ENGINE=local."
        )
        return [Finding("engine", False, True, sentence)]
    answer = ask([program, "--version"])
    good = answer.status == 0
    sentence = f"{answer.text} at {program}." if good else f"{program} does not run: {answer.text}."
    return [Finding("engine", good, True, sentence), *map(_apptainer_image, images)]


def _apptainer_image(image: Image) -> Finding:
    if not image.reference.startswith(_PLACES) or os.access(image.reference, os.F_OK):
        return Finding("image", True, False, f"Image {image.name}: {image.reference}.")
    sentence = (
        f"Image {image.name}: there is no {image.reference}, or we may not look; `make images` "
        "builds one."
    )
    return Finding("image", False, True, sentence)


def _network(settings: Settings) -> list[Finding]:
    try:
        address = hub_address(settings)
    except SiteError as error:
        return [Finding("network", False, True, str(error))]
    return [Finding("network", True, True, f"Sessions reach the hub at {address}.")]


def _account(settings: Settings) -> list[Finding]:
    if settings.session_account is not None or os.geteuid() != 0:
        return []
    sentence = (
        "Sessions run as root in their containers: name an account without rights in "
        "CASAHUB_SESSION_ACCOUNT, such as 1000:1000."
    )
    return [Finding("account", False, False, sentence)]
