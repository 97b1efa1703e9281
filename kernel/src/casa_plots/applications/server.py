"""Run one of CASA's applications for another process.

This file is data of `casa_plots` and runs in an environment that does not have `casa_plots`: a bare
Python (``-I -S``) with the packages of ``locked.txt``. It needs nothing else. CASA's Python side of
the applications asks casatools and casatasks for a handful of names, which are given here, so that
neither is loaded.

Requests come on standard input, replies go to standard output, one JSON object a line::

    <- {"ready": true}
    -> {"call": "plotms", "parameters": {...}, "directory": "/where/paths/start"}
    <- {"warnings": [...], "others": [...]}, with "error" and "refused" if it failed

The process ends with its parent, when nothing was asked for a while, and with the application; that
one ends with it. What is printed by anybody goes to the file ``words`` in the private directory.

The application listens for its commands on all interfaces, without asking who sends them. So both
live in a network of their own, where the kernel lets us make one. Else the listener is closed as
soon as our connection stands.
"""

import contextlib
import ctypes
import fcntl
import importlib
import json
import os
import re
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

_PR_SET_PDEATHSIG: Final = 1
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 1
_SYS_PIDFD_GETFD: Final = 438  # the same number on every architecture
_LISTENING: Final = "0A"  # state of a socket in /proc/net/tcp
_CONNECT: Final = 60.0  # seconds; the caller gives up earlier
_DEATH: Final = 1.0  # seconds until a death is noticed
_LIBC: Final = ctypes.CDLL(None, use_errno=True)
_KINDS: Final[dict[str, type]] = {"cStr": str, "cInt": int, "cBool": bool}
_NOISE: Final = re.compile(r"TAI_UTC|Until the table is updated|derived from UTC could be")
# What casaplotms tells of each plot; what else it says is why there is none.
_USUAL: Final = re.compile(
    r"(START|END|Updating|Clearing|Plotting|Selection|Caching|Loading|Data selection|The plotms "
    r"cache|This is|Generating|refTime|Finished|Setting up|Axes ranges|Exported|Averaging|[^:]+: "
    r"\S+ to \S+ \()"
)

Call = Callable[..., object]


def die_with_parent() -> None:
    """Ask the kernel for our end when the parent ends: prctl(2)."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def hide() -> bool:
    """Move into a network of our own, nothing but loopback; return whether that was allowed."""
    user, group = os.geteuid(), os.getegid()
    if _LIBC.unshare(_CLONE_NEWNET):
        if _LIBC.unshare(_CLONE_NEWUSER | _CLONE_NEWNET):
            return False
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))
    return True


def listening_descriptors(process: int) -> Iterator[int]:
    """Yield the descriptors on which a process of ours listens for TCP connections."""
    inodes = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{process}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTENING:
                inodes.add(f"socket:[{fields[9]}]")
    for descriptor in Path(f"/proc/{process}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            if str(descriptor.readlink()) in inodes:
                yield int(descriptor.name)


def close_listeners(process: int) -> None:
    """Stop a child from listening: shutdown(2) on a duplicate of its descriptor.

    Raises
    ------
    OSError
        The kernel does not let us.
    """
    handle = os.pidfd_open(process)
    try:
        for theirs in listening_descriptors(process):
            ours = _LIBC.syscall(_SYS_PIDFD_GETFD, handle, theirs, 0)
            if ours < 0:
                code = ctypes.get_errno()
                raise OSError(code, os.strerror(code))
            with socket.socket(fileno=ours) as listener:
                listener.shutdown(socket.SHUT_RDWR)
    finally:
        os.close(handle)


class Log:
    """CASA's log, as the tasks know it, and what is printed; each line is told once."""

    def __init__(self, path: Path, words: Path) -> None:
        self._path, self._words = path, words
        self._read = {path: 0, words: 0}
        self._posted: list[str] = []

    def post(self, message: str, priority: str = "INFO", *_origin: str) -> None:
        """Take what a task says."""
        if priority in {"WARN", "SEVERE"}:
            self._posted.append(message)

    def origin(self, *_name: str) -> None:
        """Tasks say who they are; the messages tell it anyway."""

    def logfile(self) -> str:
        """Return where the application writes its log."""
        return str(self._path)

    def news(self) -> tuple[list[str], list[str]]:
        """Return warnings, and whatever else was said that is not said of every plot."""
        warnings, others = self._posted, []
        self._posted = []
        for line in [*self._new(self._path), *self._new(self._words)]:
            fields = line.split("\t", 3)
            text = fields[-1].strip()
            if not text or _NOISE.search(text):
                continue
            if len(fields) == 4 and fields[1] in {"WARN", "SEVERE"}:  # noqa: PLR2004 - its columns
                warnings.append(text)
            elif not _USUAL.match(text) and not text.startswith("NOTICE"):
                others.append(text)
        return list(dict.fromkeys(warnings)), list(dict.fromkeys(others))

    def _new(self, path: Path) -> list[str]:
        try:
            with path.open(errors="replace") as file:
                file.seek(self._read[path])
                text = file.read()
                self._read[path] = file.tell()
        except FileNotFoundError:
            return []
        return text.splitlines()


