"""What stations write down during the simulated EVN experiment: ANTAB and UVFLG files."""

import numpy as np

from casa_kernel.simulation.evn_network import (
    GAIN_POLYNOMIAL,
    LATE,
    SENSITIVITY,
    SICK_CHANNEL,
    system_temperatures,
)
from casa_kernel.simulation.fitsidi import SECONDS_PER_DAY
from casa_kernel.simulation.geometry import elevations
from casa_kernel.simulation.model import FloatArray, Observation, Scan


def antab_text(seen: Observation) -> str:
    """Return the ANTAB file: a gain curve and system temperatures each minute, all stations."""
    polynomial = ",".join(f"{term:g}" for term in GAIN_POLYNOMIAL)
    minutes = np.arange(-60.0, seen.times[-1] + 120.0, 60.0)
    setup = seen.setup
    sampled = Observation(setup, seen.stations, seen.sources, _each(minutes, seen))
    temperatures = system_temperatures(elevations(sampled))
    lines = ["! Simulated system temperatures and gain curves."]
    for index, station in enumerate(seen.stations):
        dpfu = f"{SENSITIVITY[index]:g},{SENSITIVITY[index]:g}"
        lines += [
            f"GAIN {station.name} ELEV DPFU={dpfu} FREQ=4900,5100",
            f"POLY={polynomial} /",
            f"TSYS {station.name} FT=1.0 TIMEOFF=0",
            "INDEX='R1','L1','R2','L2' /",
        ]
        for minute, values in zip(minutes, temperatures[:, index], strict=True):
            texts = " ".join(f"{value:.2f}" for value in values.ravel())
            lines.append(f"{_day_and_time(setup.start + minute)} {texts}")
        lines.append("/")
    return "\n".join(lines) + "\n"


def _each(minutes: FloatArray, seen: Observation) -> tuple[Scan, ...]:
    # The source that is tracked at a minute: that of the last scan that began.
    starts = np.array([scan.start for scan in seen.scans])
    current = np.maximum(np.searchsorted(starts, minutes, side="right") - 1, 0)
    half = seen.setup.integration / 2
    return tuple(
        Scan(seen.scans[scan].source, minute - half, minute + half)
        for scan, minute in zip(current, minutes, strict=True)
    )


def _day_and_time(seconds: float) -> str:
    day, rest = divmod(seconds, SECONDS_PER_DAY)
    hours, rest = divmod(rest, 3600.0)
    return f"{61 + int(day):03d} {int(hours):02d}:{rest / 60.0:05.2f}"  # 1 March of a leap year


def uvflg_text(seen: Observation) -> str:
    """Return the UVFLG file: the late start and the channel with interference."""
    station, seconds = LATE
    start = f"61,{int(seen.setup.start // 3600):02d},00"
    late = f"{start},00, {start},{seconds:02.0f}"
    name, channel = seen.stations[station].name, SICK_CHANNEL + 1
    return (
        "! Simulated a-priori flags.\n"
        "opcode = 'FLAG'\n"
        "dtimrang = 1  timeoff = 0\n"
        f"ant_name='{name}' timerang={late} reason='late on source' /\n"
        f"timerang=0,0,0,0, 400,0,0,0 bif=1 eif=1 bchan={channel} echan={channel} "
        "reason='interference' /\n"
    )
