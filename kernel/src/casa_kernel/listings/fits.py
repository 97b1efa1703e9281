"""The header of a FITS file as tables, because ``listfits`` says it to the log only."""

from pathlib import Path
from typing import Final

from astropy.io import fits

from casa_kernel.listings.table import Column, Listing, Table, listing, without_empty_columns

_UNIT_COLUMNS: Final = (
    Column("hdu", "", True),
    Column("name"),
    Column("kind"),
    Column("dimensions"),
    Column("rows", "", True),
    Column("columns", "", True),
    Column("groups", "", True),
    Column("cards", "", True),
)
_CARD_COLUMNS: Final = (
    Column("hdu", "", True),
    Column("keyword"),
    Column("value"),
    Column("comment"),
)


def fits_listing(path: Path) -> Listing:
    """Return what a FITS file holds: its header-data units, their cards; data are not read."""
    # AIPS writes cards that the standard forbids; a listing shows them as they are.
    with fits.open(path, memmap=True, output_verify="ignore") as units:
        headers = [unit.header for unit in units]
    tables = [
        without_empty_columns(
            Table(
                "Header-data units", _UNIT_COLUMNS, tuple(map(_unit, range(len(headers)), headers))
            )
        ),
        Table("Header cards", _CARD_COLUMNS, tuple(_cards(headers))),
    ]
    text = "\n\n".join(
        header.tostring(sep="\n", endcard=False, padding=False) for header in headers
    )
    return listing(str(path), tables, text)


def _unit(number: int, header: fits.Header) -> tuple[str, ...]:
    axes = [header[f"NAXIS{axis}"] for axis in range(1, header["NAXIS"] + 1)]
    kind = str(header.get("XTENSION", "PRIMARY")).strip()
    is_table = kind in {"BINTABLE", "TABLE"}
    # A first axis of length 0 marks random groups, the form of UVFITS.
    is_groups = header.get("GROUPS") is True and axes[:1] == [0]
    shape = [] if is_table else axes[1:] if is_groups else axes
    return (
        str(number),
        str(header.get("EXTNAME", header.get("OBJECT", ""))),
        "random groups" if is_groups else kind.lower(),
        " x ".join(map(str, shape)),
        str(axes[1]) if is_table else "",
        str(header["TFIELDS"]) if is_table else "",
        str(header["GCOUNT"]) if is_groups else "",
        str(len(header)),
    )


def _cards(headers: list[fits.Header]) -> list[tuple[str, ...]]:
    return [
        (str(number), card.keyword, str(card.value), card.comment)
        for number, header in enumerate(headers)
        for card in header.cards
    ]
