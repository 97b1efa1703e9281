"""What a user may ask for when a session starts: a new workspace, or one that exists."""

from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError
from zfs_provisioner.model import Dataset, WorkspaceId
from zfs_provisioner.naming import LONGEST_TITLE, parse_title, parse_workspace_id

_KNOWN: Final = "workspace, dataset, release, name"


class InvalidOptionsError(ValueError):
    """The user options cannot be fulfilled; the message says what can."""


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


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    workspace: str = ""
    dataset: str = ""
    release: str = ""
    name: str = ""


def parse_options(
    options: dict[str, Any],  # JSON of a REST request, or what a form sent
    datasets: list[Dataset],
) -> OpenWorkspace | NewWorkspace | None:
    """Return the request; None when the options ask for nothing.

    `release` may be left out (the newest), and `name` (the dataset's title).

    Raises
    ------
    InvalidOptionsError
        An unknown key, dataset or release.
    InvalidNameError
        The id or name breaks the provisioner's rules.
    """
    try:
        asked = _Options.model_validate(options)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        message = f"Option {where!r}: {first['msg']}. Options are {_KNOWN}, each a string."
        raise InvalidOptionsError(message) from error
    workspace = parse_workspace_id(asked.workspace) if asked.workspace else None
    if not asked.dataset:
        _refuse_leftovers(asked)
        return OpenWorkspace(workspace) if workspace else None
    dataset = _dataset(asked.dataset, datasets)
    return NewWorkspace(
        dataset=dataset.name,
        release=_release(asked.release, dataset),
        name=parse_title(asked.name or default_name(dataset)),
        workspace=workspace,
    )


def default_name(dataset: Dataset) -> str:
    """Return the name of a workspace that got none: the title, as far as it can be a name."""
    printable = "".join(each for each in dataset.info.title if each.isprintable())
    return printable.strip()[:LONGEST_TITLE] or dataset.name


def _refuse_leftovers(asked: _Options) -> None:
    if asked.release or asked.name:
        raise InvalidOptionsError("Options 'release' and 'name' go with 'dataset': name one.")


def _dataset(name: str, datasets: list[Dataset]) -> Dataset:
    for each in datasets:
        if each.name == name:
            return each
    known = ", ".join(each.name for each in datasets) or "none yet"
    raise InvalidOptionsError(f"There is no dataset {name!r}. The archive has: {known}.")


def _release(name: str, dataset: Dataset) -> str:
    if not name:
        return dataset.newest.name
    if any(each.name == name for each in dataset.releases):
        return name
    known = ", ".join(each.name for each in dataset.releases)
    raise InvalidOptionsError(f"Dataset {dataset.name!r} has no release {name!r}. It has: {known}.")
