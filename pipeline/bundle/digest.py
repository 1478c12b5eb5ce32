"""Hash a file, or what a compressed copy of it unpacks to."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipeline.bundle.codings import CODINGS


def digest_of(path: Path, coding: str = "") -> str:
    """Return the SHA-256 of a file, or of what a copy unpacks to, empty where that is no copy; raises OSError.

    coding : of a copy, by its ending
    """
    if coding:
        try:
            return hashlib.sha256(CODINGS[coding].unpack(path.read_bytes())).hexdigest()
        except ValueError:
            return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
