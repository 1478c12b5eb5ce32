"""Differences between the offline pack that a phone holds and the current one."""

from __future__ import annotations

from typing import Any

from carreau_server.bundle.bundle import Bundle
from carreau_server.errors import CorruptBundleError


def pack_change(bundle: Bundle, pack: dict[str, Any], have: str) -> dict[str, Any]:
    """Return a `PackChange` as JSON has it; with an unknown `have`, everything is to be fetched.

    Packs of kept releases are known, of the same route only.
    """
    former = _former_files(bundle, pack, have)
    digests = {file["url"]: file["sha256"] for file in former or ()}
    current = {file["url"]: file for file in pack["files"]}
    fetch = [file for url, file in current.items() if digests.get(url) != file["sha256"]]
    return {
        **{"have": have, "pack": pack, "fetch": fetch, "drop": sorted(set(digests) - set(current))},
        "bytes": sum(download_bytes(file) for file in fetch),
        "is_complete": former is not None,
    }


def download_bytes(file: dict[str, Any]) -> int:
    """Return how many bytes of a file a phone downloads."""
    brotli_bytes = file.get("brotli_bytes")
    return int(file["bytes"] if brotli_bytes is None else brotli_bytes)


def _former_files(bundle: Bundle, pack: dict[str, Any], have: str) -> list[dict[str, Any]] | None:
    if have == pack["id"]:
        return list(pack["files"])
    row = bundle.one("SELECT sha256 FROM pack WHERE id = ? AND route = ?", have, pack["route"])
    try:
        return list(bundle.former_document(row[0])["files"]) if row else None
    except CorruptBundleError:  # the release of that pack is no longer kept
        return None
