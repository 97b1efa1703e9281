"""Trees, records, anchors and pins as JSON, and checked on the way back.

Files come from a disk, and those of a layer from somebody else: nothing in them is believed that
was not looked at. A document's first line is the digest of its second one, which is the JSON.
"""

import json
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from blake3 import blake3

from recompute.errors import DamagedError
from recompute.model import ABSENT, Digest, File, Json, Key, Output, Record, StateId, Tree
from recompute.store.layout import is_digest

# What a file holds is anything until it was looked at.
_Raw = Any
_T = TypeVar("_T")


def seal(body: Json) -> bytes:
    """Return a document."""
    # ASCII: names of files may hold bytes that are no UTF-8. Order counts in results.
    text = json.dumps(body, separators=(",", ":"), allow_nan=False).encode("ascii")
    return blake3(text).hexdigest().encode() + b"\n" + text + b"\n"


def unseal(
    document: bytes, name: str, read: Callable[[_Raw], _T], expected: Digest | None = None
) -> _T:
    """Return what a document says.

    Parameters
    ----------
    name
        Of the document, for messages.
    read
        `tree_of` or another one of here.
    expected
        The document's digest, if its name is that.

    Raises
    ------
    DamagedError
        It was changed, or says something else.
    """
    digest, _, rest = document.partition(b"\n")
    text = rest.removesuffix(b"\n")
    found = blake3(text).hexdigest()
    if found.encode() != digest or expected not in {None, found}:
        raise DamagedError(f"{name} was changed on disk; recompute verify repairs the store")
    try:
        return read(json.loads(text))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DamagedError(f"{name} is of no known form; recompute verify repairs it") from error


def digest_of(document: bytes) -> Digest:
    """Return what names a tree: the digest of its JSON."""
    return Digest(document.partition(b"\n")[0].decode("ascii"))


def json_of_tree(tree: Tree) -> Json:
    """Return a tree's JSON, equal for equal trees."""
    return {
        "files": {
            name: [each.blob, each.size, each.mode, each.content]
            for name, each in sorted(tree.files.items())
        },
        "directories": list(tree.directories),
        "links": dict(sorted(tree.links.items())),
    }


def tree_of(raw: _Raw) -> Tree:
    """Return the tree that its JSON says.

    A name that leads out of the tree is refused: trees of layers are put in place as well.
    """
    tree = Tree(
        files={_text(name): _file_of(each) for name, each in raw["files"].items()},
        directories=tuple(_text(each) for each in raw["directories"]),
        links={_text(name): _text(target) for name, target in raw["links"].items()},
    )
    names = [*tree.files, *tree.links, *tree.directories]
    if tree.is_file and len(names) == 1:
        return tree
    # Not behind a link, which may lead anywhere.
    ends = tree.files.keys() | tree.links.keys()
    for name in names:
        _refuse_name(name, ends)
    return tree


def _refuse_name(name: str, ends: AbstractSet[str]) -> None:
    """Refuse a name that leads out of its tree, or behind a file or link."""
    parts = name.split("/")
    above = {"/".join(parts[:count]) for count in range(1, len(parts))}
    if not all(parts) or {".", ".."} & set(parts) or "\0" in name or above & ends:
        raise ValueError(name)


def _file_of(raw: _Raw) -> File:
    blob, size, mode, content = raw
    return File(
        blob=_digest(blob),
        size=_count(size),
        mode=_count(mode) & 0o7777,
        content=None if content is None else _digest(content),
    )


def json_of_record(record: Record) -> Json:
    """Return a record's JSON."""
    return {
        "key": record.key,
        "task": record.task,
        "parameters": dict(record.parameters),
        "versions": dict(record.versions),
        "outputs": [
            {"slot": each.slot, "ending": each.ending, "tree": each.tree, "state": each.state}
            for each in record.outputs
        ],
        "seconds": record.seconds,
        "created": record.created.isoformat(),
        "result": record.result,
        "log": list(record.log),
        "figures": list(record.figures),
        "bound": dict(record.bound),
    }


def record_of(raw: _Raw) -> Record:
    """Return the record that its JSON says."""
    return Record(
        key=Key(_digest(raw["key"])),
        task=_text(raw["task"]),
        parameters=_object(raw["parameters"]),
        versions=_texts_by_name(raw["versions"]),
        outputs=tuple(_output_of(each) for each in raw["outputs"]),
        seconds=float(raw["seconds"]),
        created=datetime.fromisoformat(raw["created"]),
        result=raw["result"],
        log=tuple(_text(each) for each in raw["log"]),
        figures=tuple(_digest(each) for each in raw["figures"]),
        bound=_texts_by_name(raw["bound"]),
    )


def _output_of(raw: _Raw) -> Output:
    tree, state = raw["tree"], _text(raw["state"])
    return Output(
        slot=_text(raw["slot"]),
        ending=_text(raw["ending"]),
        tree=None if tree is None else _digest(tree),
        state=ABSENT if state == ABSENT else StateId(_digest(state)),
    )


@dataclass(frozen=True, slots=True)
class Anchor:
    """A tree that cannot be computed again; with the tree, in case that its document is damaged."""

    name: str
    kept: Digest
    tree: Tree


def json_of_anchor(anchor: Anchor) -> Json:
    """Return an anchor's JSON."""
    return {"name": anchor.name, "kept": anchor.kept, "tree": json_of_tree(anchor.tree)}


def anchor_of(raw: _Raw) -> Anchor:
    """Return the anchor that its JSON says."""
    return Anchor(_text(raw["name"]), _digest(raw["kept"]), tree_of(raw["tree"]))


def pin_of(raw: _Raw) -> str:
    """Return why a record is pinned, which is all that its JSON says."""
    return _text(raw)


def _text(raw: _Raw) -> str:
    if not isinstance(raw, str):
        raise TypeError(raw)
    return raw


def _count(raw: _Raw) -> int:
    if type(raw) is not int or raw < 0:
        raise ValueError(raw)
    return raw


def _digest(raw: _Raw) -> Digest:
    if not is_digest(_text(raw)):
        raise ValueError(raw)
    return Digest(raw)


def _object(raw: _Raw) -> Mapping[str, Json]:
    if not isinstance(raw, dict):
        raise TypeError(raw)
    return raw


def _texts_by_name(raw: _Raw) -> Mapping[str, str]:
    return {name: _text(each) for name, each in _object(raw).items()}
