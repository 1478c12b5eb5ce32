"""Publisher and date of an edition of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.errors import OptionError
from pipeline.messages import Message, message


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
    """A site or a route lacks what a format requires.

    file : the site's or route's, with the key where there is one
    cause, cure : why nothing is exported, and what would help
    """

    def __init__(self, file: str, cause: Message, cure: Message) -> None:
        """Keep the three parts."""
        self.file, self.cause, self.cure = file, cause, cure
        super().__init__(message("%(file)s: %(cause)s; %(cure)s", file=file, cause=cause, cure=cure))

    def __reduce__(self) -> tuple[type[NothingToExportError], tuple[str, Message, Message]]:
        """Keep them on the way to another process."""
        return type(self), (self.file, self.cause, self.cure)
