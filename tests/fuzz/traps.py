"""Readers that go wrong, each in one way, so that the tests see that a campaign notices."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

from carreau.base.errors import FormatError
from carreau.base.messages import message
from tests.fuzz.seeds import Seed

_MB = 1 << 20


def trap(path: Path) -> None:
    """Do what the first byte of a file asks for."""
    what = path.read_bytes()[:1]
    if what == b"a":
        os.abort()
    if what == b"m":
        bytearray(1 << 40)
    if what == b"g":
        kept.append(bytearray(b"x" * (300 * _MB)))
    if what == b"t":
        raise KeyError("tristrips")
    if what == b"n":
        os.write(2, b"thread panicked\n")
    if what == b"w":
        warnings.warn("overflow", RuntimeWarning, stacklevel=1)
    if what == b"r":
        raise FormatError(path, "", message("it is empty"), message("export it again"))
    if what == b"s":
        while True:
            pass


kept: list[bytearray] = []
SEED = Seed("trap", "trap", "scan.trap", b"0", reader=trap)
