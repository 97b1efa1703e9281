"""What is asked of Apptainer to run a notebook server: plain data in and out."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from casahub_spawner.accounts import Account

_OWN: Final = "HOME"  # Apptainer sets it by `--home`, and refuses it among the variables
# A control group is entered and rights are dropped by programs that the server replaces, not by
# Python code between fork and exec, which may hang in a hub that has threads.
_ENTER: Final = (
    'while [ "$1" != -- ]; do echo 0 > "$1/cgroup.procs" || exit; shift; done; shift; exec "$@"'
)


@dataclass(frozen=True, slots=True)
class Container:
    """One server's container.

    Attributes
    ----------
    image : str
        A SIF file, a directory, or a reference such as `docker://...`.
    home : Path
        The home of the session on this machine.
    home_inside : str
        Where it appears.
    work : Path
        The workspace on this machine; it appears as `work` in the home, and is where it starts.
    scratch : Path
        A directory of this machine for what is written to `/tmp` and `/var/tmp`.
    options : sequence of str
        More options of `apptainer exec`, such as `--nv`.
    """

    image: str
    home: Path
    home_inside: str
    work: Path
    scratch: Path
    options: Sequence[str] = ()

    @property
    def work_inside(self) -> str:
        """Where the workspace appears."""
        return f"{self.home_inside}/work"


def exec_command(program: str, container: Container, server: Sequence[str]) -> list[str]:
    """Return the command that runs a server; no secret is in it, for everybody can read it.

    `--containall` hides the rest of the machine: files, processes, environment. The network is the
    machine's own, so that the hub reaches the server.
    """
    work = {"type": "bind", "source": str(container.work), "destination": container.work_inside}
    return [
        *(program, "exec", "--containall"),
        *("--home", f"{container.home}:{container.home_inside}"),
        *("--workdir", str(container.scratch)),
        *("--mount", _mount(work)),
        *("--pwd", container.work_inside),
        *container.options,
        container.image,
        *server,
    ]


def _mount(fields: Mapping[str, str]) -> str:
    """Return the fields as Apptainer reads them: one line of CSV, so that any path is fine."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(
        [f"{key}={value}" for key, value in fields.items()]
    )
    return line.getvalue()


def engine_environment(program: str, inside: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that Apptainer hands on into the container.

    They are how secrets reach the server: only its account and root can read them.
    """
    engine = "SINGULARITY" if Path(program).name == "singularity" else "APPTAINER"
    handed = {f"{engine}ENV_{name}": value for name, value in inside.items() if name != _OWN}
    # Else a shell would run what is written as `$(...)` in the name of a workspace.
    return handed | {f"{engine}_NO_EVAL": "1"}


def as_account(account: Account, command: Sequence[str]) -> list[str]:
    """Return the command run by another account, with the groups that it belongs to."""
    who = [f"--reuid={account.uid}", f"--regid={account.gid}", "--init-groups"]
    return ["setpriv", *who, "--", *command]


def in_groups(groups: Sequence[Path], command: Sequence[str]) -> list[str]:
    """Return the command run in control groups, which must be entered before rights are dropped."""
    if not groups:
        return list(command)
    return ["/bin/sh", "-c", _ENTER, "sh", *map(str, groups), "--", *command]


def is_reference(image: str) -> bool:
    """Return whether Apptainer has to get the image from somewhere, rather than open a file."""
    return "://" in image
