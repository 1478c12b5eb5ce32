"""Give routes what a request is answered with, and read what all questions may say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from pipeline.manifest.lists import PAGE_SIZE
from server.asked import Asked, asked_in
from server.current import Current
from server.errors import refused
from server.negotiation import lookup

_THREADS = CapacityLimiter(4)
"""Searches at the same time; each has a connection of its own, and SQLite leaves Python's lock while it looks."""

Short = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Tag = Annotated[str, Field(min_length=2, max_length=35, examples=["en"])]


class Question(BaseModel):
    """What may stand behind the question mark; anything else is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lang: Tag | None = Field(None, description="Language to answer in (BCP 47); wins over Accept-Language.")


class ListQuestion(Question):
    """Which sites are wanted, and how many at once."""

    kind: Short | None = Field(None, description="Codes of kinds, with commas between.", examples=["fosse"])
    theme: Short | None = Field(None, description="Codes of themes, with commas between.", examples=["extraction"])
    commune: Short | None = Field(None, description="Name or INSEE code of a commune.", examples=["59172"])
    bbox: Short | None = Field(
        None, description="west,south,east,north in degrees; west of east across 180°.", examples=["3.2,50.2,3.6,50.5"]
    )
    near: Short | None = Field(
        None, description="longitude,latitude in degrees; the nearest come first.", examples=["3.39,50.33"]
    )
    radius: float | None = Field(
        None, ge=1, le=100_000, allow_inf_nan=False, description="Metres around `near`; 20,000 without any."
    )
    has: Short | None = Field(
        None,
        description="What a site must have, with commas between: model, ar, tour, sound, image, video, then-and-now.",
        examples=["model"],
    )
    q: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = Field(
        None, description="Words that must be in its texts.", examples=["arenberg"]
    )
    limit: int = Field(PAGE_SIZE, ge=1, le=PAGE_SIZE, description="Sites on a page.")
    cursor: Annotated[str, StringConstraints(max_length=400)] | None = Field(
        None, description="Where to go on, from `next`."
    )
    f: Literal["json", "geojson"] | None = Field(None, description="Form of the answer; wins over Accept.")


def asked_now(request: Request) -> Asked:
    """Return what is known of the request; raises QuestionError for a language that is not spoken here."""
    asked = asked_in(request.scope)
    if "lang" in request.query_params and not lookup(asked.lang, asked.bundle.languages):
        raise refused("lang", "choice", choices=", ".join(asked.bundle.languages))
    return asked


def plainly_asked(request: Request, question: Annotated[Question, Query()]) -> Asked:  # noqa: ARG001 - only checked
    """Return what is known of a request that may say nothing but its language."""
    return asked_now(request)


def current_now(request: Request) -> Current:
    """Return what holds the bundle."""
    current: Current = request.app.state.current
    return current


PlainlyAsked = Annotated[Asked, Depends(plainly_asked)]
AskedNow = Annotated[Asked, Depends(asked_now)]
CurrentNow = Annotated[Current, Depends(current_now)]


async def in_thread(work: Callable[[], Any]) -> Any:
    """Return what a search finds, and let others be answered meanwhile."""
    return await to_thread.run_sync(work, limiter=_THREADS)
