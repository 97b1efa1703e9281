"""What Slurm's words mean: nothing but a final state ends a session."""

import pytest
from casahub_spawner.slurm_jobs import (
    ending_sentence,
    has_ended,
    parse_job,
    refusal_sentence,
    waiting_sentence,
)


@pytest.mark.parametrize(
    "said",
    [
        "",
        "RUNNING|node7|None",
        "SUSPENDED|node7|None",
        "COMPLETING|node7|None",
        "A_STATE_OF_A_LATER_SLURM|node7|None",
        "slurm_load_jobs error: Unable to contact slurm controller (connect failure)",
        "slurm_load_jobs error: Protocol authentication error",
        "sh: 1: squeue: not found",
    ],
)
def test_anything_else_is_no_end(said: str) -> None:
    assert not has_ended(said)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            "CANCELLED|n/a|None",
            "ended, because Slurm says of its job that it was cancelled (CANCELLED)",
        ),
        (
            "TIMEOUT|node7|TimeLimit",
            "ended, because Slurm says of its job that its time was over (TIMEOUT, TimeLimit)",
        ),
        (
            "slurm_load_jobs error: Invalid job id specified",
            "ended, because Slurm says of its job that it is over (COMPLETED)",
        ),
    ],
)
def test_a_final_state_is_an_end_that_is_told(said: str, sentence: str) -> None:
    assert has_ended(said)
    assert ending_sentence(said) == sentence


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("Priority", "Waiting in Slurm's queue: other jobs are before it (Priority)"),
        (
            "ReqNodeNotAvail, UnavailableNodes:node7",
            (
                "Waiting in Slurm's queue: its node is not available "
                "(ReqNodeNotAvail, UnavailableNodes:node7)"
            ),
        ),
        (
            "QOSMaxJobsPerUserLimit",
            (
                "Waiting in Slurm's queue: the account has as much running as it may "
                "(QOSMaxJobsPerUserLimit)"
            ),
        ),
        ("SomethingNew", "Slurm: SomethingNew"),
    ],
)
def test_a_reason_is_told_in_words(reason: str, sentence: str) -> None:
    job = parse_job(f"PENDING|n/a|{reason}")
    assert job
    assert waiting_sentence(job) == sentence


def test_sbatchs_words_reach_the_user() -> None:
    said = (
        "sbatch: error: Memory specification can not be satisfied\n"
        "sbatch: error: Batch job submission failed: Requested node configuration is not available"
    )
    assert refusal_sentence(said) == (
        "Slurm did not take the session: Memory specification can not be satisfied / Batch job "
        "submission failed: Requested node configuration is not available. Choose a smaller size, "
        "or try again later; if it stays so, tell the site's administrators."
    )
