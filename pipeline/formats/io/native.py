"""Turn whatever a native library throws into one line about the file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import CarreauError, FormatError


@contextmanager
def native_errors(path: Path, place: str, cause: str, cure: str) -> Iterator[None]:
    """Raise FormatError for anything thrown inside but our own errors, and what asks the process to stop.

    A panic in Rust arrives as a `BaseException` that no module exports; OSError is the disk's and stays.
    """
    try:
        yield
    except (CarreauError, OSError, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:
        words = " ".join(str(error).split())[:120] or type(error).__name__
        raise FormatError(path, place, f"{cause} ({words})", cure) from error
