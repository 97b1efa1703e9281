"""Sessions as jobs of Slurm, in Apptainer on whichever node has room.

The nodes and the hub share the filesystem that workspaces and homes are on. batchspawner submits,
asks and cancels; here are the workspace, the container, and what people are told.

Differences from batchspawner: the server picks its port on the node and tells it by the file that
Jupyter writes into the session's runtime directory, so that nothing has to be in the image. Its
handler at `/hub/api/batchspawner`, where anyone with a session could set any attribute of the
spawner, such as the command that the hub runs, is taken away. Only Slurm's word ends a session: no
answer, or one that is not understood, means that it is running.
"""

import asyncio
import json
import math
import os
import shlex
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from batchspawner.api import BatchSpawnerAPIHandler
from batchspawner.batchspawner import JobStatus, SlurmSpawner
from jupyterhub.apihandlers import default_handlers
from traitlets import Unicode, default
from zfs_provisioner.model import Workspace

from casahub_spawner import slurm_queue
from casahub_spawner.accounts import Account
from casahub_spawner.apptainer_command import as_account
from casahub_spawner.apptainer_mixin import ApptainerMixin
from casahub_spawner.compat import refused
from casahub_spawner.found import EngineError
from casahub_spawner.host import RUNTIME
from casahub_spawner.ready import ServerFiles, first_of, server_files
from casahub_spawner.session_log import open_rotated
from casahub_spawner.slurm_jobs import (
    QUERY,
    SCRIPT,
    Job,
    ending_sentence,
    has_ended,
    parse_job,
    refusal_sentence,
    waiting_sentence,
)
from casahub_spawner.slurm_queue import end, mark_of, sessions

__all__ = ["SlurmWorkspaceSpawner", "end", "sessions"]

default_handlers[:] = [each for each in default_handlers if each[1] is not BatchSpawnerAPIHandler]

_MIB: Final = 2**20
_STOPPING: Final = 60.0  # seconds for a job to end; Slurm kills after its KillWait, usually 30
_NO_ANSWER: Final = (
    "Slurm does not answer. Running sessions and your data are safe: try again in a minute; if it "
    "stays so, tell the site's administrators."
)


