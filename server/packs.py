"""Say what changed between the pack that a phone holds and the one of now."""

from __future__ import annotations

from typing import Any

from server.bundle import Bundle
from server.errors import RottenError


def change(bundle: Bundle, pack: dict[str, Any], have: str) -> dict[str, Any]:
    """Return a `PackChange`, as JSON has it; a pack that nobody remembers is to be fetched whole.

    Packs of kept releases are remembered, of the same route alone.
    """
    old = _remembered(bundle, pack, have)
    held = {file["url"]: file["sha256"] for file in old or ()}
    new = {file["url"]: file for file in pack["files"]}
    fetch = [file for url, file in new.items() if held.get(url) != file["sha256"]]
    return {
        **{"have": have, "pack": pack, "fetch": fetch, "drop": sorted(set(held) - set(new))},
        "bytes": sum(sent(file) for file in fetch),
        "is_complete": old is not None,
    }


def sent(file: dict[str, Any]) -> int:
    """Return how many bytes of a file go over the wire."""
    packed = file.get("brotli_bytes")
    return int(file["bytes"] if packed is None else packed)


def _remembered(bundle: Bundle, pack: dict[str, Any], have: str) -> list[dict[str, Any]] | None:
    if have == pack["id"]:
        return list(pack["files"])
    row = bundle.one("SELECT sha256 FROM pack WHERE id = ? AND route = ?", have, pack["route"])
    try:
        # Its document is a file of the release that it was of.
        return list(bundle.former(row[0])["files"]) if row else None
    except RottenError:  # that release is kept no longer
        return None
