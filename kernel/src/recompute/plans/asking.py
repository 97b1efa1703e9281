"""The child's end of the conversation with its parent, which alone knows what would be."""

import json
import os
import sys
import threading
from collections.abc import Iterable
from pathlib import Path
from socket import socket
from typing import NoReturn

from recompute.batch.calls import Position
from recompute.batch.model import Line

Fields = dict[str, object]


class Asking:
    """Asks the parent, and ends the process where the plan has to end.

    Parameters
    ----------
    connection : socket
        To the parent.
    position : Position
        Where the script is.
    """

    def __init__(self, connection: socket, position: Position) -> None:
        self._file = connection.makefile("rw", encoding="utf-8", errors="surrogateescape")
        self._lock = threading.RLock()
        self._position = position
        self._touched: set[str] = set()
        self._above: set[str] = set()

    def ask(self, question: str, **fields: object) -> Fields:
        """Return the parent's answer."""
        with self._lock:
            self._file.write(json.dumps({"ask": question, **fields}) + "\n")
            self._file.flush()
            line = self._file.readline()
        if not line:
            os._exit(1)  # the parent is gone, and nobody wants a plan any more
        answer: Fields = json.loads(line)
        touched = answer.pop("touched", ())
        if isinstance(touched, list):
            self.note(touched)
        return answer

    def note(self, touched: Iterable[str]) -> None:
        """Note paths that are perhaps not as on disk."""
        for path in touched:
            self._touched.add(path)
            self._above.update(str(each) for each in Path(path).parents)

    def is_touched(self, path: Path) -> bool:
        """Tell whether what is at a path, or above it, is perhaps not as on disk."""
        return bool(self._touched) and (
            str(path) in self._touched or any(str(each) in self._touched for each in path.parents)
        )

    def is_above(self, path: Path) -> bool:
        """Tell whether something below a directory is perhaps not as on disk."""
        return str(path) in self._above

    def where(self) -> Line:
        """Return where the script is."""
        return self._position.line(sys._getframe(1))  # noqa: SLF001 - the interpreter's way to see callers

    def stop(self, reason: str, where: Line | None = None) -> NoReturn:
        """End the plan, and this process at once: no ``except`` or ``finally`` of a script runs."""
        found = where or self.where()
        self._leave({"ask": "stop", "reason": reason, "cell": found.cell, "line": found.line})

    def end(self) -> NoReturn:
        """Tell that the script's end was reached, and end this process at once."""
        self._leave({"ask": "end"})

    def _leave(self, line: Fields) -> NoReturn:
        with self._lock:
            self._file.write(json.dumps(line) + "\n")
            self._file.flush()
            os._exit(0)
