"""Responses about the offline packs of routes and trails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Response
from pydantic import Field, StringConstraints

from carreau.base.levels import OFFERED, PHONE
from carreau_server.bundle.bundle import Bundle
from carreau_server.errors import CorruptBundleError, NotFoundError
from carreau_server.http.context import JSON, RequestContext
from carreau_server.http.responses import generated_response, stored_response
from carreau_server.json_bytes import to_json
from carreau_server.query_params import QueryParams

if TYPE_CHECKING:
    _Level = str
else:
    _Level = Literal[OFFERED]


class PackParams(QueryParams):
    """Which pack, and which one the phone has already."""

    level: _Level = Field(PHONE.name, description="Level of its models.")
    have: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = Field(
        None, description="`id` of the pack that the phone has: the response lists the changes since."
    )


def pack_response(context: RequestContext, kind: str, slug: str, params: PackParams) -> Response:
    """Return a pack, or the changes since the one that the phone has.

    kind : "routes" or "trails"
    """
    path = _pack_path(context, kind, slug, params.level)
    if params.have is None:
        return stored_response(context, path)
    files = context.bundle.responses(path)
    languages = tuple(files)
    lang = context.language(languages)
    change: dict[str, Any] = pack_change(context.bundle, context.bundle.document(files[lang]), params.have)
    return generated_response(context, to_json(change), JSON, lang, context.language_vary(languages))


def pack_of_level_response(context: RequestContext, kind: str, slug: str, level: str) -> Response:
    """Return a pack by a URL without a query, as a static host has it."""
    return stored_response(context, _pack_path(context, kind, slug, level))


def _pack_path(context: RequestContext, kind: str, slug: str, level: str) -> str:
    path = f"/v1/{kind}/{slug}/pack/{level}"
    if not context.bundle.responses(path):
        raise NotFoundError("pack-not-found", {"slug": slug})
    return path


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
