"""Publisher and date of an edition of the catalogue."""

from __future__ import annotations

from dataclasses import dataclass

from carreau.base.errors import OptionError
from carreau.base.messages import Message, message


@dataclass(frozen=True)
class Publication:
    """Publisher and date of an edition; empty fields are undecided, and left out of documents.

    publisher : name of the institution responsible for the content
    homepage, email : of the publisher
    aggregator : name of the institution that hands the records to Europeana
    day : date of the edition, as 2026-11-26; not the date of the export, which would change the bytes every day
    """

    publisher: str = ""
    homepage: str = ""
    email: str = ""
    aggregator: str = ""
    day: str = ""


class NothingToExportError(OptionError):
    """A site or a route lacks what a format requires.

    file : of the site or route, with the key if there is one
    cause, cure : reason, and remedy
    """

    def __init__(self, file: str, cause: Message, cure: Message) -> None:
        """Store the parts."""
        self.file, self.cause, self.cure = file, cause, cure
        super().__init__(message("%(file)s: %(cause)s; %(cure)s", file=file, cause=cause, cure=cure))

    def __reduce__(self) -> tuple[type[NothingToExportError], tuple[str, Message, Message]]:
        """Pickle the parts."""
        return type(self), (self.file, self.cause, self.cure)