class Validator:
    """What tasks check their parameters with: types and allowed values."""

    def __init__(self) -> None:
        self.document: dict[str, object] = {}
        self.errors: list[str] = []

    def validate(self, document: dict[str, object], schema: Mapping[str, Any]) -> bool:
        """Say whether all values are of the right kind; the errors are kept."""
        self.document, self.errors = dict(document), []
        for name, value in document.items():
            kind, allowed = schema[name].get("type"), schema[name].get("allowed")
            wanted = _KINDS.get(kind)
            if wanted and (not isinstance(value, wanted) or (kind == "cInt" and value is True)):
                self.errors.append(
                    f"{name}={value!r} is of the wrong type; give {kind[1:].lower()}"
                )
            elif allowed is not None and value not in allowed:
                known = ", ".join(sorted(repr(each) for each in allowed))
                self.errors.append(f"{name}={value!r} is unknown; known are {known}")
            elif kind == "cFloatVec":
                self.document[name] = list(value) if isinstance(value, list | tuple) else value
            elif kind == "cStrVec" and isinstance(value, str):
                self.document[name] = [value]
        return not self.errors


class AnyName:
    """Something that has whatever attribute is asked for; the validator ignores them."""

    def __getattr__(self, name: str) -> str:
        return name


def stand_in(log: Log, data: str) -> None:
    """Give CASA's Python side the names that it imports from casatasks, casatools and numpy."""

    def module(name: str, **content: object) -> None:
        made = types.ModuleType(name)
        made.__path__ = []
        vars(made).update(content)
        sys.modules[name] = made

    system = types.SimpleNamespace(getnogui=lambda: True, rundata=lambda: data)
    module("casatasks", casalog=log)
    module("casatasks.private")
    module(
        "casatasks.private.task_logging",
        start_log=lambda *_: None,
        end_log=lambda _state, _name, result: result,
        except_log=lambda *_: None,
    )
    module("casatools", ctsys=system)
    module("casatools.typecheck", CasaValidator=Validator)
    module("casatools.coercetype", coerce=AnyName())
    module("casatools.errors", create_error_string="; ".join)
    module("numpy")  # imported and not used; imview asks for float64 and can do without


def start(
    name: str, place: Path, private: Path, data: str
) -> tuple["subprocess.Popen[bytes]", str]:
    """Start the application; return it and where it listens.

    Raises
    ------
    RuntimeError
        It ended before it listened.
    """
    pipe = private / "address"
    os.mkfifo(pipe)
    log = {"casaplotms": "--logfilename", "casaviewer": "--casalogfile"}[name]
    asked = {
        "casaplotms": ["--nopopups", f"--server={pipe}"],
        "casaviewer": [f"--nogui={pipe}", f"--cachedir={private}"],
    }[name]
    program = place / "usr" / "bin" / name
    process = subprocess.Popen(
        [program, f"{log}={private / 'log'}", f"--datapath={data}", *asked],
        env={
            **os.environ,
            "CASAPATH": f"{place} linux",
            "LD_LIBRARY_PATH": str(place / "usr" / "lib"),
            "QT_PLUGIN_PATH": str(place / "usr" / "lib" / "plugins"),
        },
        stdin=subprocess.DEVNULL,
        preexec_fn=die_with_parent,  # noqa: PLW1509 - there is one thread yet
    )
    # Not open(): it would wait for ever for an application that ended before it wrote.
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    address = b""
    while not address.endswith(b"\n"):
        if process.poll() is not None:
            raise RuntimeError(f"{name} ended with status {process.returncode} while it started")
        if select.select([reader], [], [], 0.1)[0]:
            address += os.read(reader, 4096)
            if not address:  # nobody has opened the other end yet
                select.select([], [], [], 0.02)
    os.close(reader)
    pipe.unlink()
    return process, address.decode().strip()


def connect_casaplotms(address: str) -> dict[str, Call]:
    """Return what casaplotms can be asked."""
    plotms = importlib.import_module("casaplotms").plotms
    plotmstool = importlib.import_module("casaplotms.private.plotmstool")
    ready(vars(plotmstool)["__grpc"], address)
    plotmstool.stub(address)
    vars(plotmstool)["__try_check_health"] = False  # it would start another one by itself

    def save(range: str, **parameters: object) -> None:  # noqa: A002 - as the tool calls it
        plotmstool.setExportRange(range)
        plotmstool.save(**parameters)

    return {"plotms": plotms, "save": save}


