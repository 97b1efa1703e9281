"""Can our own engine draw what is asked for? Reasons in words, without looking at data."""

from collections.abc import Mapping
from typing import Any

from casa_plots.plotms.names import axis_of, column_of


def obstacles(values: Mapping[str, Any]) -> list[str]:
    """Return why our engine cannot do what checked parameters ask for; nothing where it can.

    Parameters
    ----------
    values : mapping of str to object
        From `checking.check`.
    """
    found = [
        f"{name}={text!r} is an axis that casahub does not have"
        for name in ("xaxis", "yaxis", "coloraxis", "iteraxis")
        for text in _listed(values[name])
        if text and axis_of(text) is None
    ]
    found += [
        f"{name}={text!r} is a column that casahub does not have"
        for name in ("xdatacolumn", "ydatacolumn")
        for text in _listed(values[name])
        if text and column_of(text) is None
    ]
    if any(values["callib"]):
        found.append("callib asks for calibration on the fly, which casahub does not apply")
    found += [
        f"{name}=True asks for a curve of the atmosphere, which casahub does not compute"
        for name in ("showatm", "showtsky")
        if values[name]
    ]
    if values["transform"] and values["phasecenter"]:
        found.append(
            f"phasecenter={values['phasecenter']!r} asks for phases that casahub does not move"
        )
    if values["selectdata"] and values["antpos"]:
        found.append(f"antpos={values['antpos']!r} selects from a table that casahub does not read")
    return found


def _listed(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]
