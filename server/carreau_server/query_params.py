"""Query parameters, and what routes depend on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from carreau.base.schema.lists import PAGE_SIZE
from carreau_server.http.app_state import AppState
from carreau_server.http.context import RequestContext, get_context

_THREADS = CapacityLimiter(4)
"""Queries at the same time; each has a connection of its own, and SQLite releases Python's lock while it works."""

Short = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Tag = Annotated[str, Field(min_length=2, max_length=35, examples=["en"])]
Cursor = Annotated[str, StringConstraints(max_length=400)]
CURSOR_DESCRIPTION = "Start of the page, from `next` or the `Link` header."
Result = TypeVar("Result")


class QueryParams(BaseModel):
    """The query parameters of every route; any other is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lang: Tag | None = Field(
        None,
        description="Language of the response (BCP 47); wins over Accept-Language. Without a match, the best other "
        "language is served; `Content-Language` names it.",
    )


class ListParams(QueryParams):
    """Filters of the list of sites."""

    kind: Short | None = Field(None, description="Codes of kinds, separated by commas.", examples=["fosse"])
    theme: Short | None = Field(None, description="Codes of themes, separated by commas.", examples=["extraction"])
    commune: Short | None = Field(None, description="Name or INSEE code of a commune.", examples=["59172"])
    bbox: Short | None = Field(
        None, description="west,south,east,north in degrees; west > east across 180°.", examples=["3.2,50.2,3.6,50.5"]
    )
    near: Short | None = Field(
        None, description="longitude,latitude in degrees; sorts by distance.", examples=["3.39,50.33"]
    )
    radius: float | None = Field(
        None, ge=1, le=100_000, allow_inf_nan=False, description="Metres around `near`; default 20,000."
    )
    has: Short | None = Field(
        None,
        description="Required features, separated by commas: model, ar, tour, sound, image, video, then-and-now.",
        examples=["model"],
    )
    modified_since: Short | None = Field(
        None,
        description="Only sites whose published content changed at or after this time (RFC 3339 date or date-time).",
        examples=["2026-11-01T00:00:00Z"],
    )
    q: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = Field(
        None, description="Words that its texts must contain.", examples=["arenberg"]
    )
    limit: int = Field(PAGE_SIZE, ge=1, le=PAGE_SIZE, description="Sites per page.")
    cursor: Cursor | None = Field(None, description=CURSOR_DESCRIPTION)
    f: Literal["json", "geojson"] | None = Field(None, description="Format; wins over Accept.")


async def request_context(request: Request) -> RequestContext:
    """Return the context of the request."""
    return get_context(request.scope)


async def context_with_lang(request: Request, params: Annotated[QueryParams, Query()]) -> RequestContext:  # noqa: ARG001
    """Return the context of a request that may have no parameter but `lang`; `params` only validates."""
    return get_context(request.scope)


async def app_state(request: Request) -> AppState:
    """Return the state of the app."""
    state: AppState = request.app.state.app_state
    return state


Context = Annotated[RequestContext, Depends(request_context)]
ContextWithLang = Annotated[RequestContext, Depends(context_with_lang)]
State = Annotated[AppState, Depends(app_state)]


async def run_in_thread(query: Callable[[], Result]) -> Result:
    """Return the result of a query, while other requests are answered."""
    return await to_thread.run_sync(query, limiter=_THREADS)
