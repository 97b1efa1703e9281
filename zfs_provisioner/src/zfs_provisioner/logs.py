"""Log lines, as text for people or as JSON for programs; each names its request."""

import json
import logging
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from zfs_provisioner.calls import CALL

FIELDS: Final = "fields"  # the key of `extra` under which a line carries values


class LogFormat(StrEnum):
    """How lines look."""

    TEXT = "text"
    JSON = "json"


def configure(form: LogFormat) -> None:
    """Send all log lines of the process to standard error in this form."""
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonLines() if form is LogFormat.JSON else _TextLines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # What uvicorn says of its own start and stop is said by the server in the words of the project.
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)


class _TextLines(logging.Formatter):
    """`<time> <level> [<request id>] <message>`."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s [%(request_id)s] %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        call = CALL.get()
        record.request_id = call.request_id if call else "-"
        return super().format(record)


class _JsonLines(logging.Formatter):
    """One JSON object a line; what a line carries beside its message are fields of their own."""

    def format(self, record: logging.LogRecord) -> str:
        call = CALL.get()
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if call:
            line |= {"request_id": call.request_id, "peer": str(call.peer)}
        line |= getattr(record, FIELDS, {})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)
