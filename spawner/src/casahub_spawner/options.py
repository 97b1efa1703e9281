"""What a user may ask for when a session starts: a workspace, an image, a size."""

from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from zfs_provisioner.model import (
    CheckpointName,
    CheckpointRef,
    Dataset,
    Workspace,
    WorkspaceId,
)
from zfs_provisioner.naming import (
    LONGEST_TITLE,
    parse_checkpoint,
    parse_title,
    parse_workspace_id,
)

from casahub_spawner.errors import InvalidOptionsError
from casahub_spawner.offers import Offers, chosen

_KNOWN: Final = "workspace, dataset, release, branch, name, image, size, rescue"
_TRUE: Final = frozenset({"1", "on", "true", "yes"})  # as forms and addresses say it
_FALSE: Final = frozenset({"", "0", "off", "false", "no"})


@dataclass(frozen=True, slots=True)
class OpenWorkspace:
    """Start on a workspace that exists."""

    workspace: WorkspaceId


@dataclass(frozen=True, slots=True)
class NewWorkspace:
    """Start on a clone of a release.

    With an id, asking again with the same id means the same workspace. Without one, a session that
    had a workspace for this very request gets it again, and any other gets a new one.
    """

    dataset: str
    release: str
    name: str
    workspace: WorkspaceId | None = None


@dataclass(frozen=True, slots=True)
class NewBranch:
    """Start on a clone of a checkpoint; the id is as that of `NewWorkspace`.

    Attributes
    ----------
    name
        Empty for that of the workspace with the checkpoint, and when it was made.
    """

    origin: WorkspaceId
    checkpoint: CheckpointName
    name: str
    workspace: WorkspaceId | None = None


Asked = OpenWorkspace | NewWorkspace | NewBranch


@dataclass(frozen=True, slots=True)
class Choice:
    """What was asked for.

    Attributes
    ----------
    workspace
        None for the one that the session had last.
    image, size
        Names of offers; empty for those that the session had last, or the site's default.
    rescue
        Whether a full workspace should be opened all the same, with a little more room.
    """

    workspace: Asked | None = None
    image: str = ""
    size: str = ""
    rescue: bool = False


class _Branch(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    workspace: str = Field(min_length=1)
    checkpoint: str = Field(min_length=1)


class _Options(BaseModel):
    """All options; what is not here, such as a spawner's own, is refused."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    workspace: str = ""
    dataset: str = ""
    release: str = ""
    branch: _Branch | None = None
    name: str = ""
    image: str = ""
    size: str = ""
    rescue: bool = False

    @field_validator("branch", mode="before")
    @classmethod
    def _from_text(cls, given: object) -> object:
        """Read `<workspace>@<checkpoint>`, as a form and an address say it; empty is none."""
        if not isinstance(given, str):
            return given
        workspace, _, checkpoint = given.strip().partition("@")
        return {"workspace": workspace, "checkpoint": checkpoint} if given.strip() else None

    @field_validator("rescue", mode="before")
    @classmethod
    def _from_word(cls, given: object) -> object:
        if isinstance(given, bool):
            return given
        word = given.strip().lower() if isinstance(given, str) else None
        if word in _TRUE | _FALSE:
            return word in _TRUE
        raise ValueError("it is true or false")


def parse_options(
    options: dict[str, Any],  # JSON of a REST request, or what a form sent
    datasets: list[Dataset],
    offers: Offers,
) -> Choice:
    """Return the choice; one of nothing when the options ask for nothing.

    `release` may be left out (the newest), and `name` (the dataset's title).

    Raises
    ------
    InvalidOptionsError
        An unknown key, dataset, release, image or size, or options that exclude each other.
    InvalidNameError, UnknownCheckpointError
        An id, name or checkpoint breaks the provisioner's rules.
    """
    try:
        asked = _Options.model_validate(options)
    except ValidationError as error:
        raise InvalidOptionsError(_first_fault(error)) from error
    chosen("image", offers.images, asked.image)
    chosen("size", offers.sizes, asked.size)
    workspace = _workspace(asked, datasets)
    if asked.rescue and isinstance(workspace, NewWorkspace | NewBranch):
        raise InvalidOptionsError(
            "Option 'rescue' opens a full workspace that exists: name it in 'workspace'."
        )
    return Choice(workspace=workspace, image=asked.image, size=asked.size, rescue=asked.rescue)


def default_name(dataset: Dataset) -> str:
    """Return the name of a workspace that got none: the title, as far as it can be a name."""
    printable = "".join(each for each in dataset.info.title if each.isprintable())
    return printable.strip()[:LONGEST_TITLE] or dataset.name


def branch_name(origin: Workspace, checkpoint: CheckpointName) -> str:
    """Return the name of a branch that got none: that of its origin, and of when it was."""
    moment = parse_checkpoint(checkpoint).created.strftime(", %Y-%m-%d %H:%M")
    return origin.spec.name[: LONGEST_TITLE - len(moment)] + moment


def is_branch(workspace: Workspace, asked: NewBranch) -> bool:
    """Tell whether a workspace is the one that was asked for."""
    wanted = CheckpointRef(workspace=asked.origin, checkpoint=asked.checkpoint)
    return workspace.spec.branch == wanted and asked.name in {"", workspace.spec.name}


def _workspace(asked: _Options, datasets: list[Dataset]) -> Asked | None:
    workspace = parse_workspace_id(asked.workspace) if asked.workspace else None
    if asked.dataset and asked.branch:
        raise InvalidOptionsError("Options 'dataset' and 'branch' exclude each other: name one.")
    if asked.branch:
        if asked.release:
            raise InvalidOptionsError("Option 'release' goes with 'dataset', not with 'branch'.")
        return NewBranch(
            origin=parse_workspace_id(asked.branch.workspace),
            checkpoint=parse_checkpoint(asked.branch.checkpoint).name,
            name=parse_title(asked.name) if asked.name else "",
            workspace=workspace,
        )
    if asked.dataset:
        dataset = _dataset(asked.dataset, datasets)
        return NewWorkspace(
            dataset=dataset.name,
            release=_release(asked.release, dataset),
            name=parse_title(asked.name or default_name(dataset)),
            workspace=workspace,
        )
    if asked.release or asked.name:
        raise InvalidOptionsError(
            "Options 'release' and 'name' go with 'dataset', and 'name' with 'branch': name one."
        )
    return OpenWorkspace(workspace) if workspace else None


def _first_fault(error: ValidationError) -> str:
    first = error.errors()[0]
    where, what = ".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, ")
    return (
        f"Option {where!r}: {what}. Options are {_KNOWN}: 'branch' is an object of 'workspace' and "
        "'checkpoint', 'rescue' true or false, and each other one a string."
    )


def _dataset(name: str, datasets: list[Dataset]) -> Dataset:
    for each in datasets:
        if each.name == name:
            return each
    known = ", ".join(each.name for each in datasets) or "none yet"
    raise InvalidOptionsError(f"There is no dataset {name!r}. The archive has: {known}.")


def _release(name: str, dataset: Dataset) -> str:
    if not name:
        return dataset.newest.name
    for each in dataset.releases:
        if each.name == name:
            return each.name
    known = ", ".join(each.name for each in dataset.releases)
    raise InvalidOptionsError(f"Dataset {dataset.name!r} has no release {name!r}. It has: {known}.")
