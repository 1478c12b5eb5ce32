"""Text in UTF-8 or, where the bytes are not valid UTF-8, in Windows-1252, as programs in western Europe write it."""

from __future__ import annotations

import re

_ESCAPED_BYTES = re.compile("[\udc80-\udcff]+")


def decode_text(data: bytes) -> str:
    r"""Return bytes as text: UTF-8, else Windows-1252, which contains the letters of Latin-1.

    >>> decode_text("façade".encode()), decode_text(b"fa\xe7ade")
    ('façade', 'façade')
    """
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def printable(text: str) -> str:
    r"""Return a file name or path as people wrote it: the bytes that Python could not decode become letters.

    Python stands a surrogate for each such byte (PEP 383), which cannot be printed, or encoded as UTF-8.

    >>> printable("\udcc9glise.obj")
    'Église.obj'
    """
    return text if text.isascii() else _ESCAPED_BYTES.sub(_letters, text)


def _letters(match: re.Match[str]) -> str:
    return match[0].encode("ascii", "surrogateescape").decode("cp1252", "replace")
