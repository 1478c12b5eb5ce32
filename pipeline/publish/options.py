"""Say what is to be published."""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

from pipeline.exports.records.edition import Edition

KEEP = 3
"""Former releases that are kept where nobody says how many."""


@dataclass(frozen=True)
class PublishOptions:
    """What to publish, and where.

    assets : folder of the catalogue; its translations lie beside it
    models, media : folders of what was made: `models/SITE/STATE/`
    bundle : folder to publish into
    base_url : where it will be served
    keep : how many former releases to keep; where nobody says, none goes as long as nothing changed
    """

    assets: Path
    models: Path
    media: Path
    bundle: Path
    base_url: str
    keep: int | None = None
    edition: Edition = field(default=Edition())

    @property
    def options(self) -> tuple[str, ...]:
        """Return what else the result depends on."""
        return (self.base_url.rstrip("/"), repr(self.edition), version("carreau"))
