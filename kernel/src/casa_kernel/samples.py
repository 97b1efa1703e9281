"""Sample datasets from real observations: ``python -m casa_kernel.samples``.

The package casadata brings two classic VLA observations as UVFITS. Here they become what an archive
release holds: a MeasurementSet and a first notebook. What is printed about them is read from the
data.
"""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from casa_kernel import site
from casa_kernel.casa import Casa, load, stderr_into
from casa_kernel.errors import CasaKernelError, SampleError
from casa_kernel.starter import write_notebook

NOTEBOOK: Final = "start-here.ipynb"
# CASA counts time from here, in days.
_MODIFIED_JULIAN_EPOCH: Final = datetime(1858, 11, 17, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sample:
    """What is known before the data are read."""

    dataset: str
    title: str
    source: str
    fits: str


SAMPLES: Final = {
    sample.dataset: sample
    for sample in (
        Sample("ngc5921", "NGC 5921, H I line (VLA D configuration)", "NGC 5921", "NGC5921.fits"),
        Sample("3c273", "3C 273, continuum (VLA)", "3C 273", "3C273XC1.fits"),
    )
}


def observed_on(modified_julian_date: float) -> str:
    """Return the calendar date of a modified Julian date, as ISO 8601 has it."""
    return (_MODIFIED_JULIAN_EPOCH + timedelta(days=modified_julian_date)).date().isoformat()


def refuse_if_made(sample: Sample, directory: Path) -> None:
    """Refuse to touch what is there already.

    Raises
    ------
    SampleError
        The MeasurementSet or the notebook exists.
    """
    for target in (directory / f"{sample.dataset}.ms", directory / NOTEBOOK):
        if target.exists():
            raise SampleError(f"{target} exists already: remove it, or name another directory.")


def read_metadata(casa: Casa, vis: Path) -> dict[str, Any]:  # JSON values
    """Return what a MeasurementSet says about itself."""
    metadata = casa.tools["msmetadata"]()
    metadata.open(str(vis))
    try:
        start = metadata.timerangeforobs(0)["begin"]["m0"]["value"]
        windows = range(metadata.nspw())
        frequencies = [float(hertz) for window in windows for hertz in metadata.chanfreqs(window)]
        return {
            "telescope": str(metadata.observatorynames()[0]),
            "observed": observed_on(float(start)),
            "fields": [str(name) for name in metadata.fieldnames()],
            "rows": int(metadata.nrows()),
            "channels": sum(int(metadata.nchan(window)) for window in windows),
            "antennas": int(metadata.nantennas()),
            "frequency_ghz": [round(limit(frequencies) / 1e9, 6) for limit in (min, max)],
        }
    finally:
        metadata.close()


def make(casa: Casa, sample: Sample, directory: Path) -> dict[str, Any]:  # JSON values
    """Make a sample's MeasurementSet and notebook in a directory.

    Parameters
    ----------
    casa : Casa
        A loaded CASA.
    sample : Sample
        Which one.
    directory : Path
        Made if it is missing; other files in it are left alone.

    Returns
    -------
    dict
        The sample's metadata, read from the data.

    Raises
    ------
    SampleError
        A file of the sample exists, or CASA could not import the observation.
    """
    vis, notebook = directory / f"{sample.dataset}.ms", directory / NOTEBOOK
    refuse_if_made(sample, directory)
    directory.mkdir(parents=True, exist_ok=True)
    # Under its own name it is complete: a reader never sees half a MeasurementSet.
    building = directory / f".{sample.dataset}-{os.getpid()}.ms"
    try:
        casa.tasks["importuvfits"](fitsfile=str(observation(sample)), vis=str(building))
        metadata = read_metadata(casa, building)
        write_notebook(notebook, vis.name, sample.title, metadata["fields"])
        building.rename(vis)
    except (RuntimeError, OSError) as error:
        raise SampleError(f"{sample.fits} could not be imported: {error}.") from error
    finally:
        shutil.rmtree(building, ignore_errors=True)  # gone already when all went well
    described = {name: value for name, value in asdict(sample).items() if name != "fits"}
    return {**described, **metadata, "files": [vis.name, notebook.name]}


def observation(sample: Sample) -> Path:
    """Return the UVFITS file of a sample.

    Raises
    ------
    SampleError
        The package casadata lacks it.
    """
    fits = site.find_data([]) / "demo" / sample.fits
    if not fits.is_file():
        raise SampleError(f"{fits} is missing: {site.CASADATA_REMEDY}.")
    return fits


def _make_quietly(sample: Sample, directory: Path) -> dict[str, Any]:
    refuse_if_made(sample, directory)  # before CASA is imported: a refusal takes no seconds
    place = site.prepare(datetime.now(UTC))
    # Nothing but the answer may reach stdout, and CASA's copies of its warnings help nobody here.
    with stderr_into(place.log_file):
        return make(load(place, str(place.log_file)), sample, directory.resolve())


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m casa_kernel.samples")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="print the samples as JSON")
    making = commands.add_parser("make", help="make a sample, print its metadata as JSON")
    making.add_argument("name", choices=sorted(SAMPLES))
    making.add_argument("directory", type=Path)
    arguments = parser.parse_args(argv)
    if arguments.command == "list":
        print(json.dumps([asdict(sample) for sample in SAMPLES.values()], indent=2))
        return 0
    try:
        print(json.dumps(_make_quietly(SAMPLES[arguments.name], arguments.directory)))
    except CasaKernelError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
