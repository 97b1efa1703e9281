"""The sample archive: real observations that CASA's own data package carries.

They are made into MeasurementSets by `casa_kernel.samples` in a process of its own, because the
site itself neither imports CASA nor needs it.
"""

import asyncio
import json
import shutil
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from zfs_provisioner.client import ProvisionerClient
from zfs_provisioner.model import DatasetInfo, Progress

from casahub.errors import SiteError
from casahub.processes import die_with_parent
from casahub.settings import Settings

RELEASE: Final = "2026-11"  # the month in which the import script was last changed
Report = Callable[[str, Progress], None]


async def ensure_samples(settings: Settings, client: ProvisionerClient, report: Report) -> None:
    """Import each sample that the archive does not have."""
    if settings.staging.exists():
        shutil.rmtree(settings.staging)  # left by a start that was interrupted
    if not settings.samples or find_spec("casa_kernel") is None:
        return
    have = {dataset.name for dataset in await client.datasets()}
    missing = [name for name in SAMPLES if name not in have]
    for name in missing:
        await _import_sample(name, settings.staging, client, report)


SAMPLES: Final = ("ngc5921", "3c273")


async def _import_sample(
    name: str, staging: Path, client: ProvisionerClient, report: Report
) -> None:
    report(name, Progress(stage="making a MeasurementSet with CASA"))
    target = staging / name
    target.mkdir(parents=True)
    try:
        about = json.loads(await _casa_samples("make", name, str(target)))
        await client.import_release(
            name, RELEASE, target, _info(about), lambda progress: report(name, progress)
        )
    finally:
        shutil.rmtree(staging)


def _info(about: dict[str, object]) -> DatasetInfo:
    keys = ("title", "source", "telescope", "observed", "description")
    return DatasetInfo(**{key: str(about[key]) for key in keys if key in about})


async def _casa_samples(*arguments: str) -> bytes:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "casa_kernel.samples",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C reaches us, and we end it
        preexec_fn=die_with_parent,
    )
    try:
        output, errors = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise SiteError(
            f"The sample {arguments[1]!r} could not be made (disk full? see below). Start again to "
            "retry, or leave the samples out with CASAHUB_SAMPLES=false.\n"
            + errors.decode(errors="replace")[-2000:]
        )
    return output
