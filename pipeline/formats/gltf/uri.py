"""Turn a glTF URI into the bytes it carries or the file beside the scan that it names."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path
from urllib.parse import unquote_to_bytes

from pipeline.errors import FormatError
from pipeline.formats.io.files import beside
from pipeline.messages import message


def resolve(scan: Path, uri: str, place: str) -> Path | bytes | None:
    """Return a data URI's bytes, or the file a relative URI means, or None when it is missing.

    Raises FormatError for broken base64 and UnsafePathError as `files.beside` does.
    """
    if uri[:5].lower() == "data:":
        return _payload(scan, uri, place)
    return beside(scan, uri)


def _payload(scan: Path, uri: str, place: str) -> bytes:
    """Decode what follows the comma of a data URI."""
    head, comma, body = uri.partition(",")
    try:
        if not comma:
            raise ValueError("no comma")
        if head.lower().endswith(";base64"):
            return base64.b64decode(body if "%" not in body else unquote_to_bytes(body), validate=False)
        return unquote_to_bytes(body)
    except (ValueError, binascii.Error) as error:
        cause = message("the data URI cannot be decoded (%(error)s)", error=str(error))
        raise FormatError(scan, place, cause, message("export it again")) from error
