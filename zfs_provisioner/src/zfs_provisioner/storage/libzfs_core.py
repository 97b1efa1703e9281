"""What changes the pool, by OpenZFS's own library: no process is started.

Its binding (`libzfs_core`, Debian's `python3-pyzfs`) must match the installed ZFS, so it is taken
from the system and is no dependency of ours. The library clones without opening the release, which
`zfs clone` does at a cost that grows with the release's clones, and it lets callers share one
transaction group: use it from several threads.

The library cannot set properties. A channel program can, in the same process.
"""

import errno
import os
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any, Final

from zfs_provisioner.storage.deadlines import Deadlines
from zfs_provisioner.storage.zfs_cli import INSTRUCTIONS, MEMORY
from zfs_provisioner.storage.zfs_command import TIMEOUT, Properties, Reason, ZfsError

# Returns 0 or an errno.
_SET: Final = b"""
local arguments = (...)["argv"]
return zfs.sync.set_prop(arguments["filesystem"], arguments["name"], arguments["value"])
"""
_REASONS: Final = {
    errno.ENOSPC: Reason.FULL,
    errno.EDQUOT: Reason.QUOTA,
    errno.ETIMEDOUT: Reason.TIMEOUT,
}


class LibZfsCore:
    """Changes the pool in process."""

    method = "lzc_clone"
    is_kernels_word = True

    def __init__(self) -> None:
        # Untyped, and present only where the system has it.
        self._library: Any = import_module("libzfs_core")
        self._deadlines = Deadlines()

    def create(self, filesystem: str, quota: int | None = None) -> None:
        """Make an empty filesystem."""
        properties = {} if quota is None else {b"quota": quota}
        self._call(lambda name: self._library.lzc_create(name, props=properties), filesystem)

    def clone(self, snapshot: str, filesystem: str, properties: Properties) -> None:
        """Clone without opening the snapshot; properties follow in a later transaction."""
        encoded = {name.encode(): value.encode() for name, value in properties.items()}
        self._call(self._library.lzc_clone, filesystem, snapshot.encode(), encoded)

    def snapshot(self, snapshot: str) -> None:
        """Take a snapshot."""
        self._call(lambda name: self._library.lzc_snapshot([name]), snapshot)

    def hold(self, snapshot: str, tag: str) -> None:
        """Hold a snapshot for good; it stays held if it was."""

        def hold(name: bytes) -> None:
            if tag.encode() not in self._library.lzc_get_holds(name):
                self._library.lzc_hold({name: tag.encode()})

        self._call(hold, snapshot)

    def rename(self, filesystem: str, new: str) -> None:
        """Rename a filesystem that is not mounted."""
        self._call(self._library.lzc_rename, filesystem, new.encode())

    def set(self, filesystem: str, name: str, value: str) -> None:
        """Set one user property by a channel program."""
        arguments = {
            b"filesystem": filesystem.encode(),
            b"name": name.encode(),
            b"value": value.encode(),
        }

        def program(_name: bytes) -> None:
            pool = filesystem.partition("/")[0].encode()
            answer = self._library.lzc_channel_program(pool, _SET, params=arguments)
            if answer:
                raise OSError(answer, os.strerror(answer))

        self._call(program, filesystem)

    def rollback(self, snapshot: str) -> None:
        """Roll back to the newest snapshot, which must be this one."""
        filesystem = snapshot.partition("@")[0]
        self._call(self._library.lzc_rollback_to, filesystem, snapshot.encode())

    def destroy_snapshot(self, snapshot: str) -> None:
        """Destroy one snapshot, now and not later."""
        self._call(lambda name: self._library.lzc_destroy_snaps([name], defer=False), snapshot)

    def program(self, pool: str, script: str, argument: str) -> str:
        """Run a channel program."""
        return self._returned(self._library.lzc_channel_program, pool, script, argument)

    def ask(self, pool: str, script: str, argument: str) -> str:
        """Run a channel program in open context."""
        limits = {"instrlimit": INSTRUCTIONS, "memlimit": MEMORY}
        run = partial(self._library.lzc_channel_program_nosync, **limits)
        return self._returned(run, pool, script, argument)

    def _returned(self, run: Callable[..., object], pool: str, script: str, argument: str) -> str:
        """Return the string that a program returned."""
        answers: list[object] = []

        def program(name: bytes) -> None:
            answers.append(run(name, script.encode(), params=[argument.encode()]))

        self._call(program, pool)
        (answer,) = answers
        if not isinstance(answer, bytes):
            raise ZfsError(Reason.OTHER, "channel program", f"unexpected answer {answer!r}")
        return answer.decode(errors="replace")

    def _call(self, verb: Callable[..., object], name: str, *arguments: object) -> None:
        failures = (OSError, self._library.exceptions.ZFSError)
        what = f"{getattr(verb, '__name__', 'libzfs_core')} {name}"
        try:
            self._deadlines.within(TIMEOUT, partial(verb, name.encode(), *arguments))
        except failures as error:
            reason = _REASONS.get(int(error.errno or 0), Reason.OTHER)
            about = name.partition("@")[0]
            raise ZfsError(reason, what, str(error), about) from error
