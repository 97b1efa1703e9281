"""Parameters that many routes share."""

from typing import Annotated

from fastapi import Query

OwnerName = Annotated[str, Query(alias="owner", description="Whose workspace it is")]
