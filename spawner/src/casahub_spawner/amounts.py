"""Bytes as people read them."""

from pydantic import ByteSize


def shown(size: int) -> str:
    """Return bytes with a decimal unit, as disks are labelled: `1.5 GB`."""
    return ByteSize(size).human_readable(decimal=True, separator=" ").replace(".0 ", " ")
