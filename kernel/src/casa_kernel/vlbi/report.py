"""What an import tells its user."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What `import_evn` made, and what was not in its files.

    Attributes
    ----------
    vis : str
        The MeasurementSet.
    flags : tuple of str
        The `flagdata` commands that were applied.
    without_temperature, without_gain : tuple of str
        Stations that the ANTAB file says nothing about: `applycal` flags their data. Empty if
        there was no ANTAB file.
    """

    vis: str
    flags: tuple[str, ...] = ()
    without_temperature: tuple[str, ...] = ()
    without_gain: tuple[str, ...] = ()

    def warnings(self) -> Iterator[str]:
        """Return a sentence for each kind of calibration that is missing."""
        missing = {
            "system temperatures": self.without_temperature,
            "gain curve": self.without_gain,
        }
        for what, stations in missing.items():
            if stations:
                names = ", ".join(stations)
                yield f"The ANTAB file has no {what} of {names}: applycal flags their data."
