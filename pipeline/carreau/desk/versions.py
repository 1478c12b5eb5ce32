"""What a form was filled from: the document as it was read, which a form carries and brings back."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from typing import Any

from carreau.base.errors import OptionError
from carreau.base.messages import message
from carreau.desk.edits import normal

_LARGEST_BYTES = 4_000_000


def packed(data: Mapping[str, Any]) -> str:
    """Return a document as a word for a form."""
    plain = json.dumps(normal(data), ensure_ascii=False, sort_keys=True)
    return base64.urlsafe_b64encode(zlib.compress(plain.encode())).decode("ascii")


def unpacked(word: str) -> dict[str, Any]:
    """Return the document that a form brings back; raises OptionError where it is none."""
    try:
        inflater = zlib.decompressobj()
        plain = inflater.decompress(base64.b64decode(word, altchars=b"-_", validate=True), _LARGEST_BYTES)
        if not inflater.eof:
            raise ValueError("it is too long, or cut off")
        data = json.loads(plain)
    except (binascii.Error, zlib.error, ValueError, RecursionError) as error:
        raise OptionError(message("the form is incomplete; open the page again")) from error
    if not isinstance(data, dict):
        raise OptionError(message("the form is incomplete; open the page again"))
    return data
