"""SYSTEM_TEMPERATURE and GAIN_CURVE tables of FITS-IDI.

Columns and keywords are those of AIPS Memo 114r, "The FITS Interferometry Data Interchange
Convention -- Revised".
"""

from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from casa_kernel.vlbi.calendar import days_after
from casa_kernel.vlbi.calibration import Angle, Antab, GainCurve, SystemTemperatures
from casa_kernel.vlbi.errors import VlbiError
from casa_kernel.vlbi.layout import IdiLayout

SYSTEM_TEMPERATURE: Final = "SYSTEM_TEMPERATURE"
GAIN_CURVE: Final = "GAIN_CURVE"
# The memo's codes: polynomials; elevation and zenith angle in degrees, as CASA reads them.
_POLYNOMIAL: Final = 2
_ANGLE_CODES: Final = {Angle.ELEVATION: 1, Angle.ZENITH_ANGLE: 2}

Floats = NDArray[np.float32]


def temperature_table(antab: Antab, layout: IdiLayout) -> fits.BinTableHDU:
    """Return the SYSTEM_TEMPERATURE table; stations that the file does not have are left out.

    Raises
    ------
    VlbiError
        No reading is for any of the file's stations, or an index names a band that it lacks.
    """
    rows = sorted(_readings(antab.temperatures, layout, antab.file), key=lambda row: row[:2])
    if not rows:
        raise VlbiError(
            f"{antab.file} has no system temperature of {', '.join(layout.stations)}: is it the "
            "file of this experiment?"
        )
    times = np.array([time for time, _, _ in rows])
    kelvins = np.stack([values for _, _, values in rows])
    count = len(rows)
    columns = [
        fits.Column("TIME", "1D", "DAYS", array=times),
        # A reading is of a moment. An interval would move it: gencal takes TIME for its end.
        fits.Column("TIME_INTERVAL", "1E", "DAYS", array=np.zeros(count)),
        fits.Column("SOURCE_ID", "1J", array=np.zeros(count)),
        fits.Column("ANTENNA_NO", "1J", array=[station for _, station, _ in rows]),
        fits.Column("ARRAY", "1J", array=np.ones(count)),
        fits.Column("FREQID", "1J", array=np.ones(count)),
    ]
    for hand in range(layout.polarisations):
        shape = f"{layout.bands}E"
        blank = np.full((count, layout.bands), np.nan)
        columns += [
            fits.Column(f"TSYS_{hand + 1}", shape, "KELVIN", array=kelvins[:, hand]),
            fits.Column(f"TANT_{hand + 1}", shape, "KELVIN", array=blank),
        ]
    return _table(SYSTEM_TEMPERATURE, columns, layout, {"NO_POL": layout.polarisations})


_Row = tuple[float, int, Floats]


def _readings(groups: Iterable[SystemTemperatures], layout: IdiLayout, file: str) -> Iterable[_Row]:
    numbers = _numbers(layout)
    for group in groups:
        if group.station not in numbers:
            continue
        _refuse_bands(group, layout, file)
        for reading in group.readings:
            # Not a number: no valid value.
            values = np.full((layout.polarisations, layout.bands), np.nan, dtype=np.float32)
            for feeds, kelvin in zip(group.columns, reading.kelvins, strict=True):
                for feed in feeds:
                    if kelvin is not None and feed.polarisation < layout.polarisations:
                        values[feed.polarisation, feed.band] = kelvin
            yield days_after(layout.observed, reading.day), numbers[group.station], values


def _refuse_bands(group: SystemTemperatures, layout: IdiLayout, file: str) -> None:
    last = max((feed.band for feeds in group.columns for feed in feeds), default=0)
    if last >= layout.bands:
        raise VlbiError(
            f"{file}: INDEX of {group.station} names band {last + 1}, the data have "
            f"{layout.bands}: correct the INDEX line."
        )


