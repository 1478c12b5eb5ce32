"""Name everything that can go wrong, so that the edge can tell it in one line.

CarreauError
├── ScanError            what was given as a scan cannot be read or used (exit 2)
│   ├── FormatError      the bytes are not what the format says
│   ├── TextureError     a texture is not an image, or too large to be one
│   └── UnsafePathError  a scan names a file outside its folder, or on the network
├── OptionError          an option or its value makes no sense (exit 2)
│   ├── MissingError     nothing has the name that was given
│   └── PartError        a part of Carreau is not installed
├── BudgetError          no version of a level fits its budget (exit 1)
├── ValidationError      a model we made is not valid glTF (exit 1)
├── ToolError            a program we depend on is missing or failed (exit 1)
├── ServiceError         an open data service did not answer as it should (exit 1)
│   └── UnreachableError it did not answer at all
└── StorageError         the disk is full, or a folder cannot be written (exit 1)
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carreau.base.messages import Message, Number, join_messages, message, plural_message


class CarreauError(Exception):
    """Any failure this project foresees.

    message : one line for a person; `str()` of the error is its English
    """

    exit_code = 1

    def __init__(self, message: Message) -> None:
        """Keep the message."""
        self.message = message
        super().__init__(message)


class ScanError(CarreauError):
    """A scan cannot be read; one line names file, place, cause and cure.

    >>> str(ScanError("mine.obj", message("line %(line)s", line=12), message("no faces"), message("export it again")))
    'mine.obj, line 12: no faces; export it again'
    """

    exit_code = 2

    def __init__(self, file: str | Path, place: str, cause: Message, cure: Message) -> None:
        """Keep the four parts.

        place : a message, or the name of a key or element as the file has it; empty for the whole file
        """
        self.file, self.place, self.cause, self.cure = str(file), place, cause, cure
        parts = {"file": self.file, "cause": cause, "cure": cure}
        super().__init__(
            message("%(file)s, %(place)s: %(cause)s; %(cure)s", place=place, **parts)
            if place
            else message("%(file)s: %(cause)s; %(cure)s", **parts)
        )

    def __reduce__(self) -> tuple[type[ScanError], tuple[str, str, Message, Message]]:
        """Keep all four parts on the way to another process."""
        return type(self), (self.file, self.place, self.cause, self.cure)


class FormatError(ScanError):
    """The bytes are not what the format says they are."""


class TextureError(ScanError):
    """A texture is not an image, or claims to be too large to be one."""


class UnsafePathError(ScanError):
    """A scan names a file outside its own folder, or on the network."""


class OptionError(CarreauError):
    """An option, or its value, makes no sense."""

    exit_code = 2


class MissingError(OptionError):
    """Nothing has the name that was given; over HTTP, 404."""


class PartError(OptionError):
    """A part of Carreau is not installed, see `carreau.base.tools`."""


class BudgetError(CarreauError):
    """No version of a level that we can make fits its budget."""


class ValidationError(CarreauError):
    """A model we made is not valid glTF, or not valid USDZ."""

    @classmethod
    def from_issues(cls, name: str, format_name: str, issues: Sequence[str]) -> ValidationError:
        """Return the error that names the first of a validator's issues, and how many there are more."""
        parts = {"name": name, "format": format_name, "issue": issues[0]}
        if len(issues) == 1:
            return cls(message("%(name)s is not valid %(format)s: %(issue)s", **parts))
        return cls(
            plural_message(
                "%(name)s is not valid %(format)s: %(issue)s (and %(count)s more issue)",
                "%(name)s is not valid %(format)s: %(issue)s (and %(count)s more issues)",
                len(issues) - 1,
                **parts,
            )
        )


class ToolError(CarreauError):
    """A program we depend on is missing or failed."""


class ServiceError(CarreauError):
    """An open data service did not answer as it should; one line names layer, answer and cure.

    >>> str(ServiceError("BD ORTHO", message("the answer was empty"), message("run again later")))
    'BD ORTHO: the answer was empty; run again later'
    """

    def __init__(self, layer: str, answer: Message, cure: Message) -> None:
        """Keep the three parts.

        layer : its name, or an address
        """
        self.layer, self.answer, self.cure = layer, answer, cure
        super().__init__(message("%(layer)s: %(answer)s; %(cure)s", layer=layer, answer=answer, cure=cure))


class UnreachableError(ServiceError):
    """A service did not answer at all, so that asking it for something else is of no use."""


class StorageError(CarreauError):
    """The disk is full, or a folder of the cache or of the models cannot be written."""


def cannot_read(error: OSError) -> Message:
    """Return the cause of a ScanError for a file that the system does not let us read."""
    return message("it cannot be read: %(error)s", error=str(error.strerror or error))


FREE_SPACE = message("free some space there, and run again")
FREE_CACHE = message("free some space there, for example with `carreau cache --prune`, and run again")
FREE_OUTPUT = message("free some space there, or choose another folder with --out")
FREE_TEMPORARY = message("free some space there, or set TMPDIR to a folder on another disk")


def is_disk_full(error: OSError) -> bool:
    """Return whether a disk is full, or the person's share of it."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT)


def disk_full(error: OSError | None, folders: Mapping[Path, Message]) -> Message:
    """Return the message of a StorageError for a full disk.

    folders : that may be on it, each with its cure; the one that the error names is meant, else the one with the least
        free space, because the system often names no file
    """
    name = error.filename if error is not None else None
    named = [path for path in folders if isinstance(name, str) and Path(name).is_relative_to(path)]
    folder = min(named or folders, key=_free_bytes)
    free = Number(_free_bytes(folder) / 1e6, ",.1f")
    return message(
        "%(path)s: the disk is full (free: %(free)s MB); %(cure)s", path=str(folder), free=free, cure=folders[folder]
    )


def _free_bytes(folder: Path) -> int:
    """Return the free space of a folder's disk, also where the folder does not exist yet."""
    for path in (folder, *folder.absolute().parents):
        try:
            return shutil.disk_usage(path).free
        except OSError:
            continue
    return 0


def cannot_write(path: Path, error: OSError) -> Message:
    """Return the message of a StorageError for a path and what the system says of it."""
    if is_disk_full(error):
        return disk_full(None, {path.parent: FREE_SPACE})
    return message("%(path)s: cannot be written: %(error)s", path=str(path), error=str(error.strerror or error))


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
        place = join_messages([part for part in (self.file, line, self.key) if part], ", ")
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


def show_value(value: object) -> str:
    """Return a value for a message, shortened to 60 characters."""
    if isinstance(value, int) and abs(value) >= 10**60:
        return message("a huge number")
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