class SlurmWorkspaceSpawner(ApptainerMixin, SlurmSpawner):  # type: ignore[misc]
    """A notebook server in an Apptainer container of a Slurm job."""

    exec_prefix = Unicode(
        help="What batchspawner puts before Slurm's commands; sessions' accounts need none.",
    ).tag(config=True)

    batch_script = Unicode(SCRIPT, help="See batchspawner; {{cmd}} is the whole command.").tag(
        config=True
    )
    batch_query_cmd = Unicode(QUERY, help="See batchspawner; it prints state|node|reason.").tag(
        config=True
    )
    batch_submit_cmd = Unicode("{submit_as} sbatch --parsable", help="See batchspawner.").tag(
        config=True
    )
    req_homedir = Unicode(help="Not used: the home is the workspace's own.")
    req_keepvars = Unicode(help="Not used: the environment of the submission is the job's.")

    state_pending_re = Unicode(r"^(?:PENDING|CONFIGURING|REQUEUE)", help="See batchspawner.").tag(
        config=True
    )
    state_exechost_re = Unicode(r"^\w+\|([\w.-]+)\|", help="See batchspawner.").tag(config=True)

    engine = slurm_queue
    # For Slurm's commands, too.
    kept = (*ApptainerMixin.kept, "SLURM_CONF")
    _submission: asyncio.Task[str] | None = None

    @default("starts_at_once")
    def _default_starts_at_once(self) -> int:
        """Let Slurm have the line: servers load on its nodes."""
        return 0

    # Start

    async def attach_workspace(self, workspace: Workspace) -> None:
        """Prepare home and log for whom the session runs as."""
        try:
            await super().attach_workspace(workspace)
        except EngineError as error:
            self.log.warning("Nothing is known of jobs for %s: %s", self._log_name, error)
            raise refused(_NO_ANSWER, "slurm_silent", 503) from error

    def _prepare_home(self) -> Account:
        account = super()._prepare_home()
        # Before the job, which may not make a file beside the home.
        with open_rotated(Path(self.log_place)) as log:
            os.fchown(log.fileno(), account.uid, account.gid)
        return account

    async def start_server(self) -> str | tuple[str, int]:
        """Submit the job and return the server's address when it told it.

        Raises
        ------
        HTTPError
            Slurm takes no such job, or it ended before its server listened; with Slurm's words.
        """
        directory = self._home / RUNTIME
        earlier = server_files(directory)
        self.ip, self.port = "0.0.0.0", 0  # noqa: S104  # the hub is elsewhere
        # A start that is cancelled must know of its job: `stop` waits for the submission.
        self._submission = asyncio.create_task(self.submit_batch_script())
        try:
            await asyncio.shield(self._submission)
        except RuntimeError as error:
            raise refused(refusal_sentence(str(error)), "slurm_refused") from error
        self.remember()
        return await self._address(directory, earlier)

    async def _address(self, directory: Path, earlier: ServerFiles) -> tuple[str, int]:
        told = ""
        while True:
            status = await self.query_job_status()
            if status is JobStatus.NOTFOUND:
                raise await self._failure(ending_sentence(self.job_status))
            job = parse_job(self.job_status)
            if status is JobStatus.RUNNING and job:
                port = _port_told(directory, earlier)
                if port:
                    return job.node, port
            stage = _stage(status, job)
            if stage != told:
                told = stage
                self.tell_stage(72, stage)
            # The file tells at once on this machine, and on its next question from another one.
            await first_of(
                self._listens(directory, earlier), asyncio.sleep(self.startup_poll_interval)
            )

    def get_req_subvars(self) -> dict[str, Any]:
        """Return what the templates may name."""
        variables: dict[str, Any] = super().get_req_subvars()
        variables |= {
            "submit_as": self._submit_as(),
            "job_name": "casahub",
            "mark": shlex.quote(mark_of(self.found_as(self.job_id))),
            "log": shlex.quote(self.log_place.replace("%", "%%")),
            "directory": shlex.quote(str(self._home)),
        }
        if self.cpu_limit:
            variables["nprocs"] = math.ceil(self.cpu_limit)
        if self.mem_limit:
            variables["memory"] = f"{math.ceil(self.mem_limit / _MIB)}M"
        return variables

    def _submit_as(self) -> str:
        return "" if self._account.is_ours else shlex.join(as_account(self._account, []))

    async def _get_batch_script(self, **subvars: Any) -> str:
        """Return the script; what a user chose replaces none of our variables."""
        ours = self.get_req_subvars() | {"cmd": self.cmd_formatted_for_batch()}
        script: str = await super()._get_batch_script(**(subvars | ours))
        return script

    def cmd_formatted_for_batch(self) -> str:
        """Return the container's command for the shell."""
        return shlex.join(self.container_command())

    def get_args(self) -> list[str]:
        """Return the server's arguments; the node finds it a free port."""
        return [*super().get_args(), "--ServerApp.port=0"]

    def user_env(self, env: dict[str, str]) -> dict[str, str]:
        """Return the environment as it is: a user of the site needs no account here."""
        return env | self._names

    def get_env(self) -> dict[str, str]:
        """Return the environment of the submission, which the job has, too, and no command line."""
        return self.container_environment(super().get_env())

    # While it runs, and its end

    def state_isrunning(self) -> bool:
        """Return whether Slurm says that the job is there, and not waiting."""
        job = parse_job(self.job_status)
        return job is not None and not has_ended(self.job_status) and not self.state_ispending()

    def state_isunknown(self) -> bool:
        """Return whether Slurm does not tell of the job: no answer is no end."""
        return not has_ended(self.job_status)

    async def exited(self) -> int | None:
        """Wait for the end of a server that starts; Slurm has no events to tell of later ends."""
        while self._starting:
            await asyncio.sleep(self.startup_poll_interval)
            if await self.query_job_status() is JobStatus.NOTFOUND:
                return None
        return await super().exited()

    async def stop(self, now: bool = False) -> None:  # JupyterHub's call
        """Cancel the job and wait for its end; one that ended already is fine."""
        self._cease_to_watch()
        if self._submission:
            with suppress(RuntimeError):  # told by `start`, if it is still there
                await self._submission
        if not self.job_id:
            return
        await self.cancel_batch_job()
        async with asyncio.timeout(_STOPPING):
            # Slurm has no events that would tell.
            while not now and await self.query_job_status() is not JobStatus.NOTFOUND:  # noqa: ASYNC110
                await asyncio.sleep(self.startup_poll_interval)


def _stage(status: JobStatus, job: Job | None) -> str:
    if job is None:
        return "Slurm does not answer: waiting for it"
    if status is JobStatus.PENDING:
        return waiting_sentence(job)
    return f"Slurm runs the notebook server on {job.node}"


def _port_told(directory: Path, earlier: ServerFiles) -> int | None:
    """Return the port of a server that came after the `earlier` ones, as soon as it tells one."""
    for name, _mark in server_files(directory).items() - earlier.items():
        with suppress(FileNotFoundError, json.JSONDecodeError):  # gone again, or not yet whole
            return int(json.loads((directory / name).read_text())["port"])
    return None
