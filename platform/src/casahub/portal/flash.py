"""One message from an action to the next page, carried in a signed cookie and shown once."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final

_LONGEST: Final = 700  # characters; a cookie holds 4 KB, and signing doubles what is not ASCII


class Tone(StrEnum):
    """How a message is meant."""

    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Flash:
    """A sentence about what was done, or about what failed and what to do."""

    tone: Tone
    text: str


def done(text: str) -> Flash:
    """Return the message of an action that worked."""
    return Flash(Tone.DONE, text)


def failed(text: str) -> Flash:
    """Return the message of an action that did not."""
    return Flash(Tone.FAILED, text)


def encode(flash: Flash) -> str:
    """Return the cookie's content."""
    text = flash.text if len(flash.text) <= _LONGEST else f"{flash.text[:_LONGEST]}…"
    return json.dumps(asdict(Flash(flash.tone, text)), ensure_ascii=False)


def decode(cookie: bytes) -> Flash:
    """Return the message; the cookie is signed, so it is one that `encode` made."""
    fields = json.loads(cookie)
    return Flash(Tone(fields["tone"]), fields["text"])
