"""A-priori flags as commands of `flagdata`."""

from collections.abc import Sequence
from datetime import date, datetime

from casa_kernel.vlbi.calendar import moment
from casa_kernel.vlbi.layout import IdiLayout
from casa_kernel.vlbi.uvflg import Flag, TimeRange


def flag_commands(flags: Sequence[Flag], layout: IdiLayout) -> list[str]:
    """Return commands for ``flagdata(mode='list', inpfile=…)``.

    Parameters
    ----------
    flags : sequence of Flag
        From `parse_uvflg`.
    layout : IdiLayout
        Of the data: gives days their year, and numbers their stations and bands. Flags of stations
        that are not there are left out.
    """
    named: dict[str | int, str] = {number: name for name, number in layout.stations.items()}
    named.update({name.upper(): name for name in layout.stations})
    commands = []
    for flag in flags:
        here = [named[station] for station in flag.antennas if station in named]
        there = [named[station] for station in flag.partners if station in named]
        if len(here) == len(flag.antennas) and len(there) == len(flag.partners):
            commands.append(_command(flag, layout, here, there))
    return commands


def _command(flag: Flag, layout: IdiLayout, here: list[str], there: list[str]) -> str:
    selections = {
        "antenna": _antennas(here, there),
        "timerange": _timerange(flag.times, layout.observed) if flag.times else "",
        "spw": _windows(flag, layout),
        "correlation": flag.correlation,
        "field": ",".join(flag.sources),
        # flagdata knows no way to write a quote inside of quotes.
        "reason": flag.reason.replace("'", " ").replace('"', " "),
    }
    chosen = [f"{name}='{value}'" for name, value in selections.items() if value]
    return " ".join(["mode='manual'", *chosen])


def _antennas(here: list[str], there: list[str]) -> str:
    # The doubled ampersand takes autocorrelations along, which accor would use.
    if here and there:
        return f"{','.join(here)}&&{','.join(there)}"
    return f"{','.join(here)}&&*" if here else ""


def _timerange(times: TimeRange, observed: date) -> str:
    start, stop = (moment(observed, *each) for each in (times.start, times.stop))
    return f"{_casa_time(start)}~{_casa_time(stop)}"


def _casa_time(time: datetime) -> str:
    return f"{time:%Y/%m/%d/%H:%M:%S}.{time.microsecond // 100000}"


def _windows(flag: Flag, layout: IdiLayout) -> str:
    if flag.bands is None and flag.channels is None:
        return ""
    first, last = flag.bands or (1, 0)
    windows = f"{first - 1}~{(last or layout.bands) - 1}"
    if flag.channels is None:
        return windows
    begin, end = flag.channels
    return f"{windows}:{begin - 1}~{(end or layout.channels) - 1}"
