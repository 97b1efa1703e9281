"""Sessions in Docker containers of the hub's machine.

A container is named after site, user and server, and carries labels that say the same: what has
that name without those labels is somebody else's and is left alone. It is removed when its session
ended and its last words were heard.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Final, TypeVar

import docker
from docker.errors import APIError, ImageNotFound, NotFound
from docker.types import Mount
from docker.utils import kwargs_from_env
from traitlets import Dict, Unicode, default
from zfs_provisioner.model import Workspace

from casahub_spawner.accounts import Account, ensure_owned
from casahub_spawner.compat import refused
from casahub_spawner.docker_container import (
    HARDENING,
    completed,
    container_slug,
    death_notice,
    found_session,
    label_filter,
    labels_of,
)
from casahub_spawner.docker_ends import DOCKER_ERRORS, Ends
from casahub_spawner.docker_engine import CarefulDockerSpawner
from casahub_spawner.found import EngineError, FoundSession
from casahub_spawner.host import RUNTIME, HostWorkspaceMixin
from casahub_spawner.offers import Image
from casahub_spawner.session_log import last_of

Answer = TypeVar("Answer")

_LINES: Final = 20  # of the log that a failure shows
_GRACE: Final = 10  # seconds for a server to end its kernels; Jupyter takes about one
_AWAY: Final = (
    "Docker does not answer. Running sessions and your data are safe: try again in a minute; "
    "if it stays so, tell the site's administrators."
)


class DockerWorkspaceSpawner(HostWorkspaceMixin, CarefulDockerSpawner):
    """A notebook server in a container, with the workspace at `~/work`."""

    container_home = Unicode(
        "/home/astronomer",
        help="Home of a session inside its container: that of the image's user, for all users.",
    ).tag(config=True)

    hardening = Dict(
        HARDENING,
        help="""
        What keeps a container in its place, as arguments of docker-py's host configuration. Change
        a part by `c.DockerWorkspaceSpawner.hardening.update({"read_only": False})`; what
        `extra_host_config` has goes before it.
        """,
    ).tag(config=True)

    unreachable = DOCKER_ERRORS
    _ends: ClassVar[Ends | None] = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._binds: dict[str, str] = {}  # from a path of this machine to one in the container
        self._offer: Image | None = None
        super().__init__(*args, **kwargs)

    @default("prefix")
    def _default_prefix(self) -> str:
        return "casahub"

    @default("name_template")
    def _default_name_template(self) -> str:
        return "{prefix}-{session}"

    def template_namespace(self) -> dict[str, str]:
        """Return upstream's words for templates, and `session`: unique for any names, and short."""
        namespace: dict[str, str] = super().template_namespace()
        return namespace | {"session": container_slug(self.site, self._owner, self.name)}

    # What it runs in, and with

    def use_image(self, image: Image) -> None:
        """Let the server that starts next run in this image."""
        self._offer = image
        self.image = image.reference

    async def check_allowed(self, image: str) -> str:
        """Return the reference of an image; what `use_image` was told is allowed."""
        if self._offer is not None and image == self._offer.name:
            return self._offer.reference
        allowed: str = await super().check_allowed(image)
        return allowed

    async def attach_workspace(self, workspace: Workspace) -> None:
        """Bind home and workspace; the server runs as the owner of the workspace's files."""
        home, work = self.home_of(workspace), f"{self.container_home}/work"
        self._account = await asyncio.to_thread(self._prepare, home, Path(workspace.path))
        self._binds = {str(home): self.container_home, workspace.path: work}
        self.notebook_dir = work
        await self.ensure_removed()  # what a hub that was killed left behind

    def _prepare(self, home: Path, work: Path) -> Account:
        """Leave the home to the account that the workspace's files belong to, and return that."""
        files = work.stat()
        account = Account(self._owner, files.st_uid, files.st_gid)
        try:
            for each in ("work", RUNTIME):
                ensure_owned(home, each, account)
        except PermissionError as error:
            sentence = (
                f"The session has to run as the account number {account.uid}, and the hub may not "
                "leave files to it: run the hub as that account or as root."
            )
            raise refused(sentence, "account", 500) from error
        return account

    @property
    def mount_binds(self) -> list[Mount]:
        """The site's mounts, home and workspace."""
        # Unlike those of `volumes`, a source that is missing is an error, not a new directory.
        ours = [Mount(target, source, type="bind") for source, target in self._binds.items()]
        return [*super().mount_binds, *ours]

    def get_env(self) -> dict[str, str]:
        """Return the server's environment, with its home."""
        env: dict[str, str] = super().get_env()
        # The account need not be one of the image's: programs ask here first.
        env = self._names | env
        env["HOME"] = self.container_home
        env["JUPYTER_RUNTIME_DIR"] = f"{self.container_home}/{RUNTIME}"
        return env

    def container_request(self, configured: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments for the container, with account, labels and hardening."""
        return completed(
            configured,
            account=f"{self._account.uid}:{self._account.gid}",
            labels=labels_of(self.found_as("")),
            hardening=self.client.create_host_config(**self.hardening),
        )

    def is_ours(self, container: dict[str, Any]) -> bool:
        """Return whether its labels name site, user and server of this session."""
        found = found_session("", container["Config"]["Labels"])
        return found is not None and found == replace(self.found_as(""), workspace=found.workspace)

    # Start

    async def start(self) -> str | tuple[str, int]:
        """Start the session.

        Raises
        ------
        HTTPError
            With Docker's own words and what can be done.
        """
        try:
            return await super().start()
        except ImageNotFound as error:  # with the pull policy "skip" it is noticed this late
            raise self._no_image(error) from error
        except APIError as error:
            sentence = f"Docker does not start the session: {error.explanation}"
            raise refused(sentence, "docker", 500) from error
        except DOCKER_ERRORS as error:
            self.log.warning("Docker does not answer: %s", error)
            raise refused(_AWAY, "docker_away", 503) from error

    async def pull_image(self, image: str) -> None:
        """Have the image on this machine, as far as `pull_policy` allows.

        Raises
        ------
        HTTPError
            With a sentence that names the image and the remedy.
        """
        try:
            await super().pull_image(image)
            if self.pull_policy != "skip":
                # A registry may refuse within an answer that upstream takes for success.
                await self.docker("inspect_image", image)
        except APIError as error:
            raise self._no_image(error) from error

    def _no_image(self, error: APIError) -> Exception:
        self.log.error("No image %s: %s", self.image, error)
        return refused(
            f"The image {self.image!r} is not on this machine and could not be fetched: "
            f"{error.explanation}. Choose another one, or ask the site's administrators to run "
            f"`docker pull {self.image}`.",
            "no_image",
            500,
        )

    async def get_url(self) -> str:
        """Return the server's address; Docker's, when a hub was killed before it could keep it."""
        known: str = await super().get_url()
        if self.server.ip:
            return known
        try:
            ip, port = await self.get_ip_and_port()
        except DOCKER_ERRORS as error:
            self.log.warning("No address of %s: %s", self._log_name, error)
            return known
        scheme = "https" if self.internal_ssl else "http"
        return f"{scheme}://{ip}:{port}{self.server.base_url}"

    # Its end

    async def exited(self) -> int | None:
        """Wait for the container's end and return its status, None if it is not known."""
        cls = DockerWorkspaceSpawner
        if cls._ends is None:
            cls._ends = Ends(lambda: self.client)  # the same for all
        return await cls._ends.of(self.container_id) if self.container_id else None

    @property
    def log_place(self) -> str:
        """No place on this machine: Docker keeps what the server wrote, until it is removed."""
        return ""

    async def last_words(self) -> str:
        """Return the end of the container's log, and what Docker knows of its end."""
        try:
            container = await self.get_object()
            if container is None:
                return ""
            log: bytes = await self.docker("logs", self.container_id, tail=_LINES)
        except DOCKER_ERRORS as error:
            self.log.warning("No last words of %s: %s", self._log_name, error)
            return ""
        said = last_of(log.decode(errors="replace"))
        why = death_notice(container["State"], container["HostConfig"]["Memory"])
        return " / ".join(filter(None, (said, why)))

    async def clear_away(self) -> bool:
        """Remove the container however it ended; one that cannot be removed may go on."""
        try:
            if self.remove:
                await self.ensure_removed()
        except DOCKER_ERRORS:
            self.log.exception("The container of %s could not be removed", self._log_name)
            return False
        return await super().clear_away()


# For the reconciler


async def sessions(site: str) -> list[FoundSession]:
    """Return the sessions of a site that Docker has, in whatever state their containers are.

    Raises
    ------
    EngineError
        Docker does not answer, so nothing is known.
    """
    return await _asked(lambda client: _sessions(client, site))


async def end(session: FoundSession) -> None:
    """End a session; one that is gone is fine, and a later start of its server stays.

    Raises
    ------
    EngineError
        Docker does not do it.
    """
    await _asked(lambda client: _end(client, session.engine_id))


def _sessions(client: docker.APIClient, site: str) -> list[FoundSession]:
    containers = client.containers(all=True, filters={"label": label_filter(site)})
    found = (found_session(each["Id"], each["Labels"]) for each in containers)
    return [each for each in found if each is not None]


def _end(client: docker.APIClient, container_id: str) -> None:
    try:
        client.stop(container_id, timeout=_GRACE)
        client.remove_container(container_id, v=True, force=True)
    except NotFound:
        return


async def _asked(question: Callable[[docker.APIClient], Answer]) -> Answer:
    def asked() -> Answer:
        with contextlib.closing(docker.APIClient(version="auto", **kwargs_from_env())) as client:
            return question(client)

    try:
        return await asyncio.to_thread(asked)
    except DOCKER_ERRORS as error:
        raise EngineError(f"Docker does not answer, look into its log: {error}") from error
