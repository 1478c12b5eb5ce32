"""Responses about the offline packs of routes and trails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Response
from pydantic import Field, StringConstraints

from carreau.base.levels import OFFERED, PHONE
from carreau_server.errors import NotFoundError
from carreau_server.http.content_types import JSON
from carreau_server.http.context import RequestContext
from carreau_server.http.responses import generated_response, stored_response
from carreau_server.json_bytes import to_json
from carreau_server.pack_changes import pack_change
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
