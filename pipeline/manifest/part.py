"""Say what all parts of a document have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A part of a document: what it has is declared, and nothing else may be there."""

    model_config = ConfigDict(extra="forbid", frozen=True)
