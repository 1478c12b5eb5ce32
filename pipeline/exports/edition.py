"""Say who publishes an edition of the catalogue, and when: what no site or route says of itself."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.errors import OptionError


@dataclass(frozen=True)
class Edition:
    """Who publishes, and when; empty as long as nobody decided it, and then left out of the documents.

    publisher : name of the institution that answers for the content
    homepage, email : its own
    aggregator : name of the institution that hands the records to Europeana
    day : of this edition, as 2026-11-26; never the day of the export, which would make other bytes every day
    """

    publisher: str = ""
    homepage: str = ""
    email: str = ""
    aggregator: str = ""
    day: str = ""


class NothingToExportError(OptionError):
    """A format has nothing that it could truthfully say of a site or a route: says why, and what would help."""
