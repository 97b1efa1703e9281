"""The files of the history: one per pipeline, one step per line, appended to by any process.

A line is written whole, under a lock on a file beside it. What a kill leaves of a line has no end;
readers ignore it, and the next writer removes it.
"""

import contextlib
import errno
import fcntl
import json
import logging
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from blake3 import blake3

from recompute.errors import StoreError, StoreFullError
from recompute.history.lines import from_json, to_json
from recompute.history.standing import standing
from recompute.model import Step

KEPT_RUNS: Final = 50
"""Runs that a pipeline's history goes back; a night of edits, at some MB."""

_SLUG_LENGTH: Final = 48
_logger = logging.getLogger(__name__)


class History:
    """What was executed, by pipeline.

    Parameters
    ----------
    directory : Path
        Where the files are; made when the first step is appended.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._trimmed: set[tuple[str, str]] = set()

    def append(self, step: Step) -> None:
        """Add a step to its pipeline's history, whole or not at all.

        Raises
        ------
        StoreFullError
            There is no room for the line.
        StoreError
            The directory or file cannot be written.
        """
        with self._locked(step.place.pipeline) as file:
            self._trim(file, step)
            _append_line(file, json.dumps(to_json(step), separators=(",", ":")))

    def steps(self, pipeline: str, run: str | None = None) -> list[Step]:
        """Return a pipeline's steps, or those of one run, in order of execution.

        Raises
        ------
        StoreError
            Its file is there and cannot be read.
        """
        steps = _read(self._file(pipeline))
        return [each for each in steps if run is None or each.run == run]

    def runs(self, pipeline: str) -> list[str]:
        """Return the ids of a pipeline's runs, the latest last."""
        return list(dict.fromkeys(each.run for each in self.steps(pipeline)))

    def pipelines(self) -> list[str]:
        """Return the names of all pipelines that have a history, sorted."""
        first = (_first(file) for file in self._directory.glob("*.jsonl"))
        return sorted({each.place.pipeline for each in first if each is not None})

    def _file(self, pipeline: str) -> Path:
        name = re.sub(r"[^A-Za-z0-9_.-]+", "-", Path(pipeline).name).strip("-.")[:_SLUG_LENGTH]
        hashed = blake3(pipeline.encode(errors="surrogateescape")).hexdigest(8)
        return self._directory / f"{name or 'pipeline'}-{hashed}.jsonl"

    @contextlib.contextmanager
    def _locked(self, pipeline: str) -> Iterator[Path]:
        """Hold a pipeline's lock: a file of its own, because trimming replaces the history's."""
        file = self._file(pipeline)
        try:
            self._directory.mkdir(parents=True, exist_ok=True)
            with file.with_suffix(".lock").open("ab") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                yield file
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise StoreFullError(f"no room for the history {file}: free some space") from error
            raise StoreError(f"the history {file} cannot be written: {error.strerror}") from error

    def _trim(self, file: Path, step: Step) -> None:
        """Let go of old runs when a run begins; what stands in a notebook stays, however old."""
        mark = (step.place.pipeline, step.run)
        if mark in self._trimmed:
            return
        steps = _read(file)
        runs = list(dict.fromkeys(each.run for each in steps if each.run != step.run))
        if len(runs) >= KEPT_RUNS:
            kept = set(runs[len(runs) - KEPT_RUNS + 1 :]) | {step.run}
            stand = {id(each) for execution in standing(steps) for each in execution}
            _replace(file, [each for each in steps if each.run in kept or id(each) in stand])
        self._trimmed.add(mark)


def _append_line(file: Path, line: str) -> None:
    with file.open("ab+", buffering=0) as stream:
        end = _end_of_last_line(file)
        stream.truncate(end)
        data = memoryview(f"{line}\n".encode())
        try:
            while data:
                data = data[stream.write(data) :]
        except OSError:
            stream.truncate(end)
            raise


def _end_of_last_line(file: Path) -> int:
    """Return how many bytes of a file are whole lines."""
    with file.open("rb") as stream:
        end = stream.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - 65536)
            stream.seek(start)
            found = stream.read(end - start).rfind(b"\n")
            if found >= 0:
                return start + found + 1
            end = start
    return 0


def _lines(file: Path) -> Iterator[bytes]:
    try:
        with file.open("rb") as stream:
            yield from (line for line in stream if line.endswith(b"\n"))
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"the history {file} cannot be read: {error.strerror}") from error


def _parsed(file: Path) -> Iterator[Step]:
    for number, line in enumerate(_lines(file), start=1):
        try:
            yield from_json(json.loads(line))
        except (ValueError, KeyError, TypeError) as error:
            _logger.warning("%s: line %d is no step (%s) and is left out", file, number, error)


def _read(file: Path) -> list[Step]:
    return list(_parsed(file))


def _first(file: Path) -> Step | None:
    return next(_parsed(file), None)


def _replace(file: Path, steps: Iterable[Step]) -> None:
    """Put steps in a history's place at once; a kill leaves the old one."""
    new = file.with_suffix(".new")
    with new.open("w", encoding="utf-8") as stream:
        stream.writelines(json.dumps(to_json(each), separators=(",", ":")) + "\n" for each in steps)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(file)
