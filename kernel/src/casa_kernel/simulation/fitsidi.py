"""Visibilities to a FITS-IDI file, as AIPS Memo 114r defines it."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from astropy.io import fits

from casa_kernel.simulation.geometry import sidereal_time, start_of_day
from casa_kernel.simulation.model import Observation
from casa_kernel.simulation.visibilities import SPEED_OF_LIGHT, Visibilities

SECONDS_PER_DAY: Final = 86400.0
_RIGHT_CIRCULAR: Final = -1  # STOKES value of RR; LL is -2


def _table(name: str, columns: list[fits.Column], header: dict[str, Any]) -> fits.BinTableHDU:
    hdu = fits.BinTableHDU.from_columns(columns, name=name)
    hdu.header["EXTVER"] = 1
    hdu.header.update(header)
    return hdu


def _common(observation: Observation) -> dict[str, Any]:  # FITS values
    setup = observation.setup
    return {
        "TABREV": 1,
        "OBSCODE": setup.project,
        "NO_STKD": 2,
        "STK_1": _RIGHT_CIRCULAR,
        "NO_BAND": setup.bands,
        "NO_CHAN": setup.channels,
        "REF_FREQ": setup.frequency,
        "CHAN_BW": setup.channel_width,
        "REF_PIXL": 1.0,
        "RDATE": setup.date,
    }


def _primary(observation: Observation) -> fits.PrimaryHDU:
    hdu = fits.PrimaryHDU()
    hdu.header.update(
        {
            "GROUPS": True,
            "GCOUNT": 0,
            "PCOUNT": 0,
            # No correction for digitisation is made by importers for this correlator.
            "CORRELAT": "SFXC",
            "FXCORVER": "1.0",
            "TELESCOP": observation.setup.telescope,
            "OBSERVER": observation.setup.project,
            "DATE-OBS": observation.setup.date,
        }
    )
    return hdu


def _array_geometry(observation: Observation) -> fits.BinTableHDU:
    stations = observation.stations
    count = len(stations)
    columns = [
        fits.Column("ANNAME", "8A", array=[station.name for station in stations]),
        fits.Column("STABXYZ", "3D", "METERS", array=[station.position for station in stations]),
        fits.Column("DERXYZ", "3E", "M/SEC", array=np.zeros((count, 3))),
        fits.Column("ORBPARM", "0D"),
        fits.Column("NOSTA", "1J", array=np.arange(1, count + 1)),
        fits.Column("MNTSTA", "1J", array=np.zeros(count)),
        fits.Column("STAXOF", "3E", "METERS", array=np.zeros((count, 3))),
        fits.Column("DIAMETER", "1E", "METERS", array=[station.diameter for station in stations]),
    ]
    header = {
        **_common(observation),
        "ARRAYX": 0.0,
        "ARRAYY": 0.0,
        "ARRAYZ": 0.0,
        "ARRNAM": observation.setup.telescope,
        "NUMORB": 0,
        "FREQ": observation.setup.frequency,
        "FRAME": "GEOCENTRIC",
        "TIMSYS": "UTC",
        "TIMESYS": "UTC",
        "GSTIA0": float(np.rad2deg(sidereal_time(start_of_day(observation)))),
        "DEGPDY": 360.98564736629,
        "POLARX": 0.0,
        "POLARY": 0.0,
        "UT1UTC": 0.0,
        "IATUTC": 37.0,
    }
    return _table("ARRAY_GEOMETRY", columns, header)


def _antenna(observation: Observation) -> fits.BinTableHDU:
    count, bands = len(observation.stations), observation.setup.bands
    zeros = np.zeros((count, bands))
    columns = [
        fits.Column("TIME", "1D", "DAYS", array=np.full(count, 0.5)),
        fits.Column("TIME_INTERVAL", "1E", "DAYS", array=np.full(count, 2.0)),
        fits.Column("ANNAME", "8A", array=[station.name for station in observation.stations]),
        fits.Column("ANTENNA_NO", "1J", array=np.arange(1, count + 1)),
        fits.Column("ARRAY", "1J", array=np.ones(count)),
        fits.Column("FREQID", "1J", array=np.ones(count)),
        fits.Column("NO_LEVELS", "1J", array=np.full(count, 4)),
        fits.Column("POLTYA", "1A", array=["R"] * count),
        fits.Column("POLAA", f"{bands}E", "DEGREES", array=zeros),
        fits.Column("POLTYB", "1A", array=["L"] * count),
        fits.Column("POLAB", f"{bands}E", "DEGREES", array=zeros),
    ]
    return _table("ANTENNA", columns, {**_common(observation), "NOPCAL": 0, "POLTYPE": "APPROX"})


def _frequency(observation: Observation) -> fits.BinTableHDU:
    setup = observation.setup
    bands = setup.bands
    offsets = setup.frequencies[:, 0] - setup.frequency
    width = setup.channel_width
    columns = [
        fits.Column("FREQID", "1J", array=[1]),
        fits.Column("BANDFREQ", f"{bands}D", "HZ", array=[offsets]),
        fits.Column("CH_WIDTH", f"{bands}E", "HZ", array=[[width] * bands]),
        fits.Column("TOTAL_BANDWIDTH", f"{bands}E", "HZ", array=[[width * setup.channels] * bands]),
        fits.Column("SIDEBAND", f"{bands}J", array=[[1] * bands]),
    ]
    return _table("FREQUENCY", columns, _common(observation))


def _source(observation: Observation) -> fits.BinTableHDU:
    sources, bands = observation.sources, observation.setup.bands
    count = len(sources)
    zeros, ra = np.zeros((count, bands)), [source.ra for source in sources]
    dec = [source.dec for source in sources]
    per_band = [
        fits.Column(name, f"{bands}{code}", unit, array=zeros)
        for name, code, unit in (
            ("IFLUX", "E", "JY"),
            ("QFLUX", "E", "JY"),
            ("UFLUX", "E", "JY"),
            ("VFLUX", "E", "JY"),
            ("ALPHA", "E", ""),
            ("FREQOFF", "E", "HZ"),
            ("SYSVEL", "D", "M/SEC"),
            ("RESTFREQ", "D", "HZ"),
        )
    ]
    columns = [
        fits.Column("SOURCE_ID", "1J", array=np.arange(1, count + 1)),
        fits.Column("SOURCE", "16A", array=[source.name for source in sources]),
        fits.Column("QUAL", "1J", array=np.zeros(count)),
        fits.Column("CALCODE", "4A", array=[""] * count),
        fits.Column("FREQID", "1J", array=np.ones(count)),
        *per_band,
        fits.Column("RAEPO", "1D", "DEGREES", array=ra),
        fits.Column("DECEPO", "1D", "DEGREES", array=dec),
        fits.Column("EQUINOX", "8A", array=["J2000"] * count),
        fits.Column("RAAPP", "1D", "DEGREES", array=ra),
        fits.Column("DECAPP", "1D", "DEGREES", array=dec),
        fits.Column("VELTYP", "8A", array=["GEOCENTR"] * count),
        fits.Column("VELDEF", "8A", array=["RADIO"] * count),
        fits.Column("PMRA", "1D", "DEG/DAY", array=np.zeros(count)),
        fits.Column("PMDEC", "1D", "DEG/DAY", array=np.zeros(count)),
        fits.Column("PARALLAX", "1E", "ARCSEC", array=np.zeros(count)),
    ]
    return _table("SOURCE", columns, _common(observation))


def _flux(visibilities: Visibilities) -> np.ndarray[Any, np.dtype[np.float32]]:
    # The memo's sign of phase is opposite to that of a MeasurementSet.
    data = np.conj(visibilities.data)
    rows = data.shape[0] * data.shape[1]
    return np.stack([data.real, data.imag], axis=-1).reshape(rows, -1).astype(np.float32)


def _uv_data(observation: Observation, visibilities: Visibilities) -> fits.BinTableHDU:
    setup = observation.setup
    times, baselines = len(visibilities.times), len(visibilities.antenna1)
    rows = times * baselines
    uvw = visibilities.uvw.reshape(rows, 3) / SPEED_OF_LIGHT
    days = np.repeat((setup.start + visibilities.times) / SECONDS_PER_DAY, baselines)
    numbers = 256 * (visibilities.antenna1 + 1) + visibilities.antenna2 + 1
    flux = _flux(visibilities)
    weights = np.ones((rows, 2 * setup.bands))
    columns = [
        fits.Column("UU---SIN", "1D", "SECONDS", array=uvw[:, 0]),
        fits.Column("VV---SIN", "1D", "SECONDS", array=uvw[:, 1]),
        fits.Column("WW---SIN", "1D", "SECONDS", array=uvw[:, 2]),
        fits.Column("DATE", "1D", "DAYS", array=np.full(rows, start_of_day(observation))),
        fits.Column("TIME", "1D", "DAYS", array=days),
        fits.Column("BASELINE", "1J", array=np.tile(numbers, times)),
        fits.Column("SOURCE_ID", "1J", array=np.repeat(visibilities.sources + 1, baselines)),
        fits.Column("FREQID", "1J", array=np.ones(rows)),
        fits.Column("INTTIM", "1E", "SECONDS", array=np.full(rows, setup.integration)),
        fits.Column("WEIGHT", f"{2 * setup.bands}E", array=weights),
        fits.Column("FLUX", f"{flux.shape[1]}E", "UNCALIB", array=flux),
    ]
    return _table("UV_DATA", columns, {**_common(observation), **_axes(observation)})


def _axes(observation: Observation) -> dict[str, Any]:
    setup = observation.setup
    axes = (
        ("COMPLEX", 2, 1.0, 1.0, 1.0),
        ("STOKES", 2, -1.0, -1.0, 1.0),
        ("FREQ", setup.channels, setup.frequency, setup.channel_width, 1.0),
        ("BAND", setup.bands, 1.0, 1.0, 1.0),
        ("RA", 1, 0.0, 1.0, 1.0),
        ("DEC", 1, 0.0, 1.0, 1.0),
    )
    header: dict[str, Any] = {
        "NMATRIX": 1,
        "MAXIS": len(axes),
        "TMATX11": True,
        "DATE-OBS": setup.date,
        "TELESCOP": setup.telescope,
        "OBSERVER": setup.project,
        "EQUINOX": 2000.0,
        "SORT": "TB",
        "VIS_SCAL": 1.0,
        "WEIGHTYP": "NORMAL",
    }
    for number, (name, length, value, step, pixel) in enumerate(axes, 1):
        header[f"MAXIS{number}"] = length
        header[f"CTYPE{number}"] = name
        header[f"CDELT{number}"] = step
        header[f"CRPIX{number}"] = pixel
        header[f"CRVAL{number}"] = value
    return header


def write(path: Path, observation: Observation, visibilities: Visibilities) -> None:
    """Write a FITS-IDI file; an existing one is replaced.

    Parameters
    ----------
    path : Path
        The file.
    observation : Observation
        Array, sources and set-up.
    visibilities : Visibilities
        All of the observation, or an interval of it.
    """
    hdus = fits.HDUList(
        [
            _primary(observation),
            _array_geometry(observation),
            _source(observation),
            _antenna(observation),
            _frequency(observation),
            _uv_data(observation, visibilities),
        ]
    )
    hdus.writeto(path, overwrite=True)
