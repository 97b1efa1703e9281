"""A line in the history of a table, as CASA's tasks write them."""

from casacore import tables

from casa_plots.tables import Table
from casa_plots.times import now_in, time_scale


def add(table: Table, message: str) -> bool:
    """Add a line to the HISTORY of a table, if it has one; False if another process has it.

    Raises
    ------
    RuntimeError
        It cannot be written.
    """
    if "HISTORY" not in table.keywordnames():
        return True
    path = table.getkeyword("HISTORY").removeprefix("Table: ")
    history = tables.table(path, ack=False, readonly=False, lockoptions="usernoread")
    try:
        if not {"MESSAGE", "TIME"} <= set(history.colnames()):
            return True
        history.lock(write=True, nattempts=1)
        if not history.haslock(write=True):
            return False
        row = history.nrows()
        history.addrows(1)
        history.putcell("TIME", row, now_in(time_scale(history)))
        for name, text in (
            ("MESSAGE", message),
            ("APPLICATION", "casahub plotms"),
            ("ORIGIN", "casa_plots.flagging"),
            ("PRIORITY", "INFO"),
        ):
            if name in history.colnames():
                history.putcell(name, row, text)
        for name in ("OBSERVATION_ID", "OBJECT_ID"):
            if name in history.colnames():
                history.putcell(name, row, -1 if name == "OBSERVATION_ID" else 0)
        for name in ("CLI_COMMAND", "APP_PARAMS"):
            if name in history.colnames():
                history.putcell(name, row, [""])
        history.flush()
        history.unlock()
        return True
    finally:
        history.close()
