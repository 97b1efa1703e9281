"""Opening whatever can be plotted: a MeasurementSet or a calibration table."""

from pathlib import Path
from typing import Final

from casa_plots.asked import Asked
from casa_plots.blocks import Source
from casa_plots.errors import InvalidParameterError, UnsupportedError
from casa_plots.tables import Kind, kind_of

BLOCK_POINTS: Final = 4_000_000


def open_source(asked: Asked, *, block_points: int = BLOCK_POINTS) -> Source:
    """Return what was asked for, selected; nothing of its visibilities is read yet.

    Parameters
    ----------
    asked : Asked
        The table, and which points of it.
    block_points : int
        Points that a block may have: what bounds the memory. A single row that has more is one
        block.

    Raises
    ------
    MissingDataError
        There is no such table, or it is not complete.
    SelectionError
        A selection string cannot be read, or selects nothing.
    UnsupportedError
        It is no MeasurementSet, nor a calibration table that can be read.
    InvalidParameterError
        A number or a name in `asked` means nothing.
    """
    if block_points < 1:
        raise InvalidParameterError(f"block_points={block_points} is not a positive number.")
    path = Path(asked.path)
    kind = kind_of(path)
    if kind is Kind.MEASUREMENT_SET:
        from casa_plots.visibilities import open_visibilities  # noqa: PLC0415 - one of two

        return open_visibilities(asked, block_points)
    if kind is Kind.CALIBRATION:
        from casa_plots.calibration import open_calibration  # noqa: PLC0415 - one of two

        return open_calibration(asked, block_points)
    raise UnsupportedError(
        f"{path} is a table, but neither a MeasurementSet nor a calibration table of CASA: "
        "browsetable shows what is in it."
    )
