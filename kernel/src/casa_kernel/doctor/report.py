"""The command ``doctor``: asks everybody, prints, and sums up."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from casa_kernel.doctor import steps
from casa_kernel.doctor.applications import examine_applications
from casa_kernel.doctor.check import Check, Verdict
from casa_kernel.doctor.jupyter import check_kernelspec
from casa_kernel.doctor.machine import examine_machine
from casa_kernel.doctor.packages import examine_packages
from casa_kernel.doctor.places import examine_places
from casa_kernel.doctor.start import examine_start
from casa_kernel.doctor.trial import attempt


def examine(patience: float) -> Iterator[Check]:
    """Yield every check of this machine.

    Parameters
    ----------
    patience : float
        Seconds that CASA may take to load.
    """
    yield from examine_packages()
    yield from examine_machine()
    yield check_kernelspec()
    yield from examine_applications()
    trial = attempt(patience)
    yield from examine_start(trial)
    cache = trial.steps.get(steps.CONFIGURATION, {}).get("cache")
    yield from examine_places(Path(cache) if cache else None)


def run(*, as_json: bool, patience: float) -> int:
    """Print what works.

    Returns
    -------
    int
        Exit status: 0 unless something stops CASA.
    """
    checks = list(examine(patience))
    if as_json:
        print(json.dumps([asdict(check) for check in checks], indent=2))
    else:
        for check in checks:
            print(f"{check.verdict:4} {check.name:13} {check.sentence}")
    return int(any(check.verdict is Verdict.BAD for check in checks))
