"""What is asked of Slurm to run a notebook server, and what it says: plain data in and out.

States and reasons are those of squeue(1), "JOB STATE CODES" and "JOB REASON CODES".
"""

from dataclasses import dataclass
from typing import Final

QUERY: Final = "squeue --noheader --states=all --jobs={job_id} --format='%T|%B|%r'"

# What is not here, such as SUSPENDED or a state of a newer Slurm, is no end.
_ENDS: Final = {
    "BOOT_FAIL": "its node did not start",
    "CANCELLED": "it was cancelled",
    "COMPLETED": "it is over",
    "DEADLINE": "its deadline came before it could start",
    "FAILED": "it failed",
    "NODE_FAIL": "its node failed",
    "OUT_OF_MEMORY": "it ran out of memory: choose a larger size",
    "PREEMPTED": "a job that is more urgent took its place",
    "REVOKED": "another cluster runs it",
    "TIMEOUT": "its time was over",
}
_WAITS: Final = {
    "None": "Slurm has not looked at it yet",
    "Resources": "other jobs use the processors or the memory that it needs",
    "Priority": "other jobs are before it",
    "Dependency": "another job has to end first",
    "JobHeldAdmin": "an administrator holds it",
    "JobHeldUser": "it is held",
    "BeginTime": "its time to start has not come",
    "Licenses": "no licence is free",
    "Reservation": "it waits for its reservation",
    "NodeDown": "its node is down",
    "PartitionDown": "its partition is down",
    "PartitionInactive": "its partition starts no jobs",
    "PartitionNodeLimit": "it asks for more than its partition gives",
    "PartitionTimeLimit": "it asks for more time than its partition gives",
    "ReqNodeNotAvail": "its node is not available",
}
# The account has too much running already: by its association (Assoc...) or quality of service.
_LIMITS: Final = ("Assoc", "QOS", "MaxJobsPerAccount", "MaxCpuPerAccount", "MaxMemoryPerAccount")
_UNKNOWN: Final = "Invalid job id"  # squeue's words for a job that ended a while ago

SCRIPT: Final = """\
#!/bin/bash
#SBATCH --job-name={{job_name}}
#SBATCH --comment={{mark}}
#SBATCH --output={{log}}
#SBATCH --chdir={{directory}}
#SBATCH --export=ALL
#SBATCH --no-requeue
{% if nprocs %}#SBATCH --cpus-per-task={{nprocs}}
{% endif %}{% if memory %}#SBATCH --mem={{memory}}
{% endif %}{% if partition %}#SBATCH --partition={{partition}}
{% endif %}{% if account %}#SBATCH --account={{account}}
{% endif %}{% if qos %}#SBATCH --qos={{qos}}
{% endif %}{% if runtime %}#SBATCH --time={{runtime}}
{% endif %}{% if gres %}#SBATCH --gres={{gres}}
{% endif %}{% if reservation %}#SBATCH --reservation={{reservation}}
{% endif %}{% if options %}#SBATCH {{options}}
{% endif %}
{{prologue}}
exec {{cmd}}
"""
"""The batch script. No secret is in it: those are in the environment, which goes with the job."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as `QUERY` shows it.

    Attributes
    ----------
    state, reason : str
        Slurm's words.
    node : str
        Where it runs, "n/a" before.
    """

    state: str
    node: str
    reason: str


def parse_job(said: str) -> Job | None:
    """Return the job; None when Slurm said something else, which is no end of a job."""
    if said.startswith("slurm_load_jobs error"):
        return Job("COMPLETED", "n/a", "None") if _UNKNOWN in said else None
    lines = said.splitlines()
    fields = lines[-1].split("|") if lines else []
    return Job(*fields) if len(fields) == len(Job.__slots__) else None


def has_ended(said: str) -> bool:
    """Return whether what Slurm said means that the job ended."""
    job = parse_job(said)
    return job is not None and job.state in _ENDS


def waiting_sentence(job: Job) -> str:
    """Return why a job does not run yet, in our words and Slurm's."""
    name, _comma, _more = job.reason.partition(",")
    why = _WAITS.get(name)
    if why is None and name.startswith(_LIMITS):
        why = "the account has as much running as it may"
    return f"Waiting in Slurm's queue: {why} ({job.reason})" if why else f"Slurm: {job.reason}"


def ending_sentence(said: str) -> str:
    """Return how a job ended, as what follows "The notebook server"."""
    job = parse_job(said)
    if job is None or job.state not in _ENDS:
        return "ended"
    reason = "" if job.reason == "None" else f", {job.reason}"
    return f"ended, because Slurm says of its job that {_ENDS[job.state]} ({job.state}{reason})"


def refusal_sentence(said: str) -> str:
    """Return why Slurm takes no such job, from what sbatch wrote on standard error."""
    lines = [line.removeprefix("sbatch: ").removeprefix("error: ") for line in said.splitlines()]
    words = " / ".join(line for line in lines if line.strip()) or "it gave no reason"
    return (
        f"Slurm did not take the session: {words}. Choose a smaller size, or try again later; if "
        "it stays so, tell the site's administrators."
    )
