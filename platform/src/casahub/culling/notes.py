"""What is written down about sessions: small files, one a session, that outlive hub and services.

The portal writes until when a session is kept, and the culler why one goes on whose time is over.
The hub has no place for either that a service may write, and a workspace's own `keep` is another
promise: that it does not go to trash, often for a year.
"""

import hashlib
import json
import logging
import os
import tempfile
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ValidationError

log = logging.getLogger("casahub.culling")

SessionKey = tuple[str, str]  # owner and name
_SUFFIX: Final = ".json"


class _Note(BaseModel):
    owner: str
    session: str
    text: str


class Notes:
    """One text for each session that has one, in a directory of its own.

    Any number of processes may read and write; the last one to write wins.
    """

    def __init__(self, place: Path) -> None:
        self._place = place

    def of(self, session: SessionKey) -> str:
        """Return a session's text; empty when there is none."""
        found = self._read(self._path(session))
        return found.text if found else ""

    def write(self, session: SessionKey, text: str) -> None:
        """Have this text, whole or not at all; an empty one is none."""
        path = self._path(session)
        if not text:
            path.unlink(missing_ok=True)
            return
        self._place.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = _Note(owner=session[0], session=session[1], text=text).model_dump()
        with tempfile.NamedTemporaryFile("w", dir=self._place, delete=False) as new:
            json.dump(content, new)
            new.flush()
            os.fsync(new.fileno())
        Path(new.name).replace(path)

    def forget_all_but(self, sessions: AbstractSet[SessionKey]) -> None:
        """Remove the texts of sessions that are gone."""
        for path, found in self._all():
            if (found.owner, found.session) not in sessions:
                path.unlink(missing_ok=True)

    def _all(self) -> Iterator[tuple[Path, _Note]]:
        for path in self._place.glob(f"*{_SUFFIX}"):
            found = self._read(path)
            if found is not None:
                yield path, found

    def _read(self, path: Path) -> _Note | None:
        try:
            return _Note.model_validate_json(path.read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError:
            log.warning("%s is not understood, and passed over: remove it", path)
            return None

    def _path(self, session: SessionKey) -> Path:
        # Owners may have any name; a hash is one that a file can have.
        key = hashlib.sha256(json.dumps(session).encode()).hexdigest()
        return self._place / f"{key}{_SUFFIX}"


class Keeps:
    """Until when people asked to leave their sessions alone."""

    def __init__(self, place: Path) -> None:
        self._notes = Notes(place / "keeps")

    def until(self, session: SessionKey) -> datetime | None:
        """Return until when a session is kept, None when nobody asked for it."""
        text = self._notes.of(session)
        return datetime.fromisoformat(text).astimezone(UTC) if text else None

    def keep(self, session: SessionKey, until: datetime | None) -> None:
        """Keep a session until a time; with None, no longer than others."""
        self._notes.write(session, until.isoformat() if until else "")

    def forget_all_but(self, sessions: AbstractSet[SessionKey]) -> None:
        """Forget what was asked for sessions that are gone."""
        self._notes.forget_all_but(sessions)


class Hindrances:
    """Why sessions go on whose time is over, in sentences for their owners."""

    def __init__(self, place: Path) -> None:
        self._notes = Notes(place / "hindrances")

    def of(self, session: SessionKey) -> str:
        """Return why a session goes on; empty when nothing is in the way."""
        return self._notes.of(session)

    def tell(self, session: SessionKey, why: str) -> None:
        """Have this sentence, or with an empty one none."""
        if why != self._notes.of(session):
            self._notes.write(session, why)

    def forget_all_but(self, sessions: AbstractSet[SessionKey]) -> None:
        """Forget what was said of sessions that are gone."""
        self._notes.forget_all_but(sessions)
