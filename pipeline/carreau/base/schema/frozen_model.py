"""Say what all parts of a document have in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Moment = Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$", json_schema_extra={"format": "date-time"})]
"""A time in UTC, to the second (RFC 3339)."""


class FrozenModel(BaseModel):
    """A part of a document: what it has is declared, and nothing else may be there."""

    model_config = ConfigDict(extra="forbid", frozen=True)