def connect_casaviewer(address: str) -> dict[str, Call]:
    """Return what casaviewer can be asked."""
    imview = importlib.import_module("casaviewer.private.task_imview").imview
    msview = importlib.import_module("casaviewer.private.task_msview").msview
    viewertool = importlib.import_module("casaviewer.private.viewertool")
    tool = vars(viewertool)
    tool["__uri"]["--nogui"] = address
    ready(tool["__grpc"], address)
    tool["__stub"]["--nogui"] = tool["__img_rpc"].viewStub(tool["__grpc"].insecure_channel(address))
    tool["__try_check_health"] = False
    make_panel = viewertool.panel
    panels: list[object] = []

    def panel(*positional: object, **named: object) -> object:
        panels.append(make_panel(*positional, **named))
        return panels[-1]

    vars(viewertool)["panel"] = panel

    def closing(task: Call) -> Call:
        def call(**parameters: object) -> None:
            try:
                task(**parameters)
            finally:
                while panels:  # what a task did not close itself stays in memory
                    with contextlib.suppress(Exception):  # closed by the task
                        viewertool.close(panels.pop())

        return call

    return {"imview": closing(imview), "msview": closing(msview)}


def ready(grpc: Any, address: str) -> None:  # noqa: ANN401 - it is not installed where we are checked
    """Wait for a connection, which all later ones to this address share."""
    channel = grpc.insecure_channel(address)
    grpc.channel_ready_future(channel).result(timeout=_CONNECT)


def answer(calls: Mapping[str, Call], request: Mapping[str, Any]) -> dict[str, object]:
    """Carry out a request; return the reply."""
    try:
        os.chdir(request["directory"])
        calls[request["call"]](**request["parameters"])
    except (AssertionError, TypeError, ValueError) as problem:  # the task's own checks
        unknown = re.search("unexpected keyword argument '(.*)'", str(problem))
        said = f"{request['call']} has no parameter {unknown[1]}" if unknown else str(problem)
        return {"error": said, "refused": True}
    except Exception as problem:  # noqa: BLE001 - whatever it is, the caller tells the user
        details = getattr(problem, "details", None)  # of gRPC
        if details and problem.code().name != "INVALID_ARGUMENT":  # type: ignore[attr-defined]
            threading.Event().wait(_DEATH)  # it may just have died: whoever waits for it says so
        return {"error": str(details() if details else problem), "refused": False}
    return {}


def main() -> None:
    """Serve until standard input ends."""
    die_with_parent()
    name, packages, place, data, idle, parent = sys.argv[1:]
    if os.getppid() != int(parent):  # it ended before it could be watched
        return
    private = Path.cwd()
    requests = os.fdopen(os.dup(0), "rb", buffering=0)
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    words = os.open(private / "words", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for descriptor, stands_for in ((nothing, 0), (words, 1), (words, 2)):
        os.dup2(descriptor, stands_for)

    def reply(what: dict[str, object]) -> None:
        replies.write(json.dumps(what) + "\n")

    # Where memory ends, a plot is what goes: casaplotms takes 15 kB for each point of a text.
    Path("/proc/self/oom_score_adj").write_text("1000")
    hidden = hide()  # early: it wants a process with one thread
    sys.path.insert(0, packages)
    log = Log(private / "log", private / "words")
    stand_in(log, data)
    process, address = start(name, Path(place), private, data)
    connect = {"casaplotms": connect_casaplotms, "casaviewer": connect_casaviewer}[name]
    port = address.rpartition(":")[2]
    calls = connect(f"127.0.0.1:{port}")
    if not hidden:
        try:
            close_listeners(process.pid)
        except OSError as problem:
            if os.environ.get("CASA_PLOTS_EXPOSED") != "1":
                process.kill()
                reply(
                    {
                        "error": f"{name} listens on port {port} of all interfaces, and this "
                        f"machine does not let us close it ({problem.strerror}). Allow user "
                        "namespaces, or set CASA_PLOTS_EXPOSED=1 where nobody else can reach it."
                    }
                )
                return

    def watch() -> None:
        status = process.wait()
        reply({"died": status})
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
    log.news()
    reply({"ready": True, "process": process.pid})
    while select.select([requests], [], [], float(idle))[0]:
        line = requests.readline()
        if not line:
            break
        done = answer(calls, json.loads(line))
        warnings, others = log.news()
        reply({**done, "warnings": warnings, "others": others})
    process.kill()
    os._exit(0)  # gRPC's threads and CASA's exit hooks would talk to the dead


if __name__ == "__main__":
    main()
