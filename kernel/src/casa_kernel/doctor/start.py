"""What is to be said about a trial start of CASA."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

from casa_kernel.configuration import SITE_VARIABLE, USER_FILE
from casa_kernel.doctor import steps
from casa_kernel.doctor.check import Check, bad, note, ok
from casa_kernel.doctor.trial import Found, Trial

_FIRST_DAY: Final = date(1858, 11, 17)  # modified Julian date 0
_UPDATE: Final = "`pip install --upgrade casadata`, or `python -m casaconfig --update-all`"


def check_configuration(found: Found) -> Check:
    """Tell which configuration files count."""
    order = f"(${SITE_VARIABLE} first, then {USER_FILE}, which wins)"
    failures: dict[str, str] = found["failures"]
    if failures:
        names = "; ".join(f"{name} is left out as a whole: {why}" for name, why in failures.items())
        return note("configuration", f"{names}. Mend it; what is read: {order}.")
    read: list[str] = found["read"]
    said = f"Configuration is read from {', '.join(read)}" if read else "No configuration is there"
    return ok("configuration", f"{said} {order}.")


def check_updates(found: Found) -> Check:
    """Tell that nothing is fetched, whatever the configuration asks for."""
    asked = "although measures_auto_update or data_auto_update, its default, asks for it"
    wish = asked if found["wants_updates"] else "as configured"
    return ok("updates", f"CASA fetches nothing here at start, {wish}; newer data: {_UPDATE}.")


def check_data(found: Found) -> Check:
    """Tell where the reference data are."""
    more = f", further data in {', '.join(found['more_data'])}" if found["more_data"] else ""
    where = f"The reference data are in {found['data']}{more}"
    unfulfilled = [each for each in found["remarks"] if "measurespath" in each]
    if unfulfilled:
        return note("data", " ".join(unfulfilled))
    return ok("data", f"{where}; others: set measurespath in {USER_FILE}.")


def check_tables(found: Found, today: date) -> Check:
    """Tell until when the rotation of the Earth is known.

    Parameters
    ----------
    found : dict
        Table name to its last day, a modified Julian date.
    today : date
        Observations may be as new as this.
    """
    measured = _FIRST_DAY + timedelta(days=found["IERSeop2000"])
    predicted = _FIRST_DAY + timedelta(days=found["IERSpredict"])
    known = f"The Earth's rotation is measured until {measured}, predicted until {predicted}"
    if predicted >= today:
        return ok("tables", f"{known}.")
    return note(
        "tables",
        f"{known}. CASA reads older observations as well as ever; for newer ones it takes UTC for "
        f"UT1, which is up to 0.9 s (13 arcsec of rotation) off: {_UPDATE}.",
    )


def check_listeners(found: Found) -> Check:
    """Tell whether CASA can be reached from other machines."""
    if found["listeners"]:
        ends = ", ".join(f"{address} port {port}" for address, port in found["listeners"])
        return bad("network", f"CASA listens to other machines on {ends}, without a password.")
    return ok("network", "CASA listens to no other machine; the port that it opened was closed.")


def check_import(trial: Trial) -> Check:
    """Tell whether CASA loads."""
    if trial.failure is None:
        found = trial.steps[steps.CASA]
        version, seconds = found["version"], found["seconds"]
        return ok("import", f"CASA {version} loads: {found['tasks']} tasks in {seconds} s.")
    if steps.CASA in trial.steps:
        return bad("import", f"CASA loads, but reading its reference data {trial.failure}.")
    if steps.PROBLEM in trial.steps:
        return bad("import", trial.failure)
    where = "import of CASA" if steps.SITE in trial.steps else "reading of CASA's configuration"
    return bad(
        "import",
        f"In a child process the {where} {trial.failure}. See the other lines for what is missing.",
    )


def examine_start(trial: Trial) -> Iterator[Check]:
    """Yield what is to be said; steps that were not reached are left out."""
    reached = trial.steps
    if steps.CONFIGURATION in reached:
        yield check_configuration(reached[steps.CONFIGURATION])
        yield check_updates(reached[steps.CONFIGURATION])
    if steps.SITE in reached:
        yield check_data(reached[steps.SITE])
    yield check_import(trial)
    if steps.CASA in reached:
        yield check_listeners(reached[steps.CASA])
    if steps.TABLES in reached:
        yield check_tables(reached[steps.TABLES], datetime.now(UTC).date())