def gain_table(antab: Antab, layout: IdiLayout) -> fits.BinTableHDU:
    """Return the GAIN_CURVE table: for each station and band the curve that is valid there.

    Raises
    ------
    VlbiError
        None is for any of the file's stations at its frequencies.
    """
    curves = curves_of(antab, layout)
    if not curves:
        raise VlbiError(
            f"{antab.file} has no gain curve of {', '.join(layout.stations)} at "
            f"{layout.frequencies[0] / 1e6:.0f} MHz: is it the file of this experiment?"
        )
    terms = max(len(curve.polynomial) for each in curves.values() for curve in each)
    columns = [
        fits.Column("ANTENNA_NO", "1J", array=[layout.stations[name] for name in curves]),
        fits.Column("ARRAY", "1J", array=np.ones(len(curves))),
        fits.Column("FREQID", "1J", array=np.ones(len(curves))),
    ]
    for hand in range(layout.polarisations):
        columns += _gain_columns(list(curves.values()), hand, layout.bands, terms)
    header = {"NO_POL": layout.polarisations, "NO_TABS": terms}
    return _table(GAIN_CURVE, columns, layout, header)


def curves_of(antab: Antab, layout: IdiLayout) -> dict[str, list[GainCurve]]:
    """Return the curve for each band of the stations that have one for all their bands."""
    curves = {}
    for name in sorted(layout.stations, key=layout.stations.__getitem__):
        mine = [curve for curve in antab.gains if curve.station == name.upper()]
        # The last of several, as a later statement corrects an earlier one.
        valid = [
            [curve for curve in mine if curve.covers(each)][-1:] for each in layout.frequencies
        ]
        found = [curve for bands in valid for curve in bands]
        if len(found) == layout.bands:
            curves[name] = found
    return curves


def temperatures_of(antab: Antab, layout: IdiLayout) -> set[str]:
    """Return the stations that have readings."""
    warm = {group.station for group in antab.temperatures if group.readings}
    return {name for name in layout.stations if name.upper() in warm}


def _gain_columns(
    stations: list[list[GainCurve]], hand: int, bands: int, terms: int
) -> list[fits.Column]:
    number, integers, floats = hand + 1, f"{bands}J", f"{bands}E"
    counts = [[len(curve.polynomial) for curve in curves] for curves in stations]
    angles = [[_ANGLE_CODES[curve.angle] for curve in curves] for curves in stations]
    gains = np.zeros((len(stations), bands, terms), dtype=np.float32)
    for row, curves in enumerate(stations):
        for band, curve in enumerate(curves):
            gains[row, band, : len(curve.polynomial)] = curve.polynomial
    sensitivities = [[curve.sensitivity[hand] for curve in curves] for curves in stations]
    shape = (len(stations), bands)
    unused = np.zeros((len(stations), bands * terms))
    many = f"{bands * terms}E"
    return [
        fits.Column(f"TYPE_{number}", integers, array=np.full(shape, _POLYNOMIAL)),
        fits.Column(f"NTERM_{number}", integers, array=counts),
        fits.Column(f"X_TYP_{number}", integers, array=np.zeros(shape)),
        fits.Column(f"Y_TYP_{number}", integers, array=angles),
        fits.Column(f"X_VAL_{number}", floats, array=np.zeros(shape)),
        fits.Column(f"Y_VAL_{number}", many, array=unused),
        fits.Column(f"GAIN_{number}", many, array=gains.reshape(len(stations), -1)),
        fits.Column(f"SENS_{number}", floats, "K/JY", array=sensitivities),
    ]


def _numbers(layout: IdiLayout) -> dict[str, int]:
    return {name.upper(): number for name, number in layout.stations.items()}


def _table(
    name: str, columns: list[fits.Column], layout: IdiLayout, header: dict[str, Any]
) -> fits.BinTableHDU:
    hdu = fits.BinTableHDU.from_columns(columns, name=name)
    hdu.header.update(
        {
            "EXTVER": 1,
            "TABREV": 1,
            **layout.common,
            "RDATE": layout.observed.isoformat(),
            **header,
        }
    )
    return hdu
