"""Write JSON that is the same for the same record: texts with their languages, and nothing that is empty."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pipeline.exports.markup import plain
from pipeline.exports.record import Texts


def tagged(texts: Texts | Mapping[str, str]) -> list[dict[str, str]]:
    """Return texts as JSON-LD has them, without the links in them.

    >>> tagged({"fr": "fosse"})
    [{'@language': 'fr', '@value': 'fosse'}]
    """
    words = {code: said if isinstance(said, str) else plain(said.text) for code, said in texts.items()}
    return [{"@language": code, "@value": said} for code, said in words.items()]


def filled(table: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table without what nobody wrote; 0 and False are kept, as they say something."""
    return {key: value for key, value in table.items() if value is not None and value not in ("", [], {}, ())}


def json_bytes(document: Any) -> bytes:
    """Return a document as UTF-8."""
    return (json.dumps(document, ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()
