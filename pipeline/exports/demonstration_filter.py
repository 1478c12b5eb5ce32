"""Keep what does not exist out of the world's records of what does."""

from __future__ import annotations

from pipeline.exports.edition import NothingToExportError
from pipeline.exports.record import SiteRecord
from pipeline.messages import message


def refuse_demonstration(record: SiteRecord) -> None:
    """Raise NothingToExportError for a demonstration: whoever harvests records would take it for a place."""
    if record.entry.of.demonstration:
        raise NothingToExportError(
            record.entry.document.name,
            message("it is a demonstration, and this format would present it as a real place"),
            message("see its page instead"),
        )
