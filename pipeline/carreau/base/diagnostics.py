"""Diagnostics: errors and open questions in the files of curators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from carreau.base.messages import Message, joined, message

ERROR = "error"
QUESTION = "question"

KeyPath = tuple[str | int, ...]
"""Path of a key in a document: ("state", 0, "file") is the file of the first state."""


@dataclass(frozen=True)
class Diagnostic:
    """An error or an open question for a curator.

    level : `ERROR`, which prevents publishing, or `QUESTION`, which the team has to answer
    topic : a word for the kind of thing, such as "missing licence"
    file : relative to the folder that was checked
    line : 1 and up, None where there is none to name
    key : as a person counts, "state 1, file"; empty for the whole file
    cause, cure : messages; the cause of a question to the team is its own French text
    """

    level: str
    topic: str
    file: str
    line: int | None
    key: str
    cause: str
    cure: str

    def message(self) -> Message:
        """Return it in one line, in the form of all errors of the command line."""
        line = message("line %(line)s", line=self.line) if self.line else ""
        place = joined([part for part in (self.file, line, self.key) if part], ", ")
        return message("%(place)s: %(cause)s; %(cure)s", place=place, cause=self.cause, cure=self.cure)

    def __str__(self) -> str:
        """Return the message in English."""
        return str(self.message())

    def as_json(self) -> Mapping[str, Any]:
        """Return it for a program."""
        return dict(vars(self))


def shown_key(path: KeyPath) -> str:
    """Return a key for a message, with tables counted from 1.

    >>> shown_key(("state", 0, "part", 1, "evidence"))
    'state 1, part 2, evidence'
    """
    text = ""
    for step in path:
        text += f" {step + 1}" if isinstance(step, int) else f", {step}" if text else step
    return text


def shown(value: object) -> str:
    """Return a value for a message, shortened to 60 characters."""
    if isinstance(value, int) and abs(value) >= 10**60:
        return message("a huge number")
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
