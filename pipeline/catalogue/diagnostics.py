"""Name what is wrong, or still open, in what a curator wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ERROR = "error"
QUESTION = "question"

KeyPath = tuple[str | int, ...]
"""Where a key stands: ("state", 0, "file") is the file of the first state."""


@dataclass(frozen=True)
class Diagnostic:
    """One thing for a curator to look at.

    level : `ERROR`, which keeps a catalogue from being published, or `QUESTION`, which somebody has to answer
    topic : a word for the kind of thing, such as "missing licence"
    file : relative to the folder that was checked
    line : 1 and up, None where there is none to name
    key : as a person counts, "state 1, file"; empty for the whole file
    cause, cure : English sentences without a full stop; French ones are in `locales/`, under the context "sentence"
    """

    level: str
    topic: str
    file: str
    line: int | None
    key: str
    cause: str
    cure: str

    def __str__(self) -> str:
        """Say it in one line, as every error of the command is said."""
        line = f"line {self.line}" if self.line else ""
        place = ", ".join(part for part in (self.file, line, self.key) if part)
        return f"{place}: {self.cause}; {self.cure}"

    def as_json(self) -> Mapping[str, Any]:
        """Return it for a program."""
        return dict(vars(self))


def shown_key(path: KeyPath) -> str:
    """Return a key for a message, its tables counted from 1.

    >>> shown_key(("state", 0, "part", 1, "evidence"))
    'state 1, part 2, evidence'
    """
    said = ""
    for step in path:
        said += f" {step + 1}" if isinstance(step, int) else f", {step}" if said else step
    return said


def shown(value: object) -> str:
    """Return a value for a message, cut where it is long."""
    text = repr(value) if not isinstance(value, int) or abs(value) < 10**60 else "a huge number"
    return text if len(text) <= 60 else text[:57] + "..."
