"""Keep what does not exist out of the world's records of what does."""

from __future__ import annotations

from pipeline.exports.edition import NothingToExportError
from pipeline.exports.record import SiteRecord


def refuse_demonstration(record: SiteRecord) -> None:
    """Raise NothingToExportError for a demonstration: whoever harvests records would take it for a place."""
    if record.entry.of.demonstration:
        raise NothingToExportError(
            f"{record.entry.sheet.name}: the place does not exist, and would be taken for one; look at its page instead"
        )
