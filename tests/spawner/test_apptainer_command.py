"""What is asked of Apptainer, as plain data."""

from pathlib import Path

from casahub_spawner.accounts import Account
from casahub_spawner.apptainer_command import (
    Container,
    as_account,
    engine_environment,
    exec_command,
    in_groups,
)

CONTAINER = Container(
    image="/images/notebook.sif",
    home=Path("/homes/vera/7"),
    home_inside="/home/casahub",
    work=Path('/storage/a,b:c/"live"'),
    scratch=Path("/homes/vera/7/.scratch"),
    options=["--nv"],
)


def test_a_server_in_its_container() -> None:
    assert exec_command("apptainer", CONTAINER, ["jupyterhub-singleuser"]) == [
        *("apptainer", "exec", "--containall"),
        *("--home", "/homes/vera/7:/home/casahub"),
        *("--workdir", "/homes/vera/7/.scratch"),
        "--mount",
        'type=bind,"source=/storage/a,b:c/""live""",destination=/home/casahub/work',
        *("--pwd", "/home/casahub/work"),
        "--nv",
        "/images/notebook.sif",
        "jupyterhub-singleuser",
    ]


def test_each_engine_has_its_name_for_what_is_handed_on() -> None:
    given = {"JUPYTERHUB_API_TOKEN": "secret", "HOME": "/home/vera"}
    assert engine_environment("/usr/bin/apptainer", given) == {
        "APPTAINERENV_JUPYTERHUB_API_TOKEN": "secret",
        "APPTAINER_NO_EVAL": "1",
    }
    assert engine_environment("singularity", given) == {
        "SINGULARITYENV_JUPYTERHUB_API_TOKEN": "secret",
        "SINGULARITY_NO_EVAL": "1",
    }


def test_groups_are_entered_before_rights_are_dropped() -> None:
    command = in_groups([Path("/g/1"), Path("/g/2")], as_account(Account("vera", 7, 8), ["true"]))
    assert command[:2] == ["/bin/sh", "-c"]
    assert command[4:] == [
        *("/g/1", "/g/2", "--"),
        *("setpriv", "--reuid=7", "--regid=8", "--init-groups", "--", "true"),
    ]
    assert in_groups([], ["true"]) == ["true"]
