"""The steps of a trial start, by name: the child reports them, the doctor reads them."""

from typing import Final

CONFIGURATION: Final = "configuration"
SITE: Final = "site"
CASA: Final = "casa"
TABLES: Final = "tables"
PROBLEM: Final = "problem"
