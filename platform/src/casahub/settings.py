"""Settings of a site, from the environment: every one is `CASAHUB_` and its name in capitals.

They reach the hub and the portal through the environment too, so that all processes of a site read
the same ones.
"""

import hashlib
import os
import tempfile
from datetime import timedelta
from enum import StrEnum
from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated, Final

from pydantic import (
    AliasChoices,
    BeforeValidator,
    ByteSize,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict
from zfs_provisioner.gc.policy import parse_duration

from casahub.errors import SiteError

_LONGEST_SOCKET: Final = 100  # bytes; sun_path of unix(7) holds 108
_LAST_PORT: Final = 65535
_SHORTEST_USER_PASSWORD: Final = 8  # JupyterHub's SharedPasswordAuthenticator refuses less
_SHORTEST_ADMIN_PASSWORD: Final = 32
_SECRET: Final = ("_PASSWORD", "_SECRET")  # ends of the names of what no message may repeat


def _written(text: object) -> object:
    """Return the timedelta of "12 hours", "0" or "never"; pydantic reads ISO 8601, "PT12H"."""
    if text in {"0", "never"}:
        return timedelta(0)
    try:
        return parse_duration(text)
    except ValueError:
        return text


WrittenTime = Annotated[timedelta, BeforeValidator(_written)]


class Login(StrEnum):
    """How people prove who they are."""

    PASSWORD = "password"  # noqa: S105  # the name of a method, not a password
    OIDC = "oidc"


class Engine(StrEnum):
    """What sessions run in."""

    LOCAL = "local"
    DOCKER = "docker"
    APPTAINER = "apptainer"


class Settings(BaseSettings):
    """One site's settings; the defaults are those of `make run`."""

    model_config = SettingsConfigDict(env_prefix="CASAHUB_", extra="ignore", populate_by_name=True)

    state: Path = Field(
        default=Path("var"), description="Directory that holds everything the site keeps"
    )
    port: int = Field(
        default=8000,
        ge=1,
        le=_LAST_PORT,
        validation_alias=AliasChoices("PORT", "CASAHUB_PORT"),
        description="Port of the site on the loopback interface",
    )
    login: Login = Field(
        default=Login.PASSWORD, description="password: one made for each run; oidc: OpenID Connect"
    )
    user_password: str | None = Field(
        default=None, min_length=_SHORTEST_USER_PASSWORD, description="Instead of a made one"
    )
    admin_password: str | None = Field(
        default=None, min_length=_SHORTEST_ADMIN_PASSWORD, description="Instead of a made one"
    )
    admins: str = Field(default="admin", description="Names of administrators, comma-separated")
    oidc_issuer: str = Field(default="", description="URL of the OpenID provider")
    oidc_client_id: str = Field(default="", description="The site's name at the provider")
    oidc_client_secret: str = Field(default="", description="The site's secret at the provider")
    oidc_username_claim: str = Field(
        default="preferred_username", description="Claim that names the user"
    )
    zfs: str = Field(
        default="",
        description="Filesystem on ZFS for workspaces, such as tank/casahub; else CASAHUB_STATE",
    )
    zfs_guid: int | None = Field(
        default=None, description="Guid that this filesystem must have; any when it is not set"
    )
    owner_quota: ByteSize | None = Field(
        default=None, description="What a new user's changes may take on ZFS, such as 50GB"
    )
    policy: Path | None = Field(
        default=None, description="File that says for how long what is kept; else the default"
    )
    engine: Engine = Field(
        default=Engine.LOCAL, description="local: processes; docker and apptainer: containers"
    )
    offers: Path | None = Field(
        default=None, description="File that names the images and sizes of containers"
    )
    session_account: str | None = Field(
        default=None,
        pattern=r"^\d+:\d+$",
        description="UID:GID that containers run as, and that owns workspaces; else the site's",
    )
    hub_address: IPv4Address | None = Field(
        default=None, description="Address at which Docker's containers reach the hub"
    )
    samples: bool = Field(default=True, description="Import the sample observations at first start")

    idle_stop: WrittenTime = Field(
        default=timedelta(hours=12),
        ge=timedelta(0),
        description="A session in which nothing happened for so long is stopped; never: none is",
    )
    idle_keep: WrittenTime = Field(
        default=timedelta(days=7),
        gt=timedelta(0),
        description="How far ahead somebody may ask to leave an idle session alone",
    )

    @field_validator("state")
    @classmethod
    def _absolute(cls, state: Path) -> Path:
        return state.expanduser().resolve()

    @field_validator("policy", "offers", mode="before")
    @classmethod
    def _absolute_file(cls, file: str | Path | None) -> Path | None:
        """Take an empty one for none, as those who unset a variable in a file of them write it."""
        return Path(file).expanduser().resolve() if file else None

    @field_validator("session_account", "hub_address", mode="before")
    @classmethod
    def _nothing_is_none(cls, text: object) -> object:
        return text or None

    @field_validator("hub_address")
    @classmethod
    def _one_address(cls, address: IPv4Address | None) -> IPv4Address | None:
        if address is not None and address.is_unspecified:
            raise ValueError("containers cannot connect to it: give one address of this machine")
        return address

    @model_validator(mode="after")
    def _complete_oidc(self) -> "Settings":
        if self.login is Login.OIDC:
            wanted = ("oidc_issuer", "oidc_client_id", "oidc_client_secret")
            missing = [f"CASAHUB_{name.upper()}" for name in wanted if not getattr(self, name)]
            if missing:
                message = f"CASAHUB_LOGIN=oidc needs {', '.join(missing)} too"
                raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _zfs_for_what_is_on_zfs(self) -> "Settings":
        if not self.zfs and (self.zfs_guid is not None or self.owner_quota is not None):
            raise ValueError("CASAHUB_ZFS_GUID and CASAHUB_OWNER_QUOTA go with CASAHUB_ZFS")
        return self

    @model_validator(mode="after")
    def _engines_need_what_is_theirs(self) -> "Settings":
        if self.engine is Engine.LOCAL and self.offers is not None:
            raise ValueError(
                "CASAHUB_OFFERS goes with CASAHUB_ENGINE=docker or apptainer: local processes have "
                "the site's own programs and no limits"
            )
        if self.engine is not Engine.LOCAL and self.offers is None:
            message = f"CASAHUB_ENGINE={self.engine} needs CASAHUB_OFFERS, a file that names images"
            raise ValueError(message)
        if self.engine is not Engine.DOCKER and self.hub_address is not None:
            raise ValueError("CASAHUB_HUB_ADDRESS goes with CASAHUB_ENGINE=docker")
        return self

    @model_validator(mode="after")
    def _different_passwords(self) -> "Settings":
        """Refuse what JupyterHub's SharedPasswordAuthenticator would refuse."""
        if self.user_password is not None and self.user_password == self.admin_password:
            raise ValueError("CASAHUB_USER_PASSWORD and CASAHUB_ADMIN_PASSWORD must differ")
        return self

    @field_validator("admins")
    @classmethod
    def _somebody(cls, admins: str) -> str:
        names = [name.strip() for name in admins.split(",") if name.strip()]
        if not names:
            raise ValueError("give at least one name")
        return ",".join(names)

    @property
    def storage(self) -> Path:
        """Root of the directory storage."""
        return self.state / "storage"

    @property
    def provisioner(self) -> Path:
        """What the provisioner keeps beside a pool: its audit log and where it mounts."""
        return self.state / "provisioner"

    @property
    def hub(self) -> Path:
        """The hub's database and secrets."""
        return self.state / "hub"

    @property
    def proxy_pid(self) -> Path:
        """The file in which the hub keeps the number of the proxy's process."""
        return self.hub / "proxy.pid"

    @property
    def homes(self) -> Path:
        """Homes of sessions on this machine."""
        return self.state / "homes"

    @property
    def logs(self) -> Path:
        """Log files of provisioner, hub and proxy."""
        return self.state / "log"

    @property
    def lock(self) -> Path:
        """The file that a running site locks."""
        return self.state / "site.lock"

    @property
    def culling(self) -> Path:
        """What people and the culler wrote about idle sessions."""
        return self.state / "culling"

    @property
    def turns(self) -> Path:
        """The file that commands lock where no site runs."""
        return self.state / "commands.lock"

    @property
    def staging(self) -> Path:
        """Where sample observations are made before their import; emptied at each start."""
        return self.state / "staging"

    @property
    def socket(self) -> Path:
        """The provisioner's socket; elsewhere where the state's path is too long for one."""
        usual = self.state / "run" / "provisioner.sock"
        if len(os.fsencode(usual)) <= _LONGEST_SOCKET:
            return usual
        key = hashlib.sha256(os.fsencode(self.state)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"casahub-{os.getuid()}-{key}" / "provisioner.sock"

    @property
    def url(self) -> str:
        """Where the site answers."""
        return f"http://127.0.0.1:{self.port}"


def load_settings() -> Settings:
    """Return the settings of the environment, or raise SiteError that names the wrong one."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        name = name if name == "PORT" or not name else f"CASAHUB_{name}"
        shown = isinstance(first["input"], str) and not name.endswith(_SECRET)
        given = f" (given: {first['input']!r})" if shown else ""
        message = f"{name or 'Settings'}: {first['msg'].removeprefix('Value error, ')}{given}."
        raise SiteError(message) from error
