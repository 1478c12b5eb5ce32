"""Errors about damaged files, also where a native library throws them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from carreau.base.errors import CarreauError, FormatError
from carreau.base.messages import Message, message, plural_message

DAMAGED = message("the file may be damaged or incomplete; copy or export it again")
EXPORT_AGAIN = message("export it again")
HEADER = message("header")
NO_DECOMPRESSION = message("the points cannot be decompressed")


def too_few_points(path: Path, place: str, declared: int, actual: int) -> FormatError:
    """Return the error for a file that has fewer points than it declares."""
    cause = plural_message(
        "it declares %(count)s point but contains %(actual)s",
        "it declares %(count)s points but contains %(actual)s",
        declared,
        actual=actual,
    )
    return FormatError(path, place, cause, DAMAGED)


def too_many_points(path: Path, declared: int, point_bytes: int, place: str = HEADER) -> FormatError:
    """Return the error for a header, or a chunk, that declares more points than the file has bytes for."""
    cause = plural_message(
        "it declares %(count)s point of %(size)s bytes, more than the file contains",
        "it declares %(count)s points of %(size)s bytes, more than the file contains",
        declared,
        size=point_bytes,
    )
    return FormatError(path, place, cause, DAMAGED)


@contextmanager
def native_errors(path: Path, place: str, cause: Message, cure: Message) -> Iterator[None]:
    """Raise FormatError for any exception but the project's own errors, OSError and requests to stop.

    A panic in Rust arrives as a `BaseException` whose class no module exports.
    """
    try:
        yield
    except (CarreauError, OSError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise FormatError(path, place, message("%(cause)s (%(reason)s)", cause=cause, reason=reason), cure) from error
